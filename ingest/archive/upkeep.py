"""This module owns the archive's turn in the loop: seal, let go, compact, publish, shorten the journal; a list.

It runs while the loop holds the record, when the journal is drained. Its errors are said and do not stop loading.
"""

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingest import logs
from ingest.archive import compaction
from ingest.archive.expiry import expire
from ingest.archive.generation import latest, publish, tidy
from ingest.archive.layout import Archive, ArchiveError
from ingest.archive.retention import shorten
from ingest.archive.seal import is_anything_pending, pending, seal
from ingest.archive.settings import Retention

PENDING_MAX = 100_000  # deliveries: what is written at once must not hold up the loop for long
COMPACT_SECONDS_MAX = 2.0  # in one pass; at least a day
_LEFT = """
select segment, count(*) from pending where load_id <= (select max(load_id) from seals where what = 'seal')
group by segment order by segment
"""


class Upkeep:
    """Keeps the archive of one data folder; remembers when it last looked."""

    def __init__(self, data_dir: Path, retention: Retention, may_let_go: Callable[[], bool] = lambda: True) -> None:
        """`retention` does not change while it runs. `may_let_go`: whether nobody else still has to get old days."""
        self._data_dir, self._retention, self._may_let_go = data_dir, retention, may_let_go
        self._archive = Archive(data_dir)
        self._looked: int | None = None
        self._tidied = 0  # the generation that was published, and after which was tidied

    def turn(self, connection: duckdb.DuckDBPyConnection, now: datetime, drained: bool = True) -> list[str]:
        """What is due at `now` (naive UTC); returns what is wrong, in words. `drained`: the journal is loaded."""
        try:
            is_due = self._is_seal_due(connection, now)
            if is_due and (drained or pending(connection) > PENDING_MAX):
                self._seal(connection, now)
            if drained and (is_due or self._period(now) != self._looked):
                self.rest(connection, now)
                self._looked = self._period(now)
            else:
                self._publish(connection)
        except (ArchiveError, OSError, duckdb.Error, sqlite3.Error) as error:
            if isinstance(error, duckdb.FatalException):
                raise
            return [f"the archive is not kept up: {error}", *_left(connection)]
        return _left(connection)

    def seal(self, connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
        """Write what is pending, and let readers see it."""
        self._seal(connection, now)
        self._publish(connection)

    def rest(
        self, connection: duckdb.DuckDBPyConnection, now: datetime, seconds_max: float = COMPACT_SECONDS_MAX
    ) -> None:
        """Let go of what is over its time, compact, publish, shorten the journal."""
        kept = self._retention if self._may_let_go() else self._retention.model_copy(update={"archive_days": 0.0})
        expire(connection, self._data_dir, kept, now)
        deadline = time.monotonic() + seconds_max
        for day in compaction.due(connection, now):
            compaction.compact(connection, self._data_dir, day, now)
            if time.monotonic() > deadline:
                break
        self._publish(connection)
        manifest = self._archive.manifest()
        if manifest is not None:
            shorten(connection, self._data_dir, manifest, self._retention.raw_days, now)

    def _seal(self, connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
        for each in seal(connection, self._data_dir, now):
            logs.say("refresh", each)

    def _publish(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Swing the generation in where it is not, also one that a kill has left out."""
        number = latest(connection)
        if number in (0, self._tidied):
            return
        is_there = number == self._archive.generation()
        manifest = self._archive.manifest() if is_there else publish(connection, self._archive)
        if manifest is not None:
            tidy(self._archive, manifest)
        self._tidied = number

    def _is_seal_due(self, connection: duckdb.DuckDBPyConnection, now: datetime) -> bool:
        if pending(connection) > PENDING_MAX:
            return True
        if not is_anything_pending(connection):
            return False
        row = connection.execute("select max(sealed_at) from seals where what = 'seal'").fetchone()
        if row is None or row[0] is None:
            row = connection.execute("select min(loaded_at) from loads").fetchone()
        return row is None or row[0] is None or self._period(row[0]) != self._period(now)

    def _period(self, moment: datetime) -> int:
        return int((moment - datetime(1970, 1, 1)) / timedelta(minutes=self._retention.seal_minutes))  # noqa: DTZ001


def _left(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What the last seal could not take, in words."""
    rows = connection.execute(_LEFT).fetchall()
    return [f"{segment}: {count} deliveries cannot be archived, for they are not there as they were loaded. They"
            " stand in the record alone; restore the segment from a backup" for segment, count in rows]  # fmt: skip
