"""This module owns compaction: the files of a day that is over become one per kind, sorted, the same rows.

Readers do not notice: they read a generation, whose links keep the old files until it is let go.
"""

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingest.archive.layout import Archive, ArchiveError, File
from ingest.archive.seal import next_seal
from ingest.archive.writing import KINDS, note, noted, write

# Order does not matter to it, every column does; a sum, so that two equal rows do not cancel each other.
_CONTENT = "select count(*), sum(hash(r)::hugeint) from (select * from read_parquet({paths}, union_by_name = true)) r"


def due(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[date]:
    """The days that are over and consist of more files than one per kind; those with the most files first."""
    rows = connection.execute(
        "select day from (select kind, day, count(*) as files from archive_files group by kind, day having files > 1)"
        " where day < ? group by day order by sum(files) desc, day",
        [now.date()],
    ).fetchall()
    return [row[0] for row in rows]


def compact(connection: duckdb.DuckDBPyConnection, data_dir: Path, day: date, now: datetime) -> int:
    """Make one file per kind of a day, in one transaction; returns how many files it replaced.

    Raises ArchiveError where a file is not as it was written, or the rows would not be the same; nothing has happened
    then. The old files are removed later, when no generation needs them.
    """
    archive = Archive(data_dir)
    seal_id = next_seal(connection, archive)
    by_kind: dict[str, list[File]] = defaultdict(list)
    for file in noted(connection):
        if file.day == day:
            by_kind[file.kind].append(file)
    several = {kind: files for kind, files in by_kind.items() if len(files) > 1}
    _check(archive, [file for files in several.values() for file in files])
    connection.execute("begin")
    try:
        for kind, files in several.items():
            made = _merge(connection, archive, kind, files, seal_id)
            connection.execute("delete from archive_files where kind = ? and day = ?", [kind, day])
            note(connection, [made])
        connection.execute(
            "insert into seals select ?, ?, 'compaction', 0, coalesce(max(load_id), 0), null, null, null from seals",
            [seal_id, now],
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return sum(len(files) for files in several.values())


def _check(archive: Archive, files: list[File]) -> None:
    for file, what in archive.damage(files).items():
        raise ArchiveError(f"The archive's file {file.path} {what}. Restore data/archive from a backup.")


def _merge(connection: duckdb.DuckDBPyConnection, archive: Archive, kind: str, files: list[File], seal_id: int) -> File:
    first = files[0]
    planned = File(seal_id, kind, first.day, "", sum(file.rows for file in files), 0, "",
                   min(file.first_seal for file in files), max(file.last_seal for file in files))  # fmt: skip
    paths = _paths([archive.path(file) for file in files])
    chosen = f"select * from read_parquet({paths}, union_by_name = true) order by {KINDS[kind]}"  # noqa: S608 (our own names)
    made = write(connection, archive, chosen, planned)
    before, after = (connection.execute(_CONTENT.format(paths=each)).fetchone()
                     for each in (paths, _paths([archive.files / made.path])))  # fmt: skip
    if before != after or before is None or before[0] != planned.rows:
        raise ArchiveError(f"The archive's {kind} of {first.day} would not be the same rows: {before}, {after}.")
    return made


def _paths(paths: list[Path]) -> str:
    quoted = ["'" + str(path).replace("'", "''") + "'" for path in paths]
    return f"[{', '.join(quoted)}]"
