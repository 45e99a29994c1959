"""This module owns the nodes' part of the balance sheet: all that each of them sealed is here, by its receipts."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import duckdb
import pyarrow as pa

from ingest.archive.layout import Archive, ArchiveError
from ingest.audit import Line, equal
from ingest.config import IngestSettings
from ingest.journal import segments
from ingest.nodes import noted
from ingest.nodes.folder import Sent, Shared, paths
from ingest.segments.segment import SegmentReader

_SEALED = """
create or replace table sealed as
select distinct delivery_id, body_hash from read_parquet(?, union_by_name = true) where seal <= ?
"""
_MISSING = "select count(*), (select count(*) from sealed) from sealed anti join here using (delivery_id, body_hash)"
_ADVICE = "Remove data/gathered.json: the next cycle reads all that the nodes sealed again, and takes what is missing."


def node_lines(settings: IngestSettings) -> Iterator[Line]:
    """A line per node, on the machine that gathers. O(deliveries of all nodes)."""
    if not settings.nodes.gather:
        return
    shared, notes = Shared(settings.shared_dir), noted.read(settings.data_dir)
    try:
        names = [name for name in shared.names() if name != settings.nodes.node]
        with closing(duckdb.connect()) as connection:
            _here(settings, connection)
            for name in names:
                if (sent := shared.sent(name)) is not None:
                    yield _line(connection, shared, sent, notes.of(name).seal)
    except ArchiveError as error:
        yield Line("nodes", "the shared folder can be read", "no", "yes", False, str(error))


def _line(connection: duckdb.DuckDBPyConnection, shared: Shared, sent: Sent, seal: int) -> Line:
    what = f"deliveries that {sent.node} sealed up to its seal {seal} of {sent.archive.generation} = here"
    found = [str(path) for path in paths(shared, sent, "deliveries")]
    if not found:
        return equal("nodes", what, 0, 0)
    try:
        connection.execute(_SEALED, [found, seal])
    except duckdb.Error as error:
        return Line("nodes", what, "cannot be read", "can", False, str(error).splitlines()[0])
    missing, sealed = connection.execute(_MISSING).fetchone() or (0, 0)
    return equal("nodes", what, sealed, sealed - missing, _ADVICE)


def _here(settings: IngestSettings, connection: duckdb.DuckDBPyConnection) -> None:
    """The table `here`: the receipt of every delivery of journal and archive."""
    connection.execute("create table here (delivery_id varchar, body_hash varchar)")
    archive = Archive(settings.data_dir)
    manifest = archive.manifest()
    files = [str(archive.path(file)) for file in manifest.of("deliveries")] if manifest else []
    if files:
        connection.execute(
            "insert into here select delivery_id, body_hash from read_parquet(?, union_by_name = true)", [files]
        )
    for path in segments(settings.journal_dir):
        with suppress(sqlite3.Error), SegmentReader(path) as reader:  # damage has its own line
            found = reader.receipts()
            table = pa.table({"delivery_id": pa.array([each for each, _ in found], pa.string()),
                              "body_hash": pa.array([digest.hex() for _, digest in found], pa.string())})  # fmt: skip
            connection.register("receipts_arrow", table)
            connection.execute("insert into here from receipts_arrow")
            connection.unregister("receipts_arrow")
