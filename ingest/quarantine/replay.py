"""This module owns replay: kept bodies are read again by the profile as it is now, and replace what they became.

The journal only grows: a replay is a new delivery that names the one it reads again, with that one's moment of
receipt, so that times that were ours stay. The loader takes the old rows out and puts the new ones in.
"""

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ingest.config import IngestSettings
from ingest.delivery import Door, Limits
from ingest.door.envelope import Replayed, replayed_by, unpacked
from ingest.door.keeping import kept, pack
from ingest.door.passage import Passage
from ingest.journal import Journal, segments
from ingest.rejection import DeliveryRefusedError
from ingest.segments.segment import Delivery, Row, SegmentReader
from ingest.senders.origin import Origin, origins
from ingest.visitors.key import visitor_key

CHUNK = 500
NO_BODY = "its body was removed, or is with the node that took it"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to read again; all that is given must hold. `ids` None: whatever their id is."""

    ids: frozenset[str] | None = None
    sender: str | None = None
    since: int = 0  # unix microseconds
    until: int = 1 << 62
    refused: bool = False  # also bodies that a strict sender was told to mend

    def holds(self, delivery: Delivery) -> bool:
        """Whether this delivery is wanted."""
        if delivery.disposition == "diagnosis" and not self.refused:
            return False
        return (
            delivery.disposition in ("accepted", "replay", "diagnosis")
            and (self.ids is None or delivery.delivery_id in self.ids)
            and self.sender in (None, delivery.sender)
            and self.since <= delivery.received_at < self.until
        )


@dataclass(slots=True)
class Result:
    """What a replay did, or would do."""

    deliveries: int = 0
    accepted: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)  # code → items
    skipped: list[str] = field(default_factory=list)


def deliveries(journal: Path) -> Iterator[tuple[str, Row]]:
    """Every delivery of the journal with the name of its segment."""
    for path in segments(journal):
        with suppress(sqlite3.Error), SegmentReader(path) as reader:  # damage is the loader's to say
            row = 0
            while rows := list(reader.after(row, CHUNK)):
                yield from ((path.name, each) for each in rows)
                row = rows[-1].row


def chosen(journal: Path, wanted: Wanted) -> list[str]:
    """The ids of what to read again: the newest reading of each wanted delivery, and of all with the same body.

    Two deliveries of one body must be read by the same rules, or the second would contradict the first.
    """
    found = [
        (
            each.delivery_id,
            (each.sender, each.body_hash),
            each.disposition,
            replayed_by(each).delivery_id,
            wanted.holds(each),
        )
        for each in (row.delivery for _, row in deliveries(journal))
        if each.disposition != "decision"
    ]
    superseded = {replaced for *_, replaced, _ in found}
    bodies = {body for _, body, _, _, is_wanted in found if is_wanted}
    return [
        delivery_id
        for delivery_id, body, disposition, _, _ in found
        if body in bodies and delivery_id not in superseded and (wanted.refused or disposition != "diagnosis")
    ]


def replay(settings: IngestSettings, ids: list[str], dry_run: bool, told: Callable[[int], None]) -> Result:
    """Read these deliveries again; `told` hears how many were. `dry_run` stores nothing.

    Raises ConfigError for the settings, JournalError for the disk.
    """
    known, done, wanted = origins(settings), Result(), set(ids)
    limits = Limits(settings.ingest.body_bytes_max, settings.ingest.items_max)
    journal = Journal(settings.journal_dir, "replay", rows_max=20_000, seconds_max=3600)
    door = Door(journal, visitor_key(settings.data_dir), limits)
    try:
        for segment, row in deliveries(settings.journal_dir):
            delivery = row.delivery
            if delivery.delivery_id not in wanted:
                continue
            passage = _again(door, known, delivery, done)
            if passage is not None:
                _count(passage, done)
                if not dry_run:
                    journal.append(_kept(passage, segment, row))
            told(done.deliveries)
    finally:
        journal.close()
    return done


def _again(door: Door, known: Mapping[str, Origin], delivery: Delivery, done: Result) -> Passage | None:
    origin = known.get(delivery.sender)
    if origin is None or delivery.body is None:
        why = "its sender is not configured any more" if origin is None else NO_BODY
        done.skipped.append(f"{delivery.delivery_id}: {why}")
        return None
    request = unpacked(delivery)
    headers = {**request.headers, origin.profile.message_id_header: delivery.message_id}
    passage = Passage(origin, dataclasses.replace(request, headers=headers), delivery.received_at)
    try:
        door.decode(passage)
    except DeliveryRefusedError as error:  # a limit that was lowered since
        done.skipped.append(f"{delivery.delivery_id}: {error.refusal.sentence}")
        return None
    door.parse(passage)
    return passage


def _count(passage: Passage, done: Result) -> None:
    done.deliveries += 1
    done.accepted += len(passage.accepted)
    for each in passage.quarantined:
        done.quarantined[each.code] = done.quarantined.get(each.code, 0) + 1


def _kept(passage: Passage, segment: str, row: Row) -> Delivery:
    items = pack(passage.accepted, passage.quarantined, passage.ignored)
    before = _counted_before(row.delivery.items)
    counted = sum(len(each) for each in before.values())
    ignored, refused = len(before.get("ignored", ())), len(before.get("quarantine", ()))
    replayed = Replayed(row.delivery.delivery_id, segment, row.row, counted, ignored, refused)
    received_at, body_hash = row.delivery.received_at, row.delivery.body_hash
    return kept(passage.request, passage.origin, received_at, "replay", items, replayed, body_hash)


def _counted_before(items: str) -> dict[str, list[Any]]:
    """A delivery's lists of items; what cannot be read was counted as one refused item."""
    try:
        return dict(orjson.loads(items))
    except ValueError:
        return {"quarantine": [{}]}
