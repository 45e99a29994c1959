"""This module owns an item's way from the door to the record: received, judged, recorded; a step is a plain line.

From the record on, `analytics` goes on: a `Counted` names the one row of the record that the marts may count.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import duckdb
import typer

from ingest.config import IngestSettings
from ingest.door.keeping import receipt
from ingest.inspecting import finding
from ingest.inspecting.finding import Place
from ingest.inspecting.judged import Counted, Step, judged
from ingest.relaying.kept import is_relayed
from ingest.relaying.standing import relayed_up_to, standings
from ingest.segments.segment import Delivery
from ingest.store.record import read_record
from ingest.terminal.called import as_called
from ingest.terminal.commands import Exit, Format, show

WhatArgument = Annotated[
    str, typer.Argument(help="A receipt, a delivery id, your webhook-id, or an item's id.", show_default=False)
]
SenderOption = Annotated[str | None, typer.Option("--sender", help="Only this sender's, where an id is not enough.")]
KindOption = Annotated[str | None, typer.Option("--type", help="Only items of this type, such as click or report.")]
UNKNOWN = (
    "No receipt, delivery, webhook-id or item has the id {what!r}. Orders and clicks are looked for by theirs in:"
    " whichad analytics explain."
)
COLUMNS = ("step", "where", "what", "detail")
WHOLE_MAX = 5  # items whose whole way is told; of more, what became of each
_DISPOSITIONS = {
    "accepted": "answered with 200",
    "diagnosis": "answered with 400 or 422, kept for diagnosis",
    "replay": "a kept body that was read again",
    "decision": "a decision of a person",
}
_BODIES = {
    "kept": "its body is kept",
    "redacted": "its body was removed or redacted",
    "damaged": "its body is damaged: it is not the one that was received",
}
_BY_ID = """
select delivery_id, item_index from interactions
where id = $id and sender = coalesce($sender, sender) and type = coalesce($type, type)
union
select delivery_id, item_index from ads where ad_id = $id and origin = 'posted'
  and sender = coalesce($sender, sender) and coalesce($type, 'ad') = 'ad'
union
select delivery_id, item_index from quarantine
where id = $id and sender = coalesce($sender, sender) and $type is null
order by 1, 2 limit 50
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One item's steps so far, and its row of the record; None where it came to no row that counts."""

    steps: tuple[Step, ...]
    counted: Counted | None = None


def ways(settings: IngestSettings, what: str, sender: str | None = None, kind: str | None = None) -> list[Way]:
    """The ways of what a receipt, a delivery id, a webhook-id or an item's id names; empty where nobody knows it.

    `sender` and `kind` (a type, such as click) narrow an item's id, or the items of a delivery. Raises RecordError.
    """
    if not what:
        return []
    with read_record(settings.record_path) if settings.record_path.exists() else nullcontext() as record:
        targets = _targets(settings, record, what, sender, kind)
        return [way for place, index in targets for way in _of_delivery(settings, record, place, index, kind)]


def tell(rows: list[tuple[str, ...]], what: str, form: Format) -> None:
    """Print the rows of a way; where there are none, say so and end with exit code 1."""
    show(COLUMNS, rows, form, UNKNOWN.format(what=what))
    if not rows:
        raise typer.Exit(Exit.FAILED)


def told(found: list[Way]) -> list[tuple[str, ...]]:
    """Rows of COLUMNS; what several items have in common (their delivery) is said once."""
    rows: list[tuple[str, ...]] = []
    for way in found:
        rows += [row for step in way.steps if (row := (step.step, step.where, step.what, step.detail)) not in rows]
    return rows


