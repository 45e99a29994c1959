"""This module owns finding what somebody asks about: a receipt, a delivery, a webhook-id, an item, a creative."""

import contextlib
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from ingest.archive.reading import find, newest_replay
from ingest.config import IngestSettings
from ingest.journal import segments
from ingest.segments.segment import Row, SegmentReader
from ingest.store.record import read_record

_DELIVERY = re.compile(r"d[0-9a-f]{25}")
_RECEIPT = re.compile(r"d[0-9a-f]{25}\.[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivery lies: its segment and row, or what the archive holds of it; no row where neither has it."""

    delivery_id: str
    segment: str = ""
    row: Row | None = None
    is_archived: bool = False


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
    again = newest_replay(settings.data_dir, delivery_id)
    return newest_reading(settings, again) if again else delivery_id


def delivery_id_of(what: str) -> str | None:
    """The delivery id in a receipt or delivery id; None where it is neither."""
    if _RECEIPT.fullmatch(what):
        return what.partition(".")[0]
    return what if _DELIVERY.fullmatch(what) else None


def located(settings: IngestSettings, what: str) -> Place | None:
    """The delivery with this id, or to which its sender gave this webhook-id: in the journal, else in the archive."""
    return _search(settings, lambda reader: reader.find(what)) or _archived(settings, what)


def said(settings: IngestSettings, identity: str) -> Place | None:
    """The first delivery with an item of this id that only the journal knows by it: a report's, a duplicate's."""
    escaped = orjson.dumps(identity).decode().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:
            if (row := _saying(path, f'%"id":{escaped}%')) and (found := next(reader.after(row - 1, 1), None)):
                return Place(found.delivery.delivery_id, path.name, found)
    return None


def index_of(place: Place, identity: str) -> int | None:
    """The index of the item with this id in a delivery; None where the delivery is meant as a whole."""
    if place.row is None or place.row.delivery.message_id == identity:
        return None
    packed = orjson.loads(place.row.delivery.items or "{}")
    return next((item["index"] for rows in packed.values() for item in rows if item.get("id") == identity), None)


def _search(settings: IngestSettings, look: Callable[[SegmentReader], Row | None]) -> Place | None:
    for path in segments(settings.journal_dir):
        with contextlib.suppress(sqlite3.Error), SegmentReader(path) as reader:  # damage is the loader's to say
            if found := look(reader):
                return Place(found.delivery.delivery_id, path.name, found)
    return None


def _saying(path: Path, pattern: str) -> int | None:
    """The first row of a segment whose items fit a pattern."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as segment:
        found = segment.execute(
            "select row from deliveries where items like ? escape '\\' order by row limit 1", (pattern,)
        ).fetchone()
    return int(found[0]) if found else None


def _archived(settings: IngestSettings, what: str) -> Place | None:
    """What the archive keeps of a delivery whose segment was deleted: all but its body."""
    found = find(settings.data_dir, what)
    return Place(found[1].delivery.delivery_id, found[0], found[1], is_archived=True) if found else None
