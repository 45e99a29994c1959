"""This module owns the record's part: a new file with the person's rows changed, in the old one's place.

Nothing is updated in place: DuckDB keeps what was overwritten in free blocks, and an old file goes whole. The loader's
lock is held meanwhile; what the loader loads, it loads before or after.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.durable import fsync
from ingest.forgetting import archive
from ingest.forgetting.errors import ForgetError
from ingest.forgetting.person import Person
from ingest.forgetting.rewriting import EDITED, changed, prepare, unedited
from ingest.forgetting.traces import Task
from ingest.store.errors import RecordError
from ingest.store.record import MEMORY_LIMIT, STORAGE_VERSION, Record

LOCK_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.05
_TABLES = "select table_name from duckdb_tables() where database_name = 'before' order by table_oid"


@contextmanager
def locked(path: Path) -> Iterator[Record]:
    """The record with the loader's lock, its connection closed: its file may be replaced. Waits for the loader."""
    deadline = time.monotonic() + LOCK_SECONDS_MAX
    while True:
        record = Record(path)
        try:
            record.__enter__()
            break
        except RecordError as error:
            if " held " not in str(error):  # by the loader, or for reading by a build
                raise
            if time.monotonic() > deadline:
                raise ForgetError(f"{error} It was waited for {LOCK_SECONDS_MAX:g} s. Run forget again.") from None
            time.sleep(LOOK_SECONDS)
    try:
        record.connection.execute("checkpoint")
        record.connection.close()
        yield record
    finally:
        record.connection = duckdb.connect()  # nothing is left to write: a build may read the new file already
        record.__exit__(None, None, None)


def counted(path: Path, task: Task) -> dict[str, int]:
    """How many rows per table of the record, and per kind of its archive, would change; nothing is written."""
    if not path.exists():
        return {}
    with closing(_attached(path)) as connection:
        connection.execute("use before")
        counts = {f"record.{kind}": prepare(connection, kind, kind, task) for kind in EDITED
                  if kind != "deliveries"}  # fmt: skip
        for file, rows in archive.affected(connection, path.parent, task).items():
            counts[f"archive.{file.kind}"] = counts.get(f"archive.{file.kind}", 0) + rows
    return {place: rows for place, rows in counts.items() if rows}


def renew(path: Path, task: Task, now: datetime) -> dict[str, int]:
    """Make the record anew without the person, note what the archive writes anew, swap it in; rows changed per place.

    The caller holds the loader's lock. A kill leaves the old record or the new one. Raises ForgetError, ArchiveError.
    """
    aside = path.with_suffix(".forgetting")
    for each in (aside, Path(f"{aside}.wal")):
        each.unlink(missing_ok=True)
    with closing(_attached(path)) as connection:
        connection.execute(f"attach '{_quoted(aside)}' as record (storage_version '{STORAGE_VERSION}')")
        connection.execute("copy from database before to record (schema)")
        connection.execute("use record")
        connection.execute("begin")
        counts = {}
        for (table,) in connection.execute(_TABLES).fetchall():
            if rows := _copied(connection, table, task):
                counts[f"record.{table}"] = rows
        in_archive = archive.renew(connection, path.parent, task, now)
        connection.execute("commit")
        connection.execute("checkpoint record")
        connection.execute("use memory")
        connection.execute("detach record")
    aside.chmod(path.stat().st_mode & 0o777)
    fsync(aside)
    aside.replace(path)
    fsync(path.parent)
    with closing(_attached(path)) as connection:
        connection.execute("use before")
        archive.settle(connection, path.parent)
    return counts | {f"archive.{kind}": rows for kind, rows in in_archive.items()}


def texts_left(path: Path, person: Person) -> int:
    """How many ad texts hold an id: what an ad said is no row of a person, and stays."""
    if not path.exists():
        return 0
    with closing(_attached(path)) as connection:
        found = connection.execute("select creative_raw from before.creative_variants").fetchall()
    return sum(any(each in raw for each in person.telling) for (raw,) in found)


def _copied(connection: duckdb.DuckDBPyConnection, table: str, task: Task) -> int:
    """Copy one table in its order, changed as it must be; returns how many rows were. Raises ForgetError."""
    rows, source = 0, f"before.main.{table}"
    chosen = f"select * from {source}"  # noqa: S608 (our own names)
    if table in EDITED and (rows := prepare(connection, table, source, task)):
        chosen = f"{changed(table, source)} order by k.rowid"
    connection.execute(f"insert into record.main.{table} {chosen}")
    kind = table if rows else ""
    before, after = (connection.execute(unedited(kind, f"{name}.main.{table}")).fetchone() for name in
                     ("before", "record"))  # fmt: skip
    if before != after:
        raise ForgetError(f"The record's {table} would not be the same rows: {before}, {after}. Nothing was swapped.")
    return rows


def _attached(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the record as `before`, read-only. Tries for five seconds."""
    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT})
    connection.execute("set timezone = 'UTC'")
    deadline = time.monotonic() + 5
    while True:
        try:
            connection.execute(f"attach '{_quoted(path)}' as before (read_only)")
            return connection
        except duckdb.IOException as error:
            if time.monotonic() > deadline:
                connection.close()
                raise ForgetError(f"The record stayed busy for five seconds: {error}") from None
            time.sleep(LOOK_SECONDS)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
