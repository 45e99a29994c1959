"""This module owns what a record is asked at each opening: whether it is ours, of this version, and all there."""

import re
from pathlib import Path

import duckdb

from ingest import parsed
from ingest.store.errors import RecordError

SCHEMA_VERSION = 4
_COUNT_LOADED = """
select (select count(*) from interactions) + (select count(*) from reports) + (select count(*) from settlements)
     + (select count(*) from ads where origin = 'posted')
"""


def holder(said: str) -> str:
    """Who holds a file, as DuckDB says it: a program and its process id."""
    found = re.search(r"held in (.*?) \(PID (\d+)\)", said)
    return f"{Path(found[1]).name}, pid {found[2]}" if found else "unknown"


def schema_of(connection: duckdb.DuckDBPyConnection) -> int:
    """The schema of a record."""
    found = parsed.run(connection, "select coalesce(max(version), 0) from schema_version").fetchone()
    return int(found[0]) if found else 0


def refuse_newer(connection: duckdb.DuckDBPyConnection, path: Path, version: int) -> None:
    """An older program must not take a newer record for a damaged one. Raises RecordError; the file stays."""
    if version > SCHEMA_VERSION:
        connection.close()
        raise RecordError(
            f"{path.name} has schema {version}, and this whichad writes {SCHEMA_VERSION}: a newer whichad made it, and "
            "it stays as it is. Run that version again, or restore the backup from before: docs/operating.md"
        )


def older(version: int) -> str | None:
    """A record of an older schema is put aside under its version and made again: it is derived, nothing is lost."""
    if version == SCHEMA_VERSION:
        return None
    return f"its schema has version {version}, this whichad writes {SCHEMA_VERSION}"


def missing_bytes(connection: duckdb.DuckDBPyConnection, path: Path) -> str | None:
    """Whether the file is too short for its blocks: DuckDB opens a cut file, and fails when it reads beyond the cut.

    Free blocks at the end are not in the file, so only used ones are counted; with a WAL some are not written yet.
    """
    used = parsed.run(connection, "select used_blocks * block_size from pragma_database_size()").fetchone()
    size = path.stat().st_size
    if used is None or size >= used[0] or Path(f"{path}.wal").exists():
        return None
    return f"{used[0]} bytes of blocks are in use, the file has {size}"


def missing_rows(connection: duckdb.DuckDBPyConnection) -> str | None:
    """What the load counts say must be there and is not, as a sentence; None where they agree."""
    said = parsed.run(connection, "select coalesce(sum(accepted + new_versions), 0)::bigint from loads").fetchone()
    there = parsed.run(connection, _COUNT_LOADED).fetchone()
    assert said is not None and there is not None  # noqa: S101 (aggregates always give a row)
    if said[0] == there[0]:
        return None
    return f"{said[0]} rows were loaded, {there[0]} are there"
