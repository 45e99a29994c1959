"""This module owns what people do: SIGTERM under load, a sender that hangs up, a record that somebody holds."""

import random
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from auditing import audit
from certificate import Tried
from ledger import Client, Entry, Ledger, clients, entries, posting
from product import Product
from running import raw_post

from ingest.journal import segments
from ingest.segments.segment import SegmentReader

# Somebody who opened the record in a notebook and went to lunch.
HOLDER = """
import duckdb, sys, time
while True:
    try:
        connection = duckdb.connect(sys.argv[1], read_only=True)
        break
    except duckdb.Error:  # the loop is at work: there is a moment between two cycles
        time.sleep(0.01)
print("open", flush=True)
time.sleep(3600)
"""


def stopped_under_load(folder: Path, chance: random.Random, times: int) -> Tried:
    """SIGTERM while eight clients post: exit code 0 in time, every segment sealed, nothing acknowledged lost."""
    wrong: list[str] = []
    slowest = 0.0
    with Product(folder, workers=2) as product:
        with posting(clients(product.ledgers, lambda: product.port, 8, pause_seconds=0.0), at_least=0):
            for _ in range(times):
                process = product.serve()
                before = _taken(product)
                product.wait_for(lambda: _taken(product) > before + 20, "deliveries")  # noqa: B023
                time.sleep(chance.uniform(0.0, 0.5))
                began = time.monotonic()
                code = product.stop(process)
                slowest = max(slowest, time.monotonic() - began)
                wrong += [f"ingest ended with {code}"] if code else []
        wrong += [f"{path.name} is not sealed" for path in _unsealed(product)]
        return audit(product, "SIGTERM under load", times, f"the slowest took {slowest:.1f} s").but(*wrong)


def hung_up(folder: Path, chance: random.Random, times: int) -> Tried:
    """Senders that close before they read the answer, or in the middle of the body; others are not disturbed.

    What was sent whole may be kept: it was not promised, and counts once when it is sent again.
    """
    with Product(folder, workers=2) as product:
        product.serve()
        crew = clients(product.ledgers, lambda: product.port, 2, pause_seconds=0.005)
        rude = Client("rude", product.ledgers, lambda: product.port)
        with posting(crew, at_least=5):
            ledger = Ledger(product.ledgers / "rude.ledger")
            for number in range(times):
                body = rude.body(number)
                raw = raw_post(body, f"Content-Length: {len(body)}")
                whole = chance.random() < 0.5
                ledger.note(Entry("rude", number, rude.per_delivery, "", 0))
                with suppress(OSError), socket.create_connection(("127.0.0.1", product.port), timeout=5) as line:
                    line.sendall(raw if whole else raw[: chance.randrange(1, len(raw))])
                    if chance.random() < 0.3:
                        time.sleep(0.01)
            taken = _taken(product)
            product.wait_for(lambda: _taken(product) > taken + 5, "answers to others")
            for number in range(0, times, 5):  # some come again, and stay for the answer
                ledger.note(rude.post(number))
            ledger.close()
        code = product.stop(product.started[0])
        wrong = [f"ingest ended with {code}"] if code else []
        return audit(product, "client closes early", times).but(*wrong)


def held_by_an_analyst(folder: Path, times: int, seconds: float) -> Tried:
    """Somebody holds the record open to read: the journal grows, `status.json` says why, and the loop catches up."""
    wrong: list[str] = []
    with Product(folder, workers=1) as product:
        product.serve()
        loop = product.start("analytics", "refresh")
        with posting(clients(product.ledgers, lambda: product.port, 2, pause_seconds=0.02), at_least=10):
            for _ in range(times):
                product.wait_for(lambda: product.status().get("ok"), "a good cycle")
                before, version = _taken(product), product.status()["version"]
                holder = hold(product)
                try:
                    product.wait_for(lambda: product.status().get("ok") is False, "a word on the holder")
                    product.wait_for(lambda: _taken(product) > before + 20, "deliveries meanwhile")  # noqa: B023
                    time.sleep(seconds)
                    said = str(product.status()["sentence"])
                    wrong += [f"status.json says {said!r}"] * (f"pid {holder.pid}" not in said)
                    wrong += ["a version came from nowhere"] * (product.status()["version"] != version)
                finally:
                    holder.kill()
                    holder.wait()
                product.wait_for(
                    lambda: product.status().get("ok") and product.status()["version"] != version,  # noqa: B023
                    "the loop to catch up",
                )
        wrong += [f"{name} ended with {code}" for name, process in (("refresh", loop), ("ingest", product.started[0]))
                  if (code := product.stop(process))]  # fmt: skip
        return audit(product, "record held open", times, f"for {seconds:g} s each time").but(*wrong)


def hold(product: Product) -> "subprocess.Popen[str]":
    """A process that holds the record open to read; it waits for its moment between two cycles."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(product.settings.record_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "open\n"
    return holder


def _taken(product: Product) -> int:
    return sum(entry.status == 200 for entry in entries(product.ledgers))


def _unsealed(product: Product) -> list[Path]:
    found = []
    for path in segments(product.settings.journal_dir):
        with SegmentReader(path) as reader:
            seal = reader.seal()
            if seal is None or seal.rows != reader.last_row():
                found.append(path)
    return found
