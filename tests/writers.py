"""This module owns the small programs whose system calls are recorded: real parts, a line `ACK <id>` per promise.

    python tests/writers.py journal FOLDER --breaking no_fsync
Each can be made to break one promise (a mutant), by changing the running program, never the product's files.
"""

import argparse
import importlib
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import ingest.journal
import ingest.segments.file
from ingest.journal import Journal
from ingest.segments.segment import SegmentWriter

ROWS_MAX = 5
PAGES_MAX = 3  # so that the WAL is folded in and begun anew in the middle of a short life


def acknowledge(what: str) -> None:
    """Say a promise in one system call."""
    os.write(1, f"ACK {what}\n".encode())


def journal(folder: Path) -> None:
    """Deliveries one by one, a large one, four at once, counted refusals; segments roll, the last is sealed."""
    from journaling import Desk, click

    desk = Desk(folder)
    desk.journal.close()
    desk.journal = Journal(desk.journal_dir, "w1", rows_max=ROWS_MAX, seconds_max=3600)
    desk._door._journal = desk.journal

    def post(name: str, text: str = "Quiet SUVs of 2026") -> None:
        desk.post(click(name, text))
        acknowledge(name)

    for number in range(4):
        post(f"one-{number}")
    post("large", "A long text " * 2000)
    desk.journal.count_refusal("shop", "signature_wrong", 10)
    threads = [threading.Thread(target=post, args=(f"four-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(5):
        post(f"two-{number}")
    desk.journal.close()


def folding(folder: Path) -> None:
    """The same, with a WAL that is folded into the file every few pages, as a long segment's is."""
    was = SegmentWriter.__init__

    def init(self: SegmentWriter, path: Path) -> None:
        was(self, path)
        self._connection.execute(f"pragma wal_autocheckpoint={PAGES_MAX}")

    SegmentWriter.__init__ = init  # type: ignore[method-assign]
    journal(folder)


def record(folder: Path) -> None:
    """Three cycles of the loader over a journal that grows between them."""
    from journaling import Desk, click

    with Desk(folder) as desk:
        for cycle in range(3):
            for number in range(3):
                desk.post(click(f"c{cycle}-{number}", f"Text {number} of {cycle}"))
                acknowledge(f"c{cycle}-{number}")
            desk.seal()
            desk.load()


def publish(folder: Path) -> None:
    """Publish the marts of one journey, one version more than are kept."""
    from journeys import Books, journey

    from analytics import publish as module

    books = Books(folder.with_name("books"))
    books.post(*journey("A B => 30"))
    books.build()
    for number in range(module.KEPT + 1):
        moment = datetime(2026, 1, 1, number)  # noqa: DTZ001 (naive UTC, as everywhere)
        acknowledge(module.publish(books.settings.work_path, folder / "creatives.duckdb", moment))


WRITERS: dict[str, Callable[[Path], None]] = {
    "journal": journal, "folding": folding, "record": record, "publish": publish,
}  # fmt: skip


def no_fsync() -> None:
    """SQLite does not sync what it commits."""
    _after_opening("pragma synchronous=off")


def no_fsync_of_the_wal() -> None:
    """SQLite syncs at checkpoints only, as many applications do that use WAL mode."""
    _after_opening("pragma synchronous=normal")


def answer_before_sync() -> None:
    """The journal tells those who wait before the group is committed."""
    was = Journal._commit

    def commit(self, deliveries, refusals):
        for waiting in list(self._group):
            waiting.tell(None)
        threading.Event().wait(0.02)
        return was(self, deliveries, refusals)

    write = Journal._write

    def remembering(self, group):
        type(self)._group = group
        write(self, group)

    Journal._commit, Journal._write = commit, remembering  # type: ignore[method-assign]


def seal_before_fold() -> None:
    """The seal empties the WAL before its pages are on disk in the file."""
    was = SegmentWriter.seal

    def seal(self: SegmentWriter, sealed_at: int) -> None:
        self._connection.execute("pragma synchronous=off")
        was(self, sealed_at)

    SegmentWriter.seal = seal  # type: ignore[method-assign]


def rename_before_fsync() -> None:
    """A new segment gets its name before its schema is on disk."""
    real = sqlite3.connect

    def connect(path, *rest, **more):
        connection = real(path, *rest, **more)
        if str(path).endswith(".new"):
            connection.execute("pragma synchronous=off")
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]
    was = ingest.segments.file.fsync
    ingest.segments.file.fsync = lambda path: None if path.suffix == ".new" else was(path)


def link_before_version() -> None:
    """The symlink is swung to a version whose bytes are not on disk."""
    import analytics.publish as module

    module.fsync = lambda _path: None
    write = module._write

    def unsynced(work, aside, stamp):
        write(work, aside, stamp)
        data = aside.read_bytes()
        aside.unlink()
        aside.write_bytes(data)

    module._write = unsynced


def positions_before_rows() -> None:
    """The loader notes how far it came in a transaction before the one with the rows."""
    from ingest.store.commit import _write_positions

    module = importlib.import_module("ingest.store.draining")
    was = module.commit

    def commit(connection, chunk):
        connection.execute("begin")
        _write_positions(connection, chunk.positions)
        connection.execute("commit")
        connection.execute("checkpoint")  # what only the WAL of a crash holds is not believed, and so does no harm
        return was(connection, chunk)

    module.commit = commit


def _after_opening(pragma: str) -> None:
    was = SegmentWriter.__init__

    def init(self: SegmentWriter, path: Path) -> None:
        was(self, path)
        self._connection.execute(pragma)

    SegmentWriter.__init__ = init  # type: ignore[method-assign]


BREAKING: dict[str, tuple[str, Callable[[], None]]] = {
    "no_fsync": ("journal", no_fsync),
    "no_fsync_of_the_wal": ("journal", no_fsync_of_the_wal),
    "answer_before_sync": ("journal", answer_before_sync),
    "seal_before_fold": ("journal", seal_before_fold),
    "rename_before_fsync": ("journal", rename_before_fsync),
    "positions_before_rows": ("record", positions_before_rows),
    "link_before_version": ("publish", link_before_version),
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("writer", choices=WRITERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--breaking", choices=BREAKING)
    chosen = parser.parse_args()
    BREAKING.get(chosen.breaking, ("", lambda: None))[1]()
    WRITERS[chosen.writer](chosen.folder)
