"""This module owns making a new record from the archive, by the same loader; the journal's rest is drained after it.

Archived deliveries are fed in the order in which they were loaded, in larger batches, and let go of again what
was let go of between them. A file that is not as it was written is left out, loudly; the journal stands in for it.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest import logs
from ingest.archive.expiry import expire_again
from ingest.archive.layout import Archive, File, Manifest
from ingest.archive.reading import loaded, select
from ingest.archive.seal import REMEMBER, collapse
from ingest.archive.writing import note
from ingest.segments.segment import GENESIS, Row, SegmentReader
from ingest.store.commit import Chunk, OrderFeltError, Position, commit, commit_archived, write_refusals

SEALS_AT_ONCE = 24
TOGETHER_ROWS_MAX = 4000  # deliveries
TELL_ROWS = 100_000
Batch = list[tuple[str, Row]]  # what was loaded in one transaction, with the names of its segments
_REFUSALS = (
    "select 0, epoch(minute)::bigint, sender, code, deliveries, bytes from read_parquet(?, union_by_name = true)"
)


def rebuild(connection: duckdb.DuckDBPyConnection, data_dir: Path) -> str:
    """Fill an empty record from the archive; returns from what, in words, empty where there is no archive.

    Raises ArchiveError where its manifest cannot be read: a record without what was archived would be no record.
    """
    archive = Archive(data_dir)
    manifest = archive.manifest()
    if manifest is None:
        return ""
    damaged = archive.damage(manifest.of("deliveries", "refusals"))
    for file, what in damaged.items():
        _say(f"the archive's file {file.path} {what}; its {file.rows} rows are left out, where the journal lacks them")
    whole = [file for file in manifest.files if file not in damaged]
    count = _feed(connection, archive, manifest, whole)
    again = _feed_gaps(connection, archive, manifest, whole, data_dir / "journal") if damaged else 0
    _restore(connection, archive, manifest, whole, list(damaged))
    named = f", but for {len(damaged)} damaged files: {', '.join(str(f.path) for f in damaged)}" if damaged else ""
    also = f" ({again} deliveries of them from the journal)" if again else ""
    return f"the archive ({count} deliveries up to writing {manifest.generation}{named}{also}) and "


def _feed(connection: duckdb.DuckDBPyConnection, archive: Archive, manifest: Manifest, whole: list[File]) -> int:
    """Load all archived deliveries; returns how many."""
    count = 0
    for files, first, last, before in _spans(manifest, [file for file in whole if file.kind == "deliveries"]):
        tail = "where seal between ? and ? order by load_id, received_at, delivery_id"
        for batches in _together(loaded(archive, files, tail, [first, last])):
            _commit(connection, batches)
            told, count = count, count + sum(map(len, batches))
            if count // TELL_ROWS > told // TELL_ROWS:
                _say(f"{count} deliveries of the archive are loaded again")
        if before is not None:
            expire_again(connection, before)
    return count


def _together(rows: Iterator[tuple[int, str, Row]]) -> Iterator[list[Batch]]:
    """Old batches to be loaded as one. One with replays stays alone: their counts depend on what was loaded before."""
    batches: list[Batch] = []
    for _, load in groupby(rows, key=lambda found: found[0]):
        batch = [(segment, row) for _, segment, row in load]
        has_replays = any(row.delivery.disposition == "replay" for _, row in batch)
        if batches and (has_replays or sum(map(len, batches)) >= TOGETHER_ROWS_MAX):
            yield batches
            batches = []
        batches.append(batch)
        if has_replays:
            yield batches
            batches = []
    if batches:
        yield batches


def _commit(connection: duckdb.DuckDBPyConnection, batches: list[Batch]) -> None:
    """Load batches as one, or where their order is felt, in halves, down to the batches as they were."""
    chunk = Chunk()
    for segment, row in (each for batch in batches for each in batch):
        _add(chunk, segment, row)
    try:
        commit_archived(connection, chunk, len(batches) == 1)
    except OrderFeltError:
        half = len(batches) // 2
        _commit(connection, batches[:half])
        _commit(connection, batches[half:])


def _spans(manifest: Manifest, files: list[File]) -> Iterator[tuple[list[File], int, int, date | None]]:
    """Runs of seals with the files that hold some of them, and the day before which the quarantine ends after them."""
    expiries = [seal for seal in manifest.seals if seal.quarantine_before]
    start = 0
    for expiry in [*expiries, None]:
        end = expiry.seal_id if expiry else manifest.generation
        while start < end:
            last = min(start + SEALS_AT_ONCE, end)
            held = [file for file in files if file.first_seal <= last and file.last_seal > start]
            yield held, start + 1, last, expiry.quarantine_before if expiry and last == end else None
            start = last


def _add(chunk: Chunk, segment: str, row: Row) -> None:
    """Take one row. Positions go along with the rows: a replay counts by whether its first reading was loaded."""
    chunk.add(segment, row)
    before = chunk.positions.get(segment)
    if before is None or row.row > before.row:
        chunk.positions[segment] = Position(row.row, row.chain, 0, False)


def _feed_gaps(
    connection: duckdb.DuckDBPyConnection, archive: Archive, manifest: Manifest, whole: list[File], journal: Path
) -> int:
    """Load from the journal what damaged files held; the archive takes it again. Returns how many deliveries."""
    files = [file for file in whole if file.kind == "deliveries"]
    there = {(segment, row.row) for segment, row in select(archive, files, "")}
    held = {segment: {row for _, row in rows} for segment, rows in groupby(sorted(there), key=lambda found: found[0])}
    count = 0
    for place in manifest.places:
        missing = place.row - len(held.get(place.segment, ()))
        if missing <= 0:
            continue
        rows = _rows(journal / place.segment, place.row, held.get(place.segment, set()))
        chunk = Chunk(rows=[(place.segment, row) for row in rows])
        commit(connection, chunk)
        count += len(rows)
        if len(rows) < missing:
            _say(f"{missing - len(rows)} deliveries of {place.segment} are neither in the archive nor in the journal")
    connection.execute("update pending set again = true")
    return count


def _rows(path: Path, last: int, held: set[int]) -> list[Row]:
    if not path.exists():
        return []
    try:
        with SegmentReader(path) as reader:
            return [row for row in reader.after(0, last) if row.row <= last and row.row not in held]
    except sqlite3.Error as error:
        _say(f"{path.name} cannot be read ({error})")
        return []


def _restore(
    connection: duckdb.DuckDBPyConnection, archive: Archive, manifest: Manifest, whole: list[File], damaged: list[File]
) -> None:
    """What the record knew of the archive, and how far each segment is loaded, in one transaction: the last one."""
    connection.execute("begin")
    _restore_positions(connection, manifest)
    paths = [str(archive.path(file)) for file in whole if file.kind == "refusals"]
    if paths:
        write_refusals(connection, connection.execute(_REFUSALS, [paths]).fetchall())
    seals = pa.table({name: [getattr(seal, name) for seal in manifest.seals] for name in
                      ("seal_id", "sealed_at", "what", "deliveries", "load_id", "received_to", "quarantine_before",
                       "archive_before")})  # fmt: skip
    connection.register("seals_arrow", seals)
    connection.execute("insert into seals by name select * from seals_arrow")
    connection.unregister("seals_arrow")
    for expired in manifest.expired:
        connection.execute("insert into expired values (?, ?, ?)", list(expired))
    note(connection, whole)
    for statement in REMEMBER:
        connection.execute(statement)
    collapse(connection)
    connection.execute("update loads set load_id = greatest(load_id, (select max(load_id) from seals))")
    connection.execute("update pending set load_id = (select max(load_id) + 1 from loads)")
    connection.execute("commit")
    for file in damaged:
        _put_aside(archive, file)


def _restore_positions(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    places = manifest.places
    chains = [bytes.fromhex(place.chain) if place.row else GENESIS for place in places]
    table = pa.table({
        "segment": pa.array([place.segment for place in places], pa.string()),
        "row": pa.array([place.row for place in places], pa.int64()),
        "chain": pa.array(chains, pa.binary()),
        "refusal_row": pa.array([place.refusal_row for place in places], pa.int64()),
        "removed_at": pa.array([place.removed_at for place in places], pa.timestamp("us")),
    })  # fmt: skip
    connection.execute("delete from positions")
    connection.register("places_arrow", table)
    connection.execute(
        "insert into positions select segment, row, chain, refusal_row, false, row, chain, refusal_row, removed_at"
        " from places_arrow"
    )
    connection.unregister("places_arrow")


def _put_aside(archive: Archive, file: File) -> None:
    """A damaged file is kept for a look, where nothing of ours reads it."""
    folder = archive.root / "damaged"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = archive.files / file.path
    if path.exists():
        path.rename(folder / f"{file.kind}-{file.day}-{file.file}")


def older_than_archive(connection: duckdb.DuckDBPyConnection, data_dir: Path) -> str | None:
    """Why a record is older than the archive beside it, None where it is not: it lacks what was let go elsewhere."""
    generation = Archive(data_dir).generation()
    row = connection.execute("select coalesce(max(seal_id), 0) from seals").fetchone()
    if row is None or row[0] >= generation:
        return None
    return f"it ends at writing {row[0]} of the archive, which is at {generation}"


def _say(sentence: str) -> None:
    logs.say("refresh", sentence)
