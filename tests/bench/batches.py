"""This module owns the benchmark of batches: interactions per second in signed batches of 500, each durable at its 200.

The peer does the least that any receiver must with the same bytes: one process reads them as JSON, appends them to a
file, and calls fdatasync after each batch. No HTTP, no signature, no parsing of fields, no index.
"""

import os
import tempfile
import time
from pathlib import Path

import orjson
from bench import deliveries, load, webhooks
from bench.finding import Finding
from bench.sizes import Size

EVENTS = 500
PER_SECOND_MOST = 160  # batches made beforehand for each second
SETUP = "one process: orjson.loads, write, fdatasync of each batch's bytes, nothing else"


def run(size: Size) -> list[Finding]:
    """One finding."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(dir=size.folder) as folder, webhooks.ours(Path(folder)) as port:
        load.closed(port, deliveries.made(4, EVENTS), 30.0, connections=2)
        for _ in range(size.rounds):
            made = [deliveries.delivery(EVENTS) for _ in range(int(PER_SECOND_MOST * size.seconds))]
            sent = load.closed(port, iter(made), size.seconds, connections=8)
            if sent.ok != sum(sent.statuses.values()):
                raise SystemExit(f"a batch was not answered with 200: {sent.statuses}")
            ours.append(sent.rate * EVENTS)
            bodies = [each.split(b"\r\n\r\n", 1)[1] for each in made]
            theirs.append(least(bodies, Path(folder) / "least", size.seconds))
    return [Finding("interactions in batches of 500", "decode + fsync", "/s", ours, theirs, 0.5, setup=SETUP)]


def least(bodies: list[bytes], path: Path, seconds: float) -> float:
    """Interactions per second that one process can decode and put on disk."""
    count, began = 0, time.perf_counter()
    with path.open("ab") as out:
        for place in range(1 << 60):
            body = bodies[place % len(bodies)]
            count += len(orjson.loads(body))
            out.write(body)
            out.flush()
            os.fdatasync(out.fileno())
            if time.perf_counter() - began >= seconds:
                break
    path.unlink()
    return count / (time.perf_counter() - began)
