"""This module owns publishing what a refresh moved: the last version's bytes, with the rows that are others by now.

A copy of a file takes a tenth of what writing its tables anew does, and the rest then costs what the news moved. Of
the tables that a refresh makes anew, only rows that differ are written. Before it counts, every table's rows are
counted against work.duckdb, and the days that moved are summed up in both.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analytics.incremental.moves import Moved, Moves, followed
from analytics.incremental.ways import grain, way
from analytics.incremental.worlds import same
from analytics.version.emptied import TABLES
from ingest import parsed

TIMES_MAX = 500  # then everything is published anew; each day's first news do so, too
GROWN_MAX, GROWN_BYTES = 1.5, 64 << 20  # of the file: what deleted rows leave behind is not always used again
DAYS_MAX = 100  # that many days are looked at one by one; of more all are
_Seen = tuple[int, int, int]


class OtherwiseError(Exception):
    """What was brought up is not what work.duckdb holds: everything has to be published anew."""


@dataclass(frozen=True, slots=True)
class Base:
    """A version as it was swung in, and work.duckdb as it was left then: both have to be so still."""

    version: Path
    work: Path
    version_seen: _Seen
    work_seen: _Seen
    whole_bytes: int  # of the file when it was last written anew
    times: int = 0  # it was brought up since

    @property
    def holds(self) -> bool:
        """Whether nobody else wrote to either, and it is not time to publish everything anew."""
        try:
            untouched = (_seen(self.version), _seen(self.work)) == (self.version_seen, self.work_seen)
        except OSError:
            return False
        grown = self.version_seen[1] > GROWN_MAX * self.whole_bytes + GROWN_BYTES
        return untouched and not grown and self.times < TIMES_MAX and not Path(f"{self.version}.wal").exists()


def base_of(link: Path, work: Path, before: Base | None = None) -> Base:
    """The version that the link names now; `before` is the one that it was brought up from."""
    version, work = link.resolve(), work.resolve()
    seen = _seen(version)
    if before is None:
        return Base(version, work, seen, _seen(work), seen[1])
    return replace(before, version=version, version_seen=seen, work_seen=_seen(work), times=before.times + 1)


def copy(version: Path, aside: Path) -> None:
    """The bytes of a version; where the file system can, without writing them a second time."""
    with version.open("rb") as source, aside.open("xb") as target:
        left = os.fstat(source.fileno()).st_size
        try:
            while left > 0 and (copied := os.copy_file_range(source.fileno(), target.fileno(), left)):
                left -= copied
        except OSError:  # across file systems, or one that knows no such call
            source.seek(0)
            target.seek(0)
            shutil.copyfileobj(source, target, 1 << 20)


def bring_up(connection: duckdb.DuckDBPyConnection, moves: Moves) -> None:
    """Bring the tables of the database `published` up to the current one, in the caller's transaction.

    Raises OtherwiseError where they are not equal then.
    """
    for mart, moved in moves.items():
        if moved is None:
            connection.execute(f"delete from published.{mart}")
            parsed.run(connection, f"insert into published.{mart} by name from {mart}")
        elif moved.went.num_rows or moved.came.num_rows:
            _move(connection, mart, moved)
    made_anew = [mart for mart in TABLES if mart not in {*followed(), *moves} and way(mart).word != "fit"]
    exchanged = _otherwise(connection, made_anew)
    for mart in exchanged:
        _exchange(connection, mart)
    _verify(connection, moves, exchanged)


def _move(connection: duckdb.DuckDBPyConnection, mart: str, moved: Moved) -> None:
    with _given(connection, moved):
        if moved.went.num_rows:
            near, days = _near(mart, moved.went)
            connection.execute(
                f"delete from published.{mart} m using moved_went w where {same(grain(mart), 'm', 'w')} and {near}",
                days,
            )
        connection.execute(f"insert into published.{mart} by name from moved_came")


def _exchange(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    """Let the rows that differ take each other's place: by their hashes, a fourth of what EXCEPT costs."""
    connection.execute(f"delete from published.{mart} m where hash(m) not in (select hash(w) from {mart} w)")
    connection.execute(
        f"insert into published.{mart} by name"
        f" select w.* from {mart} w where hash(w) not in (select hash(m) from published.{mart} m)"
    )


def _otherwise(connection: duckdb.DuckDBPyConnection, marts: Iterable[str]) -> list[str]:
    """Those whose rows are not the same in both, whatever their order."""
    asked = " union all ".join(
        f"select '{mart}' as mart where {_digest(f'published.{mart}')} is distinct from {_digest(mart)}"
        for mart in marts
    )
    return [mart for (mart,) in connection.execute(asked).fetchall()] if asked else []


def _digest(table: str, where: str = "true") -> str:
    return f"(select (count(*), sum(hash(m))) from {table} m where {where})"


def _verify(connection: duckdb.DuckDBPyConnection, moves: Moves, exchanged: list[str]) -> None:
    counted = " union all ".join(
        f"select '{mart}' as mart where (select count(*) from published.{mart}) <> (select count(*) from {mart})"
        for mart in TABLES
    )
    wrong = [mart for (mart,) in connection.execute(counted).fetchall()] + _otherwise(connection, exchanged)
    wrong += [mart for mart, moved in moves.items() if moved and not _is_same(connection, mart, moved)]
    if wrong:
        raise OtherwiseError(f"brought up by its news, {', '.join(sorted(set(wrong)))} would not be what was built")


def _is_same(connection: duckdb.DuckDBPyConnection, mart: str, moved: Moved) -> bool:
    """Whether the days that moved are the same in both."""
    if not moved.went.num_rows + moved.came.num_rows:
        return True
    keys = pa.concat_tables([moved.went, moved.came.select(moved.went.column_names)], promote_options="permissive")
    near, days = _near(mart, keys)
    found = connection.execute(f"select {_digest(f'published.{mart}', near)} = {_digest(mart, near)}", days).fetchone()
    return found == (True,)


def _near(mart: str, keys: pa.Table) -> tuple[str, dict[str, date]]:
    """A condition on the days of some keys that passes over the other days' blocks."""
    column = next((name for name in grain(mart) if pa.types.is_date(keys.schema.field(name).type)), None)
    if column is None:
        return "true", {}
    days: list[Any] = keys.column(column).unique().to_pylist()
    named = {f"day_{number}": day for number, day in enumerate(sorted(day for day in days if day is not None))}
    if len(named) > DAYS_MAX:
        return "true", {}
    is_null = [f"m.{column} is null"] if None in days else []
    is_one = [f"m.{column} in ({', '.join(f'${name}' for name in named)})"] if named else []
    return f"({' or '.join(is_one + is_null)})", named


@contextmanager
def _given(connection: duckdb.DuckDBPyConnection, moved: Moved) -> Iterator[None]:
    connection.register("moved_went", moved.went)
    connection.register("moved_came", moved.came)
    try:
        yield
    finally:
        connection.unregister("moved_went")
        connection.unregister("moved_came")


def _seen(path: Path) -> _Seen:
    said = path.stat()
    return said.st_ino, said.st_size, said.st_mtime_ns
