"""This module owns several nodes without HTTP: each a desk that seals into one shared folder, and who gathers them.

town = Town(tmp_path)
town.a.post(click("1")); town.b.post(click("1"))
town.seal("a"); town.seal("b")
assert town.gather() == [] and town.query("select count(*) from interactions") == [(1,)]
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from archiving import HOUR, NOW, everything
from journaling import Desk
from looking import look

from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.config import IngestSettings, Sender
from ingest.nodes.gathering import gather
from ingest.nodes.looping import Keeper
from ingest.nodes.settings import Nodes
from ingest.store import Record, drain

SENDERS = {"shop": Sender(secrets=("unused-but-long-enough",))}


class Town:
    """Two nodes, `a` and `b`, and the machine that builds; all of them in one folder."""

    def __init__(self, folder: Path, **retention: Any) -> None:
        """`retention` is that of every machine."""
        self.folder, self.shared = folder, folder / "shared"
        self.shared.mkdir(exist_ok=True)
        self._retention = Retention(**retention)
        self.desks = {name: Desk(folder / name) for name in ("a", "b")}
        self.a, self.b = self.desks["a"], self.desks["b"]
        self.settings = self._settings(folder / "builder" / "data", Nodes(shared=self.shared, gather=True))

    def __enter__(self) -> "Town":
        return self

    def __exit__(self, *_: object) -> None:
        for desk in self.desks.values():
            desk.journal.close()

    def node(self, name: str, called: str = "") -> IngestSettings:
        """The settings of a node, or of its data folder under another name."""
        return self._settings(self.desks[name].data_dir, Nodes(shared=self.shared, node=called or name))

    def seal(self, name: str, now: datetime = NOW + HOUR, called: str = "") -> None:
        """All that a node took goes into the shared folder."""
        self.desks[name].seal()
        assert Keeper(self.node(name, called)).cycle(now, force=True) == []

    def gather(self, now: datetime | None = None) -> list[str]:
        """Gather and load, and where `now` is said give the builder's archive its turn; what is wrong, in words."""
        done = gather(self.settings)
        with Record(self.settings.record_path) as record:
            loaded = drain(record, self.settings.journal_dir)
            wrong = [*done.wrong, *loaded.damaged, *([record.rebuilt] if record.rebuilt else [])]
            if now is not None:
                upkeep = Upkeep(self.settings.data_dir, self._retention)
                wrong += upkeep.turn(record.connection, now, drained=not loaded.more)
        return wrong

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the builder's record."""
        with look(self.settings.record_path) as connection:
            return connection.execute(sql).fetchall()

    def record(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the builder's record holds."""
        return everything(self.settings.record_path)

    def of_one_machine(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the record of one machine holds, of which the two nodes are the two workers."""
        for desk in self.desks.values():
            desk.seal()
        return everything(loaded_together(self.folder / "one", *(desk.journal_dir for desk in self.desks.values())))

    def _settings(self, data_dir: Path, nodes: Nodes) -> IngestSettings:
        return IngestSettings(data_dir=data_dir, nodes=nodes, retention=self._retention, senders=SENDERS)


def loaded_together(folder: Path, *journals: Path) -> Path:
    """The record that one machine makes of these journals."""
    journal = folder / "journal"
    journal.mkdir(parents=True)
    for path in (each for one in journals for each in one.glob("*.sqlite")):
        shutil.copy(path, journal)
    with Record(folder / "interactions.duckdb") as record:
        assert drain(record, journal).damaged == []
    return folder / "interactions.duckdb"


def rows(sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over files."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(sql).fetchall()
