"""This module owns the archive's part: files that hold the person are written anew, and the old ones go at once.

A file is written once, so a changed one is another writing, noted in the record's own transaction. Readers of an
older generation lose it: the three that are kept otherwise would keep the person, too.
"""

import shutil
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingest.archive.generation import latest, publish
from ingest.archive.layout import Archive, ArchiveError, File, Manifest, writing_of
from ingest.archive.seal import next_seal
from ingest.archive.writing import KINDS, note, noted, write
from ingest.forgetting.rewriting import EDITED, changed, prepare, unedited
from ingest.forgetting.traces import Task


def affected(connection: duckdb.DuckDBPyConnection, data_dir: Path, task: Task) -> dict[File, int]:
    """The noted files that hold the person, and how many of their rows change. O(archive)."""
    archive, found = Archive(data_dir), {}
    for file in noted(connection):
        if file.kind in EDITED and (rows := prepare(connection, file.kind, _source(archive, [file]), task)):
            found[file] = rows
    return found


def renew(connection: duckdb.DuckDBPyConnection, data_dir: Path, task: Task, now: datetime) -> dict[str, int]:
    """Write the files that hold the person anew and note them, in the caller's transaction; rows changed per kind.

    Raises ArchiveError where a file is not as it was written, or other rows would come out.
    """
    archive, files = Archive(data_dir), affected(connection, data_dir, task)
    for file, what in archive.damage(files).items():
        raise ArchiveError(f"The archive's file {file.path} {what}. Restore data/archive from a backup.")
    counts: dict[str, int] = defaultdict(int)
    by_day: dict[tuple[str, date], list[File]] = defaultdict(list)
    for file, rows in files.items():
        counts[file.kind] += rows
        by_day[file.kind, file.day].append(file)
    if files:
        seal_id = next_seal(connection, archive)
        for (kind, day), some in by_day.items():
            prepare(connection, kind, _source(archive, some), task)
            made = _written(connection, archive, some, seal_id)
            connection.execute(
                "delete from archive_files where kind = ? and day = ? and list_contains(?::varchar[], file)",
                [kind, day, [file.file for file in some]],
            )
            note(connection, [made])
        connection.execute(
            "insert into seals by name select ? as seal_id, ? as sealed_at, 'forget' as what, 0 as deliveries,"
            " coalesce(max(load_id), 0) as load_id from seals",
            [seal_id, now],
        )
    return dict(counts)


def settle(connection: duckdb.DuckDBPyConnection, data_dir: Path) -> None:
    """Let readers see what the record notes now, and remove every other generation and file of the archive's own."""
    archive, number = Archive(data_dir), latest(connection)
    manifest = publish(connection, archive) if number not in (0, archive.generation()) else archive.manifest()
    if manifest is not None:
        _drop_older(archive, manifest)


def _drop_older(archive: Archive, manifest: Manifest) -> None:
    live = {file.path for file in manifest.files}
    for path in archive.generations.iterdir():
        if path.name != str(manifest.generation):
            shutil.rmtree(path)
    for path in archive.files.glob("*/*/*"):
        is_ours = writing_of(path.name) is not None or path.suffix == ".new"
        if is_ours and path.relative_to(archive.files) not in live:
            path.unlink(missing_ok=True)


def _written(connection: duckdb.DuckDBPyConnection, archive: Archive, files: list[File], seal_id: int) -> File:
    """The files of one kind and day as one, changed as `changes` says. The columns that cannot change are compared."""
    first, source = files[0], _source(archive, files)
    planned = File(seal_id, first.kind, first.day, "", sum(file.rows for file in files), 0, "",
                   min(file.first_seal for file in files), max(file.last_seal for file in files))  # fmt: skip
    made = write(connection, archive, f"{changed(first.kind, source)} order by {KINDS[first.kind]}", planned)
    before, after = (connection.execute(unedited(first.kind, each)).fetchone()
                     for each in (source, _quoted([archive.files / made.path])))  # fmt: skip
    if before != after or before is None or before[0] != planned.rows:
        raise ArchiveError(f"The archive's {first.kind} of {first.day} would not be the same rows: {before}, {after}.")
    return made


def _source(archive: Archive, files: list[File]) -> str:
    return _quoted([archive.path(file) for file in files])


def _quoted(paths: list[Path]) -> str:
    quoted = ["'" + str(path).replace("'", "''") + "'" for path in paths]
    return f"read_parquet([{', '.join(quoted)}], union_by_name = true, hive_partitioning = false)"
