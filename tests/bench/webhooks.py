"""This module owns the benchmark of the door: single signed interactions answered durably, per second.

Ours verifies the HMAC, parses, and has each delivery on disk before its 200. The load generator runs on the same cores.
"""

import math
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from bench import deliveries, load, serving
from bench.finding import Finding
from bench.sizes import Size
from running import Ingest

WORKERS = 2
RATE_MOST = 8_000  # requests made beforehand for each second
WHAT = "signed webhooks answered durably"
EMPTY, DUCKDB, POSTGRES = "empty Flask handler", "Flask + DuckDB insert", "Flask + PostgreSQL insert"
SETUP = {
    EMPTY: "the same server and workers as ours, a view that reads the body and answers 200",
    DUCKDB: f"gunicorn, 1 worker of {serving.THREADS} threads (DuckDB has one writer), a commit per request",
    POSTGRES: f"gunicorn, 2 workers of {serving.THREADS} threads, pooled psycopg 3 over a socket, a commit per request",
}
TARGETS = {EMPTY: (0.60, None), DUCKDB: (9.0, 15.0), POSTGRES: (3.0, 5.0)}


def run(size: Size) -> list[Finding]:
    """A finding for each peer; all take turns in every round."""
    rates: dict[str, list[float]] = {}
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=size.folder) as folder, ExitStack() as stack:
        ports = {"ours": stack.enter_context(ours(Path(folder)))}
        for name, server in {EMPTY: _empty, DUCKDB: serving.insert_duckdb, POSTGRES: serving.insert_postgres}.items():
            try:
                ports[name] = stack.enter_context(server(_own(folder, name)))
            except serving.PeerMissing as missing:
                skipped[name] = str(missing)
        for port in ports.values():
            load.closed(port, deliveries.made(200), 5.0)  # the first requests of a server are not the rule
        for _ in range(size.rounds):
            for name, port in ports.items():
                rates.setdefault(name, []).append(rate(port, size.seconds))
    return [_finding(name, rates, skipped) for name in SETUP]


def rate(port: int, seconds: float) -> float:
    """Answers of 200 per second under as many requests as 32 connections can have on their way."""
    sent = load.closed(port, deliveries.made(math.ceil(RATE_MOST * seconds)), seconds)
    others = {status: count for status, count in sent.statuses.items() if status != 200}
    if others:
        raise SystemExit(f"a server answered something else than 200 under load: {others}")
    return sent.rate


@contextmanager
def ours(folder: Path) -> Iterator[int]:
    """Our ingest with two workers; its port."""
    with Ingest(folder / "ours", {"shop": {}}, workers=WORKERS) as ingest:
        yield ingest.port


def _empty(_folder: Path) -> AbstractContextManager[int]:
    return serving.empty(WORKERS)


def _own(folder: str, name: str) -> Path:
    made = Path(folder) / "".join(char for char in name.lower() if char.isalpha())
    made.mkdir()
    return made


def _finding(name: str, rates: dict[str, list[float]], skipped: dict[str, str]) -> Finding:
    target, stretch = TARGETS[name]
    if name in skipped:
        return Finding(WHAT, name, "/s", target=target, stretch=stretch, skipped=skipped[name])
    details = {"ours_median": statistics.median(rates["ours"])}
    return Finding(WHAT, name, "/s", rates["ours"], rates[name], target, stretch=stretch, setup=SETUP[name],
                   details=details)  # fmt: skip
