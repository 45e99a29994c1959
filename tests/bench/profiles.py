"""This module owns the benchmark of profiles: microseconds to decode, map and parse the sample of each platform.

Without HTTP, signature and disk: what of a request's time is the profile's. A new profile that is much slower than
`standard`, which maps nothing, shows here.
"""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.finding import Finding
from bench.sizes import Size
from journaling import Desk

from ingest.delivery import Door
from ingest.door.passage import Passage
from ingest.profile import names, profile
from ingest.senders.send_test import filled

PLAIN = "standard"
TIMES = 100


def run(size: Size) -> list[Finding]:
    """One finding: the slowest profile beside the plain one; the medians of all are in its details."""
    with tempfile.TemporaryDirectory(dir=size.folder) as folder:
        rounds = {name: measured(Path(folder) / name, name, size.rounds) for name in names()}
    medians = {name: statistics.median(found) for name, found in rounds.items()}
    slowest = max(medians, key=lambda name: medians[name])
    return [Finding(f"decode, map, parse a sample: the slowest of {len(medians)} profiles, {slowest}", f"{PLAIN}'s",
                    "µs", rounds[slowest], rounds[PLAIN], details={"microseconds": medians})]  # fmt: skip


def measured(folder: Path, name: str, rounds: int) -> list[float]:
    """The median microseconds of each round."""
    with Desk(folder, profile=name) as desk:
        door: Door = desk._door
        request = filled(profile(name).sample, time.time())
        moment = datetime.now(UTC)
        known = desk.passage(request, moment).origin
        found = []
        for _ in range(rounds):
            times = []
            for _ in range(TIMES):
                passage = Passage(known, request, int(moment.timestamp() * 1_000_000))
                began = time.perf_counter()
                door.decode(passage)
                door.parse(passage)
                times.append(time.perf_counter() - began)
            if passage.quarantined or not (passage.accepted or passage.ignored):  # a report marked as a test is ignored
                raise SystemExit(f"the sample of {name} was not taken")
            found.append(statistics.median(times) * 1e6)
    return found
