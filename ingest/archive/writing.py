"""This module owns writing one Parquet file: aside, flushed, then named, then its folder flushed; private to us.

A file is noted in the record only after that, so what is noted is there. What a kill leaves besides is removed by
the next pass (`ingest.archive.generation`).
"""

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from ingest import durable
from ingest.archive.layout import PARTITION, Archive, File, sha256
from ingest.durable import fsync

# Kind → the order of its rows in a file.
KINDS = {
    "deliveries": "load_id, received_at, delivery_id",
    "refusals": "segment, minute, sender, code",
    "interactions": "occurred_at, delivery_id, item_index, seal",
    "reports": "day, stated_at, delivery_id, item_index, seal",
    "settlements": "day, stated_at, delivery_id, item_index, seal",
    "ads": "stated_at, delivery_id, item_index, seal",
    "quarantine": "received_at, delivery_id, item_index, code, seal",
    "decisions": "decided_at, decision_id",
    "loads": "sender, seal",
    "withdrawn": "delivery_id, item_index, seal",
}
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def query(kind: str) -> str:
    """The SELECT that a kind is exported by: its column `archive_day` is the partition, all others are stored."""
    return files("ingest.archive").joinpath(f"{kind}.sql").read_text(encoding="utf-8")


def export(
    connection: duckdb.DuckDBPyConnection, archive: Archive, kind: str, seal_id: int, bound: dict[str, Any]
) -> list[File]:
    """Write what a kind's query gives, a file per day; returns the files, which are durable. Raises OSError."""
    text = query(kind)
    used = {name: value for name, value in bound.items() if f"${name}" in text}
    connection.execute(f"create or replace temp table outgoing as {text}", used)
    days = connection.execute("select archive_day, count(*) from outgoing group by 1 order by 1").fetchall()
    found = []
    for day, rows in days:
        chosen = f"select * exclude (archive_day) from outgoing where archive_day = date '{day}' order by {KINDS[kind]}"  # noqa: S608 (our own names)
        found.append(write(connection, archive, chosen, File(seal_id, kind, day, "", rows, 0, "", seal_id, seal_id)))
    connection.execute("drop table outgoing")
    return found


def write(connection: duckdb.DuckDBPyConnection, archive: Archive, chosen: str, planned: File) -> File:
    """Write the rows of a query as the file that is `planned`; returns it with its name, size and hash."""
    name = f"{planned.seal_id}.parquet"
    path = archive.files / planned.kind / f"{PARTITION}={planned.day.isoformat()}" / name
    make_folder(path.parent)
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
    target = str(aside).replace("'", "''")
    connection.execute(f"copy ({chosen}) to '{target}' (format parquet, compression zstd)")
    aside.chmod(PRIVATE_FILE)
    fsync(aside)
    aside.rename(path)
    fsync(path.parent)
    return File(planned.seal_id, planned.kind, planned.day, name, planned.rows, path.stat().st_size, sha256(path),
                planned.first_seal, planned.last_seal)  # fmt: skip


def make_folder(folder: Path) -> None:
    """Make a private folder whose entry survives a power cut, and those above it."""
    durable.make_folder(folder, PRIVATE_FOLDER)


def note(connection: duckdb.DuckDBPyConnection, found: list[File]) -> None:
    """Note files in the record, in the caller's transaction."""
    if found:
        connection.execute(
            "insert into archive_files select unnest(?::bigint[]), unnest(?::varchar[]), unnest(?::date[]),"
            " unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::bigint[]), unnest(?::varchar[]),"
            " unnest(?::bigint[]), unnest(?::bigint[])",
            [[getattr(file, name) for file in found] for name in File.__slots__],
        )


def noted(connection: duckdb.DuckDBPyConnection) -> list[File]:
    """The files that the record says the archive consists of, by day."""
    rows = connection.execute(
        "select seal_id, kind, day, file, rows, bytes, sha256, first_seal, last_seal from archive_files"
        " order by kind, day, seal_id"
    ).fetchall()
    return [File(*row) for row in rows]
