"""This module owns what others ask of the relay's book: how each sender stands, what may go, what is put back.

Nothing here needs the relay to run: the book is opened, asked and closed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.relaying.book import NAME, NEVER

_STANDINGS = """
select t.sender, t.active, t.sent,
  (select count(*) from waiting w where w.sender = t.sender and w.failed_at is null),
  (select min(received_at) from waiting w where w.sender = t.sender and w.failed_at is null),
  (select count(*) from waiting w where w.sender = t.sender and w.failed_at is not null),
  coalesce(nullif(t.last_error, ''), (select last_error from waiting w where w.sender = t.sender
    and w.failed_at is not null order by w.failed_at desc limit 1), '')
from targets t order by t.sender
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the relay of one sender stands. `oldest_waiting` is unix microseconds of its receipt, None for none."""

    sender: str
    active: bool
    sent: int
    waiting: int
    oldest_waiting: int | None
    failed: int
    last_error: str


def standings(data_dir: Path) -> list[Standing]:
    """Every sender that is or was relayed, by name; none where nothing ever was. Raises sqlite3.Error."""
    if not (data_dir / NAME).exists():
        return []
    with _open(data_dir, "ro") as book:
        return [Standing(row[0], bool(row[1]), *row[2:]) for row in book.execute(_STANDINGS)]


def relayed_up_to(data_dir: Path, segment: str) -> int:
    """The row of a segment up to which the relay needs it no more; NEVER (a huge number) where it needs none of it.

    What was given up does not hold the journal: once its segment is gone, it cannot be put back any more.
    Raises sqlite3.Error where the book cannot be read, and then nothing may be deleted.
    """
    if not (data_dir / NAME).exists():
        return NEVER
    with _open(data_dir, "ro") as book:
        (waits,) = book.execute(
            "select min(row) from waiting where segment = ? and failed_at is null", (segment,)
        ).fetchone()
        position = book.execute("select row, done from positions where segment = ?", (segment,)).fetchone()
        (active,) = book.execute("select count(*) from targets where active").fetchone()
    row, done = position or (0, False)
    read = NEVER if done or not active else int(row)
    return read if waits is None else min(read, waits - 1)


def put_back(data_dir: Path, sender: str, since: int | None = None) -> int | None:
    """Let what was given up be tried again; returns how many, None where the sender is not relayed.

    With `since` (unix microseconds) the running relay also sends what was received between then and the moment
    from which on the sender is relayed. Raises sqlite3.Error.
    """
    if not (data_dir / NAME).exists():
        return None
    with _open(data_dir, "rw") as book, book:
        known = book.execute(
            "update targets set unanswered_since = null where sender = ? and (active or ?)", (sender, since is None)
        ).rowcount
        if not known:
            return None
        if since is not None:
            book.execute(
                "update targets set asked_since = min(coalesce(asked_since, ?1), ?1) where sender = ?2",
                (since, sender),
            )
        return book.execute(
            "update waiting set failed_at = null, tries = 0, tried_first_at = null, due_at = 0 where sender = ?"
            " and failed_at is not null", (sender,),
        ).rowcount  # fmt: skip


def dropped(data_dir: Path, sender: str) -> int:
    """Forget what waits and what was given up for a sender; returns how many. Raises sqlite3.Error."""
    if not (data_dir / NAME).exists():
        return 0
    with _open(data_dir, "rw") as book, book:
        return book.execute("delete from waiting where sender = ?", (sender,)).rowcount


@contextmanager
def _open(data_dir: Path, mode: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{(data_dir / NAME).resolve().as_uri()}?mode={mode}", uri=True, timeout=30)
    try:
        connection.execute("pragma synchronous=full")
        yield connection
    finally:
        connection.close()
