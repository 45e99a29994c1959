"""This module owns the answers to "what became of it?": one delivery's or one item's way."""

import contextlib
import re
import sqlite3
from typing import Any

from ingest.config import IngestSettings
from ingest.journal import segments
from ingest.segment import SegmentReader
from ingest.store.record import read_record

_DELIVERY = re.compile(r"d[0-9a-f]{25}")
_RECEIPT = re.compile(r"d[0-9a-f]{25}\.[0-9a-f]{64}")
Answer = tuple[list[str], list[tuple[Any, ...]]]

_ROWS = """
select 'interactions' as "table", sender, type, id, occurred_at, traffic, delivery_id from interactions
where delivery_id = $what or id = $what
union all select 'reports', sender, 'report', coalesce(ad_id, adset_id, campaign_id), stated_at, null, delivery_id
from reports where delivery_id = $what
union all select 'settlements', sender, 'settlement', null, stated_at, null, delivery_id
from settlements where delivery_id = $what
union all select 'ads', sender, 'ad', ad_id, stated_at, null, delivery_id
from ads where origin = 'posted' and delivery_id = $what
union all select 'quarantine', sender, code, id, received_at, null, delivery_id
from quarantine where delivery_id = $what or id = $what
order by 1, 5 limit 500
"""


def unknown_creatives(settings: IngestSettings, ids: list[str]) -> list[str]:
    """Those of `ids` that the record does not hold as creatives."""
    with read_record(settings.record_path) as connection:
        found = connection.execute("select creative_id from creatives where creative_id in (select unnest(?))", [ids])
        known = {row[0] for row in found.fetchall()}
    return [creative for creative in ids if creative not in known]


def canonical(settings: IngestSettings, creative: str) -> str:
    """The creative that `creative` counts as: itself, unless an alias says otherwise."""
    with read_record(settings.record_path) as connection:
        row = connection.execute(
            "select canonical_id from creative_aliases where creative_id = ?", [creative]
        ).fetchone()
    return row[0] if row else creative


def newest_reading(settings: IngestSettings, delivery_id: str) -> str:
    """The id under which a delivery was read last: a replay has one of its own, and its rows are those that count."""
    for path in segments(settings.journal_dir):
        again = None
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            again = reader.replay_of(delivery_id)
        if again is not None:  # which may have been replayed itself
            return newest_reading(settings, again)
    return delivery_id


def why(settings: IngestSettings, what: str) -> Answer:
    """Where a receipt, a delivery id or an item's id ended up: rows of the record, else the journal."""
    if _RECEIPT.fullmatch(what):
        what = what.partition(".")[0]
    if _DELIVERY.fullmatch(what):
        what = newest_reading(settings, what)
    if settings.record_path.exists():
        with read_record(settings.record_path) as connection:
            cursor = connection.execute(_ROWS, {"what": what})
            names, rows = [column[0] for column in cursor.description or []], cursor.fetchall()
        if rows:
            return names, rows
    for path in segments(settings.journal_dir):
        found = None
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:  # damage is the loader's to say
            found = reader.find(what)
        if found:
            d = found.delivery
            if what != d.delivery_id:  # asked by the sender's own id: what the record knows of the delivery counts
                return why(settings, d.delivery_id)
            note = (
                "loaded: every item was a duplicate" if _is_loaded(settings, path.name, found.row) else "not loaded yet"
            )
            return ["where", "segment", "row", "sender", "note"], [("journal", path.name, found.row, d.sender, note)]
    return [], []


def _is_loaded(settings: IngestSettings, segment: str, row: int) -> bool:
    if not settings.record_path.exists():
        return False
    with read_record(settings.record_path) as connection:
        found = connection.execute("select row from positions where segment = ?", [segment]).fetchone()
    return found is not None and found[0] >= row
