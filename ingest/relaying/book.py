"""This module owns the relay's book, `data/relay.sqlite`: how far the journal is read, and what is not delivered yet.

One process writes it (and `relay retry`, shortly); WAL and `synchronous=FULL`, so a commit returns after its fsync.
All times are unix microseconds. A delivery leaves the book only after its target's 2xx.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.relaying.binding import bound

NAME = "relay.sqlite"
NEVER = 1 << 62
_DUE = """
select sender, segment, row, received_at, tries, tried_first_at from waiting
where sender = ? and failed_at is null and due_at <= ? order by received_at, segment, row limit ?
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the journal a delivery of a sender is."""

    sender: str
    segment: str
    row: int
    received_at: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """A delivery that is due, and how often it was tried."""

    place: Place
    tries: int
    tried_first_at: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try came to: delivered (no error), due again at `due_at`, or given up (`due_at` None)."""

    unsent: Unsent
    tried_at: int
    error: str = ""
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """From when on a sender is relayed; `asked_since` is an earlier moment that somebody asked for since."""

    begun_at: int
    asked_since: int | None


class Book:
    """The relay's book; thread-safe. Raises sqlite3.Error where the disk does not take it."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it; `news` is a sentence where it had to be made."""
        self.news = bound(path)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._connection.execute("pragma synchronous=full")
        self._lock = threading.Lock()
        with self._writing() as book:  # a disk that takes nothing must say so before anything is sent
            book.execute("delete from opened")
            book.execute("insert into opened values (?)", (time.time_ns() // 1000,))

    def close(self) -> None:
        """Fold the WAL into the file."""
        with self._lock:
            self._connection.close()

    def positions(self) -> dict[str, tuple[int, bool]]:
        """Segment → (last row that was read, whether nothing follows)."""
        with self._lock:
            found = self._connection.execute("select segment, row, done from positions").fetchall()
        return {segment: (row, bool(done)) for segment, row, done in found}

    def take(self, positions: Sequence[tuple[str, int, bool]], places: Sequence[Place]) -> None:
        """Move the positions and note what is to be relayed, in one transaction."""
        with self._writing() as book:
            _insert(book, places)
            book.executemany("insert or replace into positions values (?,?,?)", positions)

    def forget(self, segments: Iterable[str]) -> None:
        """Drop the positions of segments that are gone from the journal."""
        with self._writing() as book:
            book.executemany("delete from positions where segment = ?", [(segment,) for segment in segments])

    def beginnings(self) -> dict[str, Beginning]:
        """The senders that are relayed now."""
        with self._lock:
            found = self._connection.execute("select sender, begun_at, asked_since from targets where active")
            return {sender: Beginning(begun_at, asked) for sender, begun_at, asked in found}

    def begin(self, sender: str, since: int) -> None:
        """Relay a sender from `since` on; what still waited from an earlier time is sent as well."""
        with self._writing() as book:
            book.execute(
                "insert into targets(sender, begun_at, asked_since) values (?1, ?2, ?3) on conflict do update"
                " set active = 1, begun_at = ?2, asked_since = ?3, unanswered_since = null",
                (sender, NEVER, since),
            )

    def end(self, sender: str) -> None:
        """Relay a sender no more; what waits stays."""
        with self._writing() as book:
            book.execute("update targets set active = 0, asked_since = null where sender = ?", (sender,))

    def reach_back(self, sender: str, since: int, places: Sequence[Place]) -> None:
        """Note history that is to be relayed as well: all from `since` on is in the book then."""
        with self._writing() as book:
            _insert(book, places)
            book.execute(
                "update targets set begun_at = min(begun_at, ?2), asked_since = null where sender = ?1", (sender, since)
            )

    def due(self, sender: str, at: int, limit: int) -> list[Unsent]:
        """What of a sender is due, as it was received."""
        with self._lock:
            found = self._connection.execute(_DUE, (sender, at, limit)).fetchall()
        return [Unsent(Place(*row[:4]), *row[4:]) for row in found]

    def settle(self, sender: str, outcomes: Sequence[Outcome]) -> None:
        """Write down what tries came to."""
        delivered = [_key(each) for each in outcomes if not each.error]
        failed = [each for each in outcomes if each.error]
        with self._writing() as book:
            book.executemany("delete from waiting where sender = ? and segment = ? and row = ?", delivered)
            book.executemany(
                "update waiting set tries = tries + 1, tried_first_at = coalesce(tried_first_at, ?1), last_error = ?2,"
                " due_at = coalesce(?3, due_at), failed_at = iif(?3 is null, ?1, null)"
                " where sender = ?4 and segment = ?5 and row = ?6",
                [(each.tried_at, each.error, each.due_at, *_key(each)) for each in failed],
            )
            book.execute(
                "update targets set sent = sent + ?, unanswered_since = null, last_error = ? where sender = ?",
                (len(delivered), outcomes[-1].error, sender),
            )

    def unanswered(self, sender: str, error: str, at: int, give_up_after: int) -> int:
        """Note that the target cannot be reached; returns how many deliveries are given up for it.

        Those are the ones older than `give_up_after` microseconds, once the target is away for as long.
        """
        with self._writing() as book:
            book.execute(
                "update targets set unanswered_since = coalesce(unanswered_since, ?), last_error = ? where sender = ?",
                (at, error, sender),
            )
            return book.execute(
                "update waiting set tries = tries + 1, failed_at = ?2, last_error = ?3 where sender = ?1 and failed_at"
                " is null and received_at <= ?4 and (select unanswered_since from targets where sender = ?1) <= ?4",
                (sender, at, error, at - give_up_after),
            ).rowcount

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:
                with suppress(sqlite3.Error):  # on a full disk SQLite may have rolled back itself
                    self._connection.execute("rollback")
                raise


def _insert(book: sqlite3.Connection, places: Sequence[Place]) -> None:
    values = [(each.sender, each.segment, each.row, each.received_at) for each in places]
    book.executemany("insert or ignore into waiting(sender, segment, row, received_at) values (?,?,?,?)", values)


def _key(outcome: Outcome) -> tuple[str, str, int]:
    place = outcome.unsent.place
    return place.sender, place.segment, place.row
