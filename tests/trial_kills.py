"""This module owns killing: any process of the product at a random moment, and all at once, until enough died."""

import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from auditing import audit
from certificate import Tried
from ledger import clients, posting
from product import Product

# How often each kind of process is the one that dies; `up` supervises, and dies only with all the others.
WEIGHTS = {"worker": 6, "refresh": 2, "ingest": 1, "dashboard": 1}
LIFE_KILLS = 20  # then everything is killed at once: the supervisor waits longer after each failure
WORLD_KILLS = 100  # then the books are audited, and the next world begins empty
CLIENTS = 4


@dataclass
class Reader:
    """Somebody who opens the published file again and again; it must always open, and only grow."""

    product: Product
    seen: int = 0
    times: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Open the newest version; before the first there is none."""
        link = self.product.settings.published_link
        if not link.exists():
            if self.times:
                self.wrong.append("the published file is gone")
            return
        try:
            with duckdb.connect(os.path.realpath(link), read_only=True) as published:
                row = published.execute("select interactions from freshness").fetchone()
        except duckdb.Error as error:
            self.wrong.append(f"the published file did not open: {error}")
            return
        count = int(row[0]) if row else -1
        if count < self.seen:
            self.wrong.append(f"the published file went back from {self.seen} to {count} interactions")
        self.seen, self.times = count, self.times + 1


def kill_at_random(folder: Path, chance: random.Random, kills: int, life_kills: int = LIFE_KILLS) -> Tried:
    """One world: `kills` processes end by SIGKILL while senders post; restarted by `whichad up`, or with it."""
    killed = moments = everything = 0
    with Product(folder, workers=4, segment_rows_max=200) as product:
        reader = Reader(product)
        with posting(clients(product.ledgers, lambda: product.port, CLIENTS, pause_seconds=0.03), at_least=0):
            while killed < kills:
                product.start("whichad", "up")
                product.wait_for(product.answers, "ingest to answer")
                died, times = _live(product, chance, reader, min(life_kills, kills - killed))
                killed, moments = killed + died, moments + times
                if killed < kills or not everything:
                    killed, moments, everything = killed + product.kill_all(), moments + 1, everything + 1
            if not product.pids("up"):
                product.start("whichad", "up")
            product.wait_for(product.answers, "ingest to answer after the last kill")
            product.wait_for(lambda: product.status().get("ok") is True and _published(product, reader), "a version")
        up = product.pids("up")[0]
        code = product.stop(next(p for p in product.started if p.pid == up))
        wrong = [*reader.wrong, *([f"up ended with {code}"] if code else [])]
        note = f"{killed} processes at {moments} moments, {everything} of them everything at once"
        tried = audit(product, "kill -9", killed, f"{note}; the published file opened {reader.times} times")
    return tried.but(*wrong)


def _live(product: Product, chance: random.Random, reader: Reader, kills: int) -> tuple[int, int]:
    """Kill single processes; returns how many died, at how many moments."""
    killed = moments = 0
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    while killed < kills:
        time.sleep(chance.uniform(0.05, 0.8))
        living = product.pids(chance.choices(names, weights)[0])
        if living:
            killed, moments = killed + product.kill(chance.choice(living)), moments + 1
        reader.look()
    return killed, moments


def _published(product: Product, reader: Reader) -> bool:
    reader.look()
    return reader.times > 0 and reader.seen > 0
