"""This module owns what is counted of a load that is committed: its items by what became of them, and its time."""

import time

import duckdb

from ingest import metrics, parsed
from ingest.store.commit import Chunk

_RESULTS = ("accepted", "new_version", "duplicate", "quarantined", "ignored")
_LAST = """
select sender, sum(accepted)::bigint, sum(new_versions)::bigint, sum(duplicates)::bigint, sum(quarantined)::bigint,
  sum(ignored)::bigint
from loads where load_id = (select max(load_id) from loads) group by sender
"""


def count(connection: duckdb.DuckDBPyConnection, chunk: Chunk, began_ns: int) -> None:
    """Count the chunk that was just committed; `began_ns`: when its reading began (`time.time_ns()`)."""
    if not chunk.rows:
        return
    for sender, *items in parsed.run(connection, _LAST).fetchall():
        for result, number in zip(_RESULTS, items, strict=True):
            metrics.loaded(sender, result, number)
    metrics.load(max(0.0, (time.time_ns() - began_ns) / 1e9))
