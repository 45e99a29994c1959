"""This module owns the promise that journal and store together are a dictionary, whatever happens to them in between.

Hypothesis takes steps in any order: deliveries (new, again, other contents, versions, unusable ones), full and closed
segments, crashes, drains that are cut short, a record that is deleted, cut, or put back from a copy. After each drain
the record is compared with a model of a few lines.
"""

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dictionary import Model, deliveries
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from journaling import Desk

from ingest.delivery import Door, Limits
from ingest.journal import Journal, segments
from ingest.store import Record, drain, read_record

MEMORY = Path("/dev/shm")  # what an fsync is worth is for others to prove; here it would only take time
ROWS_MAX, CHUNK_ROWS = 4, 3  # of a segment; of one transaction of a drain
TABLES = ("interactions", "reports", "settlements", "ads")
HASHES = " union all ".join(
    f"select key_hash, content_hash from {table} where '{table}' <> 'ads' or delivery_id <> ''" for table in TABLES
)  # ads that were learned from clicks have no delivery
LOADS = "select " + ", ".join(
    f"coalesce(sum({name}), 0)::bigint"
    for name in ("deliveries", "items", "accepted + new_versions", "duplicates", "quarantined", "ignored")
) + " from loads"  # fmt: skip


class SmallDesk(Desk):
    """A desk whose segments are full soon."""

    def reopen(self) -> None:
        """A new journal."""
        self.journal = Journal(self.journal_dir, "w1", rows_max=ROWS_MAX, seconds_max=3600)
        self._door = Door(self.journal, b"a key", Limits(1 << 20, 1000))


class JournalAndStore(RuleBasedStateMachine):
    """The real journal and the real store in a folder, beside the model."""

    @initialize()
    def begin(self) -> None:
        """An empty folder."""
        self.folder = Path(tempfile.mkdtemp(prefix="whichad-stateful-", dir=MEMORY if MEMORY.is_dir() else None))
        self.desk, self.model, self.sent = SmallDesk(self.folder), Model(), list[tuple[list[Any], str]]()
        self.is_loaded, self.copy = True, None

    @rule(items=deliveries)
    def append(self, items: list[Any]) -> None:
        """A delivery that nobody sent before; what is in it may have come before, or with other contents."""
        self._post(items, f"msg_{len(self.sent)}")

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """A delivery as it was sent before, byte for byte."""
        self._post(*data.draw(st.sampled_from(self.sent)))

    @rule()
    def append_what_cannot_be_read(self) -> None:
        """An authentic body that is no JSON."""
        self.model.add(self.desk.post(body=b"{broken"))
        self.is_loaded = False

    def _post(self, items: list[Any], message_id: str) -> None:
        passage = self.desk.post(body=json.dumps(items).encode(), message_id=message_id)
        self.sent.append((items, message_id))
        self.model.add(passage)
        self.is_loaded = False

    @rule()
    def seal(self) -> None:
        """The process ends well; another one begins."""
        self.desk.seal()

    @rule()
    def crash(self) -> None:
        """The process dies: its segment has no seal, and its WAL lies there as it was."""
        self.desk.journal.close()
        for path in segments(self.desk.journal_dir)[-1:]:
            _unseal(path)
        self.desk.reopen()

    @rule()
    def drain_a_little(self) -> None:
        """A drain whose time is over at once: some transactions are done, each of them whole."""
        with Record(self.desk.record_path) as record:
            drain(record, self.desk.journal_dir, seconds_max=0)

    @rule()
    def drain_all(self) -> None:
        """A drain to the end."""
        with Record(self.desk.record_path) as record:
            assert drain(record, self.desk.journal_dir).damaged == []
        self.is_loaded = True

    @rule(how=st.sampled_from(["deleted", "cut", "overwritten"]))
    def damage_the_record(self, how: str) -> None:
        """The file is gone or no longer what it was; the next opening makes it again."""
        path = self.desk.record_path
        if not path.exists():
            return
        if how == "deleted":
            path.unlink()
        elif how == "cut":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        else:
            path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])
        self.is_loaded = False

    @rule()
    def copy_the_record(self) -> None:
        """Somebody makes a copy between two cycles."""
        if self.desk.record_path.exists():
            self.copy = shutil.copy(self.desk.record_path, self.folder / "copy.duckdb")

    @precondition(lambda self: self.copy)
    @rule()
    def put_an_older_record_back(self) -> None:
        """The copy comes back beside a journal that went on."""
        shutil.copy(self.copy, self.desk.record_path)
        self.is_loaded = False

    @invariant()
    def the_record_is_the_model(self) -> None:
        """Once everything is loaded: every row that must be there, no other, none twice, and the counts say so."""
        if not getattr(self, "is_loaded", False) or not self.desk.record_path.exists():
            return
        with read_record(self.desk.record_path) as connection:
            there = connection.execute(HASHES).fetchall()
            loads = connection.execute(LOADS).fetchone()
            lost = connection.execute("select count(*) from quarantine").fetchone()
        doubled = sorted(row for row, times in Counter(there).items() if times > 1)
        lacks, too_many = sorted(self.model.rows - set(there)), sorted(set(there) - self.model.rows)
        assert (lacks, too_many, doubled) == ([], [], []), (lacks, too_many, doubled)
        assert loads == self.model.loads
        assert lost == (self.model.loads[4],)

    def teardown(self) -> None:
        """Load all that is left, look once more, clear up."""
        if hasattr(self, "folder"):
            try:
                self.desk.seal()
                self.drain_all()
                self.the_record_is_the_model()
                assert all(path.stat().st_size for path in segments(self.desk.journal_dir))
            finally:
                self.desk.journal.close()
                shutil.rmtree(self.folder)


def _unseal(path: Path) -> None:
    """Take a segment's seal away, and leave its WAL behind, as a process does that had no time to close."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("delete from seal")
    left = {path: path.read_bytes(), (wal := path.with_name(f"{path.name}-wal")): wal.read_bytes()}
    connection.close()
    for file, content in left.items():
        file.write_bytes(content)


@contextmanager
def small_transactions() -> Iterator[None]:
    """Drains commit after a few rows, so that one can end in the middle."""
    modules = [import_module(f"ingest.store.{name}") for name in ("commit", "draining")]
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "CHUNK_ROWS_MAX", CHUNK_ROWS)
        yield


def explore(examples: int, steps: int) -> None:
    """Take `examples` ways of at most `steps` steps each."""
    bounded = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with small_transactions():
        run_state_machine_as_test(JournalAndStore, settings=bounded)


def test_journal_and_store_are_a_dictionary():
    explore(8, 20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_journal_and_store_are_a_dictionary_on_many_longer_ways():
    explore(400, 60)
