"""This module owns `sender.silent`: a sender from which nothing came for longer than its own rhythm explains.

Its usual gap is the mean time between two of its deliveries. Silent is who is quiet for `silent_factor` times as long,
but at least an hour and at most two days; and for a quarter longer than its longest pause of the last two weeks, so
that nights, and feeds that come once a day, are told at most once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from analytics.alerts.findings.looking import Found, Look, Published, length, subject_of

LEAST_MINUTES, MOST_MINUTES = 60.0, 2 * 1440.0
LEARNED_MOST_MINUTES = 1440.0  # a longer pause was an outage, and no rhythm
REMEMBERED_DAYS = 14
_MINUTE_MS = 60_000
_NOTED_EVERY_MS = 15 * _MINUTE_MS
# Only who is configured, and usually sends something every day, has a rhythm.
_SENDERS = """
select sender, last_delivery, days, deliveries, usual_day_items from sender_activity
where profile is not null and last_delivery is not null and usual_day_items > 0 and deliveries > 0 order by sender
"""


def silent(published: Published, look: Look, up_to_ms: int) -> Iterator[Found]:
    """Who fell silent, and who is back. `up_to_ms`: the moment up to which all that came is published."""
    for sender, last, days, deliveries, usual in published.rows(_SENDERS):
        subject = subject_of(sender)
        if look.is_quiet(subject):
            continue
        last_ms = _ms(last)
        before = look.said.get(subject)
        state = _state(before, last_ms, look.at_ms)
        borne = bound_minutes(look.alerts.silent_factor * 1440 * days / deliveries, state["longest"])
        minutes = (up_to_ms - last_ms) / _MINUTE_MS
        state["silent"] = minutes > borne
        if state["silent"] and not (before and before["silent"]):
            yield _fell_silent(subject, state, sender, last, minutes, borne, usual)
        elif before != state:
            yield Found(subject, state)


def bound_minutes(by_rhythm: float, longest_minutes: float) -> float:
    """After how many minutes a sender is silent."""
    return min(max(by_rhythm, LEAST_MINUTES, 1.25 * longest_minutes), MOST_MINUTES)


def _state(before: dict[str, Any] | None, last_ms: int, at_ms: int) -> dict[str, Any]:
    """The last delivery as it is noted, and the longest pause that is remembered, in minutes, with when it ended."""
    if before is None:
        return {"last": last_ms, "longest": 0.0, "longest_at": at_ms}
    kept = {name: before[name] for name in ("last", "longest", "longest_at")}
    if at_ms - kept["longest_at"] > REMEMBERED_DAYS * 86_400_000:
        kept |= {"longest": 0.0, "longest_at": at_ms}
    pause = (last_ms - before["last"]) / _MINUTE_MS
    if LEAST_MINUTES / 2 < pause <= LEARNED_MOST_MINUTES and pause > kept["longest"]:
        kept |= {"longest": round(pause, 1), "longest_at": last_ms}
    if before["silent"] or last_ms - before["last"] >= _NOTED_EVERY_MS:
        kept["last"] = last_ms
    return kept


def _fell_silent(
    subject: str, state: dict[str, Any], sender: str, last: datetime, minutes: float, borne: float, usual: float
) -> Found:
    since = last.replace(tzinfo=UTC)
    sentence = (
        f"Nothing came from {sender} since {since:%d %b %Y %H:%M} UTC, for {length(minutes)}; its usual pauses are"
        f" shorter than {length(borne)}. Look at its side, then: whichad ingest tail"
    )
    data = {"sender": sender, "last_delivery": since, "silent_minutes": int(minutes), "usual_minutes": int(borne),
            "usual_day_items": usual}  # fmt: skip
    return Found(subject, state, sentence, data, str(_ms(last)))


def _ms(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp() * 1000)
