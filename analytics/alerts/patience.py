"""This module owns how long an event is tried: Standard Webhooks' schedule, and when an endpoint is given up.

At once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: three days in all. The specification asks for
jitter, for a time of 15 to 30 s to answer in, and to disable an endpoint that fails for days.
"""

from ingest.relaying.patience import Patience

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
STEPS = (5.0, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
SPECIFIED = Patience(steps=STEPS, pauses=(5, 15, 30, 60), misses_borne=3, give_up=5 * _DAY, timeout=20, jitter=0.1)


def next_at_ms(patience: Patience, tries: int, at_ms: int, asked_seconds: float | None) -> int | None:
    """When to try again after the `tries`-th try failed at `at_ms`; None after the last one.

    What an answer asked for in its Retry-After is kept, up to the longest wait of the schedule.
    """
    if tries > len(patience.steps):
        return None
    asked = min(asked_seconds or 0.0, patience.steps[-1])
    return at_ms + int(1000 * max(patience.step(tries), asked))
