"""This module owns too much at once: hundreds of stalled senders, and more than a slow disk can take, for minutes."""

import os
import random
import socket
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import which

from auditing import audit
from broken import CHUNKS, GOOD
from certificate import Tried
from ledger import clients, entries, posting
from product import Product
from tracing import let_go

STALLED = (GOOD[:60], GOOD[:-10], CHUNKS + b"32\r\nabc")  # half a header, half a body, half a chunk
RSS_BYTES_MAX = 1 << 30  # of all workers together: 1000 connections of 1 MiB would be more, and must not be held
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def stalled_senders(folder: Path, stalled: int, seconds: float) -> Tried:
    """Honest traffic beside `stalled` senders that stop in the middle, compared with the same server without them."""
    with Product(folder, workers=1) as product:
        product.serve()
        alone = _latencies(product, seconds)
        with ExitStack() as held:
            for number in range(stalled):
                held.enter_context(_stalling(product.port, STALLED[number % len(STALLED)]))
            beside = _latencies(product, seconds)
        again = _latencies(product, seconds / 2)
        code = product.stop(product.started[0])
        wrong = [f"ingest ended with {code}"] if code else []
        wrong += ["honest senders were not answered"] * (not beside)
        note = (
            "honest p50 and p99 of {:.1f} and {:.1f} ms alone, {:.1f} and {:.1f} beside them, {:.1f} and {:.1f} after"
        )
        note = note.format(*(1000 * each for times in (alone, beside, again) for each in _quantiles(times)))
        return audit(product, f"{stalled} stalled senders", stalled, note).but(*wrong)


@contextmanager
def _stalling(port: int, half: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(half)
        yield line


def _latencies(product: Product, seconds: float) -> list[float]:
    """Seconds of each 200 that two honest senders got meanwhile."""
    before = len(entries(product.ledgers))
    crew = clients(product.ledgers, lambda: product.port, 2, pause_seconds=0.005)
    with posting(crew):
        time.sleep(seconds)
    names = {client.name for client in crew}
    found = [entry for entry in entries(product.ledgers) if entry.client in names and entry.status == 200]
    assert len(entries(product.ledgers)) > before
    return [entry.seconds for entry in found]


def _quantiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return cuts[49], cuts[98]


def may_slow() -> str:
    """Why a disk cannot be made slow here; "" where it can."""
    return "" if which("strace") else "there is no strace: apt-get install strace"


@contextmanager
def slow_disk(pids: list[int], delay_seconds: float) -> Iterator[None]:
    """Each fdatasync of these processes takes `delay_seconds` longer (strace), until the end."""
    inject = f"inject=fdatasync:delay_exit={int(delay_seconds * 1e6)}"
    options = [part for pid in pids for part in ("-p", str(pid))]
    command = ["strace", "-f", "-qq", "-e", "trace=fdatasync", "-e", inject, "-o", os.devnull, *options]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not all(_traced(pid) for pid in pids):
            assert tracer.poll() is None, tracer.stderr and tracer.stderr.read()
            time.sleep(0.02)
        yield
    finally:
        let_go(tracer, pids)


def _traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


def overload(folder: Path, chance: random.Random, seconds: float, senders: int = 48, items: int = 300) -> Tried:
    """More than a slow disk takes, for `seconds`: memory stays bounded, answers are 503 or 429, then all is well."""
    with Product(folder, workers=2, journal_seconds_max=0.5) as product:
        product.serve()
        workers = product.pids("worker")
        before = _rss(workers)
        crew = clients(product.ledgers, lambda: product.port, senders, pause_seconds=0.0, per_delivery=items)
        with posting(crew) as stopping, slow_disk(workers, chance.uniform(0.6, 0.9)):
            peak = _watch(lambda: _rss(workers), seconds)
            stopping.set()
        began = time.monotonic()
        calm = clients(product.ledgers, lambda: product.port, 1)
        with posting(calm, at_least=3):
            recovered = time.monotonic() - began
        statuses = Counter(entry.status for entry in entries(product.ledgers))
        wrong = [f"{n} answers of {status}" for status, n in statuses.items() if status not in (200, 429, 503)]
        wrong += ["nobody was refused: no overload"] * (not statuses[503])
        wrong += [f"the workers grew to {peak >> 20} MiB"] * (peak > RSS_BYTES_MAX)
        wrong += ["a worker died"] * (workers != product.pids("worker"))
        code = product.stop(product.started[0])
        wrong += [f"ingest ended with {code}"] if code else []
        note = (
            f"{statuses[503]} refused with 503, {statuses[200]} taken; workers {before >> 20} MiB, at most {peak >> 20}"
        )
        return audit(product, "overload", int(seconds), f"{note}; well again after {recovered:.1f} s").but(*wrong)


def _watch(measure: Callable[[], int], seconds: float) -> int:
    deadline, peak = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        peak = max(peak, measure())
        time.sleep(0.1)
    return peak


def _rss(pids: list[int]) -> int:
    """Resident bytes of these processes together."""
    found = 0
    for pid in pids:
        with suppress(OSError):
            found += int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * PAGE_BYTES
    return found
