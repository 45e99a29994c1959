"""This module owns the benchmark of waiting: how long an answer of 200 takes at half of the highest rate.

Open loop: requests go out on a timetable, and each one's time counts from when it was due, so that a stall of the
server stands in the numbers of all that it kept waiting.
"""

import math
import statistics
import tempfile
from pathlib import Path

from bench import deliveries, load, serving, webhooks
from bench.finding import Finding
from bench.sizes import Size

WHAT = "p99 of an answer at half of the maximum rate"
SETUP = "the same server, workers and timetable; a view that reads the body and answers 200"


def run(size: Size) -> list[Finding]:
    """One finding: our p99 beside the empty handler's at the same rate."""
    found: dict[str, list[float]] = {"ours": [], "empty": []}
    middle: dict[str, list[float]] = {"ours": [], "empty": []}
    with (
        tempfile.TemporaryDirectory(dir=size.folder) as folder,
        webhooks.ours(Path(folder)) as our_port,
        serving.empty(webhooks.WORKERS) as empty_port,
    ):
        load.closed(empty_port, deliveries.made(200), 5.0)
        most = statistics.median(webhooks.rate(our_port, size.seconds) for _ in range(size.rounds))
        for _ in range(size.rounds):
            for name, port in (("ours", our_port), ("empty", empty_port)):
                times = waited(port, most / 2, size.seconds)
                found[name].append(1000 * quantile(times, 0.99))
                middle[name].append(1000 * quantile(times, 0.5))
    details = {"rate": most / 2, "median_ms": {name: statistics.median(values) for name, values in middle.items()}}
    return [Finding(WHAT, webhooks.EMPTY + ", same rate", "ms", found["ours"], found["empty"], 3.0, "less",
                    setup=SETUP, details=details)]  # fmt: skip


def waited(port: int, rate: float, seconds: float) -> list[float]:
    """The seconds of each answer. SystemExit where one was not 200."""
    requests = [deliveries.delivery() for _ in range(max(1, math.ceil(rate * seconds)))]
    sent = load.opened(port, requests, rate)
    if sent.ok != len(requests):
        raise SystemExit(f"of {len(requests)} requests these were answered: {sent.statuses}")
    return sent.times


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of them do not pass (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
