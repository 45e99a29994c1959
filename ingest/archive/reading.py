"""This module owns reading the archive's deliveries: what the journal held, without the bodies, for ever."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.archive.layout import Archive, File, Place
from ingest.segments.segment import Delivery, Row

CHUNK = 2000
_DELIVERY = re.compile(r"d([0-9a-f]{13})[0-9a-f]{12}")
_COLUMNS = (
    "load_id, segment, row, delivery_id, epoch_us(received_at), sender, disposition, message_id, content_type,"
    " unhex(body_hash), items, request, unhex(chain)"
)


def archived_deliveries(data_dir: Path, segments: Collection[str] | None = None) -> Iterator[tuple[str, Row]]:
    """Every archived delivery (of some segments) with the name of its segment, by segment and row; bodies are None.

    A delivery that was archived twice, after its segment was read again, comes once. Raises ArchiveError.
    """
    archive = Archive(data_dir)
    manifest = archive.manifest()
    if manifest is None:
        return
    where, bound = ("", []) if segments is None else ("where segment in (select unnest(?))", [list(segments)])
    yield from select(archive, manifest.of("deliveries"), f"{where} order by segment, row, seal", bound, once=True)


def archived_count(data_dir: Path) -> int:
    """How many deliveries the archive holds; one that was archived twice counts once. Raises ArchiveError."""
    archive = Archive(data_dir)
    manifest = archive.manifest()
    paths = _paths(archive, manifest.of("deliveries")) if manifest else ""
    if not paths:
        return 0
    with _connected() as connection:
        query = f"select count(*) from (select distinct segment, row from read_parquet({paths}))"  # noqa: S608 (own names)
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def rows_held(data_dir: Path, kind: str) -> dict[str, int]:
    """The last row of each segment that the archive holds of a kind: deliveries, or refusals. Raises ArchiveError."""
    archive = Archive(data_dir)
    manifest = archive.manifest()
    paths = _paths(archive, manifest.of(kind)) if manifest else ""
    if not paths:
        return {}
    with _connected() as connection:
        query = f"select segment, max(row) from read_parquet({paths}) group by segment"  # noqa: S608 (own names)
        return dict(connection.execute(query).fetchall())


def find(data_dir: Path, what: str) -> tuple[str, Row] | None:
    """One archived delivery by its id, or by the id that its sender gave the webhook. Raises ArchiveError."""
    archive = Archive(data_dir)
    manifest = archive.manifest()
    if manifest is None:
        return None
    files, named = manifest.of("deliveries"), _DELIVERY.fullmatch(what)
    if named:  # the id begins with the moment of receipt
        day = datetime.fromtimestamp(int(named[1], 16) / 1e6, UTC).date()
        files = [file for file in files if file.day == day] or files
    where = "where delivery_id = $1 or message_id = $1 order by segment, row, seal limit 1"
    return next(select(archive, files, where, [what]), None)


def newest_replay(data_dir: Path, delivery_id: str) -> str | None:
    """The id of the last archived delivery that reads this one again, None where there is none."""
    archive = Archive(data_dir)
    manifest = archive.manifest()
    if manifest is None:
        return None
    where = "where disposition = 'replay' and contains(request, ?) order by seal desc, load_id desc, row desc limit 1"
    found = next(select(archive, manifest.of("deliveries"), where, [f'"delivery_id":"{delivery_id}"']), None)
    return found[1].delivery.delivery_id if found else None


def place_of(archive: Archive, segment: str, first: Row | None) -> Place:
    """How far the archive holds a segment whose first row is `first`; the record knows nothing of it (any more)."""
    nothing = Place(segment, 0, "", 0)
    manifest = archive.manifest() if first is not None and archive.generation() else None
    if first is None or manifest is None or manifest.received_to is None:
        return nothing
    if first.delivery.received_at > int(manifest.received_to.replace(tzinfo=UTC).timestamp() * 1e6) + 1:
        return nothing
    with _connected() as connection:
        row = _row(
            connection, "select max(row), arg_max(chain, row)", _paths(archive, manifest.of("deliveries")), segment
        )
        refused = _row(connection, "select max(row), null", _paths(archive, manifest.of("refusals")), segment)
    return Place(segment, row[0] or 0, row[1] or "", refused[0] or 0)


def select(
    archive: Archive, files: Sequence[File], tail: str, bound: Sequence[Any] = (), once: bool = False
) -> Iterator[tuple[str, Row]]:
    """(segment, row) of the deliveries in `files`; `tail` is the rest of the query, with `bound` values."""
    before = None
    for _, segment, row in loaded(archive, files, tail, bound):
        if not (once and before == (segment, row.row)):
            yield segment, row
        before = (segment, row.row)


def loaded(
    archive: Archive, files: Sequence[File], tail: str, bound: Sequence[Any] = ()
) -> Iterator[tuple[int, str, Row]]:
    """(load_id, segment, row) of the deliveries in `files`: what was loaded together has one load_id."""
    paths = _paths(archive, files)
    if not paths:
        return
    with _connected() as connection:
        query = f"select {_COLUMNS} from read_parquet({paths}, union_by_name = true) {tail}"  # noqa: S608 (own names)
        cursor = connection.execute(query, list(bound))
        while found := cursor.fetchmany(CHUNK):
            for load_id, segment, row, *rest in found:
                yield load_id, segment, _delivery(row, *rest)


def _delivery(row: int, *found: Any) -> Row:
    delivery_id, received_at, sender, disposition, message_id, content_type, body_hash, items, request, chain = found
    return Row(
        row,
        Delivery(delivery_id, received_at, sender, disposition, message_id, content_type, body_hash, None, items,
                 request),
        chain,
    )  # fmt: skip


def _paths(archive: Archive, files: Sequence[File]) -> str:
    """The files as a list in SQL; empty for none."""
    quoted = ["'" + str(archive.path(file)).replace("'", "''") + "'" for file in files]
    return f"[{', '.join(quoted)}]" if quoted else ""


def _connected() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": "1GB"})
    connection.execute("set timezone = 'UTC'")
    return connection


def _row(connection: duckdb.DuckDBPyConnection, what: str, paths: str, segment: str) -> tuple[Any, ...]:
    if not paths:
        return (None, None)
    row = connection.execute(f"{what} from read_parquet({paths}) where segment = ?", [segment]).fetchone()
    return row or (None, None)
