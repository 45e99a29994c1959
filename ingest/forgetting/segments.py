"""This module owns the journal's part: which segments may be rewritten, and rewriting their rows for good.

A segment has one writer. While that one lives, nobody else writes: the writers are asked to seal what is open, and
waited for. What a row held is gone when SQLite's WAL is folded in, so that is waited for as well.
"""

import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingest.forgetting.errors import ForgetError
from ingest.journal import segments
from ingest.segments.holes import holes
from ingest.segments.rolling import ask
from ingest.segments.segment import SegmentReader, redact

WRITERS_SECONDS_MAX = 30.0
FOLD_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """What a row of the journal is to keep. Its body goes."""

    row: int
    items: str
    request: str


def frozen(journal: Path, seconds_max: float = WRITERS_SECONDS_MAX) -> set[str]:
    """The segments that nobody writes any more, after all that are open now were sealed. Raises ForgetError."""
    if not journal.is_dir():
        return set()
    there = segments(journal)
    is_open = [path for path in there if not _is_sealed(path)]
    ask(journal)
    deadline = time.monotonic() + seconds_max
    while is_open := [path for path in is_open if path.exists() and not _is_sealed(path) and not _is_left(path)]:
        if time.monotonic() > deadline:
            raise ForgetError(
                f"{is_open[0].name} is still being written {seconds_max:g} s after its writer was asked to seal it,"
                " so nothing was changed. Is that whichad older than this one? Restart it, and run forget again."
            )
        time.sleep(LOOK_SECONDS)
    return {path.name for path in there}


def rewrite(journal: Path, segment: str, changes: Iterable[Change]) -> None:
    """Rewrite rows of a frozen segment and wait until nothing of before is left on disk. Raises ForgetError."""
    path = journal / segment
    if not _is_sealed(path) and (said := holes(path)):  # opening it for writing would fold the damage in
        raise ForgetError(f"{segment} {said}. Load it or restore it first (whichad verify), then run forget again.")
    try:
        for change in changes:
            redact(path, change.row, None, change.items, change.request)
        _fold(path)
    except (sqlite3.Error, LookupError) as error:
        raise ForgetError(f"{segment} cannot be rewritten ({error}). Run forget again; it goes on.") from None


def raw_texts(path: Path, row: int) -> str:
    """All that stands in a damaged row's text columns, as it stands there."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        found = connection.execute("select items, request, message_id from deliveries where row = ?", (row,)).fetchone()
    return "\n".join(str(each) for each in found or ())


def _fold(path: Path) -> None:
    """Fold the WAL in and cut it to nothing: a reader at work holds that up, and what was there stays meanwhile."""
    deadline = time.monotonic() + FOLD_SECONDS_MAX
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=5)) as connection:
        while connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise ForgetError(f"{path.name} is read all the time, so its old rows stay on disk. Run forget again.")
            time.sleep(LOOK_SECONDS)


def _is_sealed(path: Path) -> bool:
    try:
        with SegmentReader(path) as reader:
            return reader.seal() is not None
    except sqlite3.Error as error:
        if not path.exists():
            return True
        raise ForgetError(f"{path.name} cannot be read ({error}). Restore it first (whichad verify).") from None


def _is_left(path: Path) -> bool:
    """Whether an open segment's writer is gone: SQLite leaves WAL mode only where nobody else has the file open."""
    if said := holes(path):
        raise ForgetError(f"{path.name} {said}. Load it or restore it first (whichad verify), then run forget again.")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=0)) as connection:
            mode = str(connection.execute("pragma journal_mode=delete").fetchone()[0])
            if mode == "delete":
                connection.execute("pragma journal_mode=wal")
            return mode == "delete"
    except sqlite3.OperationalError:
        return False


def counted(changes: Mapping[str, list[Change]]) -> int:
    """How many rows of the journal change."""
    return sum(len(each) for each in changes.values())