def _targets(
    settings: IngestSettings, record: duckdb.DuckDBPyConnection | None, what: str, sender: str | None, kind: str | None
) -> list[tuple[Place, int | None]]:
    """Where what is asked for lies: a delivery and, where one item of it is meant, its index."""
    delivery_id = finding.delivery_id_of(what)
    if delivery_id is None and record is not None:
        rows = record.execute(_BY_ID, {"id": what, "sender": sender, "type": kind}).fetchall()
        if rows:
            return [(finding.located(settings, row[0]) or Place(row[0]), row[1]) for row in rows]
    place = finding.located(settings, delivery_id or what) or (delivery_id is None and finding.said(settings, what))
    if not place and delivery_id and record is not None and _is_recorded(record, delivery_id):
        place = Place(delivery_id)
    if not place or (sender is not None and place.row is not None and place.row.delivery.sender != sender):
        return []
    return [(place, finding.index_of(place, what))]


def _is_recorded(record: duckdb.DuckDBPyConnection, delivery_id: str) -> bool:
    tables = ("interactions", "reports", "settlements", "ads", "quarantine")
    query = " union all ".join(f"select 1 from {table} where delivery_id = $id" for table in tables)  # noqa: S608
    return record.execute(f"{query} limit 1", {"id": delivery_id}).fetchone() is not None


def _of_delivery(
    settings: IngestSettings,
    record: duckdb.DuckDBPyConnection | None,
    place: Place,
    index: int | None,
    kind: str | None,
) -> Iterator[Way]:
    """The ways of a delivery's items (or of one). A replayed delivery's items are those of its last reading."""
    door = [*_door(settings, place)]
    again = finding.newest_reading(settings, place.delivery_id)
    if again != place.delivery_id:
        place = finding.located(settings, again) or Place(again)
        door.append(Step("judged", "journal", "superseded by a replay", f"read again as {again}; only that counts"))
        index = None  # the profile may have made other items of it
    found = [*judged(record, place, index, kind, _is_loaded(record, place))]
    if not found:
        yield Way((*door, Step("judged", "record", "no items", "Nothing of this delivery is an item of ours.")))
    for steps, counted in found:
        yield Way((*door, *steps), counted)


def _door(settings: IngestSettings, place: Place) -> Iterator[Step]:
    """When, whose, what was answered, where it is kept."""
    if place.row is None:
        yield Step("door", "journal", f"delivery {place.delivery_id}", "Its segment is deleted; the record has it.")
        return
    delivery = place.row.delivery
    yield Step("door", f"sender {delivery.sender}", f"received {moment(delivery.received_at)}",
               _DISPOSITIONS.get(delivery.disposition, delivery.disposition))  # fmt: skip
    yield Step(
        "door", f"segment {place.segment}", f"row {place.row.row}", f"receipt {receipt(delivery)}; {_body(place)}"
    )
    with suppress(sqlite3.Error):  # the relay's book is no part of what was promised here
        if any(each.sender == delivery.sender and each.active for each in standings(settings.data_dir)):
            yield Step("door", "relay", *_relay(settings, place, delivery))


def _relay(settings: IngestSettings, place: Place, delivery: Delivery) -> tuple[str, str]:
    if not is_relayed(delivery):
        return "not sent on", "a test, a refusal, or relayed to us before"
    if place.row is not None and place.row.row <= relayed_up_to(settings.data_dir, place.segment):
        return "sent on", "or from before the relay began"
    return "waits to be sent on", as_called("see: whichad ingest relay")


def _body(place: Place) -> str:
    if place.is_archived:
        return "its segment was deleted, and its body with it; this is from the archive"
    return _BODIES[place.row.body_state()] if place.row else ""


def _is_loaded(record: duckdb.DuckDBPyConnection | None, place: Place) -> bool:
    if record is None or place.row is None:
        return record is not None
    found = record.execute("select row from positions where segment = ?", [place.segment]).fetchone()
    return place.is_archived or (found is not None and found[0] >= place.row.row)


def moment(microseconds: int) -> str:
    """A moment for people, in UTC."""
    return f"{datetime.fromtimestamp(microseconds / 1e6, UTC):%Y-%m-%d %H:%M:%S} UTC"
