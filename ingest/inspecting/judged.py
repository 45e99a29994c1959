"""This module owns what became of each item of a delivery when it was loaded, and the row of the record it came to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import orjson

from ingest.inspecting.finding import Place
from ingest.items.item import VERSIONED_TYPES
from ingest.rejection import REASONS, REFUSALS
from ingest.terminal.called import as_called

TABLES = ("interactions", "reports", "settlements", "ads")
_STATEMENTS = {"reports": "report", "settlements": "settlement", "ads": "ad"}
_KEYED = " union all ".join(
    f"select '{table}', key_hash, content_hash, delivery_id, item_index, received_at from {table}"  # noqa: S608
    " where key_hash in (select unnest($keys::bigint[]))"
    for table in TABLES
)
_OF_DELIVERY = " union all ".join(
    f"select '{table}', key_hash, content_hash, item_index,"  # noqa: S608
    f" {'type, id' if table == 'interactions' else 'null, null'} from {table} where delivery_id = $id"
    for table in TABLES
)
_QUARANTINED = """
select item_index, code, field, detail, id, delivery_id from quarantine
where delivery_id = $id or (body_hash = $body and sender = $sender) order by delivery_id <> $id, item_index
"""
Told = tuple[list["Step"], "Counted | None"]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a way: which step of it, where that happened, what, and what more there is to say."""

    step: str
    where: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of the record: the version of an item that this delivery brought. `received_at` is naive UTC."""

    table: str
    key_hash: int
    content_hash: int
    delivery_id: str
    index: int
    received_at: datetime


def judged(
    record: duckdb.DuckDBPyConnection | None, place: Place, index: int | None, kind: str | None, is_loaded: bool
) -> Iterator[Told]:
    """What became of each item of a delivery, or of the one with this index, or of those of this type."""
    packed = orjson.loads(place.row.delivery.items or "{}") if place.row else _recorded(record, place)
    wanted = [
        (table, item)
        for table in TABLES
        for item in packed.get(table, ())
        if index in (None, item["index"]) and kind in (None, item.get("type", _STATEMENTS.get(table)))
    ]
    if record is None or not is_loaded:
        for table, item in wanted:
            yield (
                [Step("judged", "journal", "not loaded yet", f"{_name(table, item)}: the next refresh loads it")],
                None,
            )
    else:
        known = _known(record, [item["key_hash"] for _, item in wanted])
        for table, item in wanted:
            yield _verdict(record, place, table, item, known.get(item["key_hash"], []))
    if kind is None:
        yield from _refused(record, place, packed.get("quarantine", ()), index)
        if packed.get("ignored") and index is None:
            count = len(packed["ignored"])
            yield [Step("judged", "profile", f"{count} ignored", "the profile has no use for them")], None


def _known(record: duckdb.DuckDBPyConnection, keys: list[int]) -> dict[int, list[Counted]]:
    """The rows of the record that have one of these keys, the first received first."""
    found: dict[int, list[Counted]] = {}
    for row in sorted(record.execute(_KEYED, {"keys": keys}).fetchall(), key=lambda row: (row[5], row[3], row[4])):
        found.setdefault(row[1], []).append(Counted(*row))
    return found


def _verdict(
    record: duckdb.DuckDBPyConnection, place: Place, table: str, item: dict[str, Any], known: list[Counted]
) -> Told:
    """What an item was when it was loaded: its own row, a duplicate of another, or the loser of a conflict."""
    name, own, same = _name(table, item), None, None
    for row in known:
        if (row.delivery_id, row.index) == (place.delivery_id, item["index"]):
            own = row
        elif row.content_hash == item["content_hash"] and row.table == table:
            same = row
    if own is not None:
        others = [row for row in known if row != own]
        was = "a new version" if [row for row in others if row.received_at <= own.received_at] else "accepted"
        more = f"; {len(others)} other versions of it are there" if others else ""
        return [Step("judged", "loader", was, f"{name}{more}"), _recorded_as(record, own)], own
    if same is not None:
        again = f"{name}: the same came before, in delivery {same.delivery_id}; it counts once"
        return [Step("judged", "loader", "duplicate", again)], None
    if known:
        won = known[0]
        versioned = table != "interactions" or item["type"] in VERSIONED_TYPES
        code = "version lost" if versioned else "conflict"
        lost = f"{name}: other content under this id won, that of delivery {won.delivery_id}; this counts nowhere"
        return [Step("judged", "loader", code, lost)], None
    return [Step("judged", "loader", "not in the record", f"{name}: set aside when it was loaded; see the quarantine: "
                 + as_called("whichad ingest quarantine --refused"))], None  # fmt: skip


def _recorded_as(record: duckdb.DuckDBPyConnection, own: Counted) -> Step:
    """The row as it stands in the record."""
    cursor = record.execute(
        f"select * from {own.table} where delivery_id = ? and item_index = ?",  # noqa: S608 (one of four names)
        [own.delivery_id, own.index],
    )
    names, row = [column[0] for column in cursor.description or []], cursor.fetchone()
    held = dict(zip(names, row or (), strict=False))
    shown = ("occurred_at", "day", "valid_from", "revenue_stage", "revenue", "cost", "currency", "click_id",
             "transaction_id", "network", "campaign_id", "ad_id", "count", "traffic")  # fmt: skip
    said = [f"{name} {held[name]}" for name in shown if held.get(name) is not None]
    return Step("record", own.table, _name(own.table, held), ", ".join(said))


def _refused(record: duckdb.DuckDBPyConnection | None, place: Place, refused: Any, index: int | None) -> Iterator[Told]:
    """Items that could not be used, and why. The same body is kept once, under the delivery that came first."""
    delivery = place.row.delivery if place.row else None
    stand = record.execute(_QUARANTINED, {
        "id": place.delivery_id, "body": delivery.body_hash.hex() if delivery else None,
        "sender": delivery.sender if delivery else None,
    }).fetchall() if record else []  # fmt: skip
    seen = set()
    for each in refused:
        if index in (None, each["index"]):
            seen.add((each["index"], each["code"]))
            where = next((row[5] for row in stand if row[0] == each["index"] and row[1] == each["code"]), None)
            first = (
                f"; the same body came before, in delivery {where}" if where not in (None, place.delivery_id) else ""
            )
            yield [_quarantined(each["code"], each["field"], each["detail"], each["id"], first)], None
    for at, code, field, detail, identity, where in stand:  # of a delivery that the journal does not hold any more
        if delivery is None and where == place.delivery_id and (at, code) not in seen and index in (None, at):
            yield [_quarantined(code, field, detail, identity, "")], None


def _quarantined(code: str, field: str, detail: str, identity: str | None, more: str) -> Step:
    sentence = REASONS.get(code) or (REFUSALS[code].sentence if code in REFUSALS else code)
    said = " ".join(part for part in (f"{identity}:" if identity else "", sentence, f"({field})", detail) if part)
    return Step("judged", "quarantine", f"quarantined: {code}", f"{said}{more}; it counts nowhere")


def _recorded(record: duckdb.DuckDBPyConnection | None, place: Place) -> dict[str, list[dict[str, Any]]]:
    """The items of a delivery that only the record holds any more."""
    packed: dict[str, list[dict[str, Any]]] = {}
    if record is not None:
        for table, key, content, at, kind, identity in record.execute(
            _OF_DELIVERY, {"id": place.delivery_id}
        ).fetchall():
            item = {"index": at, "key_hash": key, "content_hash": content, "id": identity}
            packed.setdefault(table, []).append(item | ({"type": kind} if kind else {}))
    return packed


def _name(table: str, item: dict[str, Any]) -> str:
    """An item in a few words: whose it is, its type, its id or the ad and day it speaks of."""
    kind = item.get("type") or _STATEMENTS.get(table, "item")
    stage = f" ({item['revenue_stage']})" if item.get("revenue_stage") else ""
    place = item.get("ad_id") or item.get("adset_id") or item.get("campaign_id") or ""
    if table == "interactions":
        return f"{kind} {item.get('id', '')}{stage}".strip()
    return " ".join(str(part) for part in (kind, item.get("id") or "", place, item.get("day") or "") if part)
