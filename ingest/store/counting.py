"""This module owns what is counted of a load that is committed: its items by what became of them, and its time."""

import logging
import time

import duckdb

from ingest import logs, parsed, traces
from ingest.counting import metrics
from ingest.store.commit import Chunk

_RESULTS = ("accepted", "new_version", "duplicate", "quarantined", "ignored")
_LAST = """
select sender, max(load_id)::bigint,
  sum(accepted)::bigint, sum(new_versions)::bigint, sum(duplicates)::bigint, sum(quarantined)::bigint,
  sum(ignored)::bigint
from loads where load_id = (select max(load_id) from loads) group by sender
"""


def count(connection: duckdb.DuckDBPyConnection, chunk: Chunk, began_ns: int) -> None:
    """Count the chunk that was just committed; `began_ns`: when its reading began (`time.time_ns()`)."""
    if not chunk.rows:
        return
    load_id = 0
    for sender, load_id, *items in parsed.run(connection, _LAST).fetchall():  # noqa: B007 (the same in each)
        for result, number in zip(_RESULTS, items, strict=True):
            metrics.loaded(sender, result, number)
    seconds = max(0.0, (time.time_ns() - began_ns) / 1e9)
    metrics.load(seconds)
    traces.done("load", seconds, deliveries=len(chunk.rows), load_id=load_id)
    _log(chunk, load_id, seconds)


def _log(chunk: Chunk, load_id: int, seconds: float) -> None:
    if not logs.wants(logging.INFO):
        return
    ids = [row.delivery.delivery_id for _, row in chunk.rows]
    logs.event("loaded", load_id=load_id, deliveries=len(ids), first=ids[0], last=ids[-1], seconds=round(seconds, 3))
    if logs.wants(logging.DEBUG):
        for segment, row in chunk.rows:
            logs.event("loaded_delivery", "debug", load_id=load_id, delivery_id=row.delivery.delivery_id,
                       segment=segment, row=row.row)  # fmt: skip
