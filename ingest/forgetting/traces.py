"""This module owns what one delivery holds of a person, and what of it is kept: its rows with tokens, no body.

Item keys and content hashes stay, so that a repeat is still a duplicate; they are 64 bits wide and lead nowhere by
themselves. The body's hash stays as well: it proves the receipt.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson

from ingest.bodies.decoding import decompress
from ingest.forgetting.person import Person
from ingest.rejection import DeliveryRefusedError
from ingest.segments.salvage import DAMAGED_ITEMS
from ingest.segments.segment import Delivery, Row

TABLES = ("interactions", "reports", "settlements", "ads")
PLAIN_BYTES_MAX = 64 << 20
_KEPT_OF_REQUEST = ("replays", "method", "suffix")
Index = tuple[str, int | None]


@dataclass(slots=True)
class Trace:
    """What a delivery becomes: its rows and what is kept of the request; `blanked`: quarantined items of the person."""

    items: str
    request: str
    blanked: set[Index] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Task:
    """Who is to go, and what is known of it from elsewhere, so that journal, record and archive become the same.

    `blanked`: quarantined items that a body alone says are theirs; `touched`: deliveries whose bodies go; `without`:
    deliveries to leave as they are, for their segments are still written.
    """

    person: Person
    blanked: frozenset[Index] = frozenset()
    touched: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()


def rows_of(delivery: Delivery) -> Iterator[dict[str, Any]]:
    """The items of a delivery, without those that could not be used."""
    packed = orjson.loads(delivery.items)
    for table in TABLES:
        yield from packed.get(table, ())


def may_hold(person: Person, delivery: Delivery) -> bool:
    """Whether a delivery could be the person's, asked fast: most are not, and need not be parsed."""
    if any(each in delivery.items or each in delivery.request for each in person.quick):
        return True
    if person.keys and any(f'"key_hash":{key}' in delivery.items for key in person.keys):
        return True
    return delivery.body is not None and any(each in text for text in _texts(delivery) for each in person.quick)


def trace(task: Task, row: Row, raw: str = "") -> Trace | None:
    """What is to become of a delivery; None where nothing of the person is in it (any more).

    `raw` is what stands in a damaged row. A decision is nobody's delivery, and stays.
    """
    person, delivery = task.person, row.delivery
    if not row.whole:
        is_theirs = bool(raw and person.is_in_text(raw)) or _is_in_body(person, delivery)
        return Trace(DAMAGED_ITEMS, "") if is_theirs else None
    is_touched = delivery.delivery_id in task.touched
    if delivery.disposition == "decision" or not (is_touched or may_hold(person, delivery)):
        return None
    packed = orjson.loads(delivery.items)
    is_owner = _clean_items(person, packed)
    found = _refused(task, delivery, packed.get("quarantine", []), is_owner)
    after, request = orjson.dumps(packed).decode(), _request(delivery.request)
    is_theirs = is_touched or is_owner or bool(found) or after != delivery.items
    if not is_theirs and not _is_in_body(person, delivery) and not person.is_in_text(delivery.request):
        return None
    if after == delivery.items and request == delivery.request and delivery.body is None:
        return None
    return Trace(after, request, found)


def _clean_items(person: Person, packed: dict[str, Any]) -> bool:
    """Change the rows of a delivery in place; whether one of them is the person's."""
    is_owner = False
    for table in TABLES:
        for item in packed.get(table, ()):
            is_owner = is_owner or person.owns(item)
            item.update(person.changes(item))
    return is_owner


def _refused(task: Task, delivery: Delivery, rows: list[dict[str, Any]], is_owner: bool) -> set[Index]:
    """Blank the quarantined items that are the person's; all, where the body names them and nothing else says whose."""
    person = task.person
    named = {row["index"] for row in rows if person.refused_changes(row, blanked=False)}
    if not named and not is_owner and rows and _is_in_body(person, delivery):
        named = {row["index"] for row in rows}
    found = {(delivery.delivery_id, index) for index in named}
    for row in rows:
        row.update(person.refused_changes(row, (delivery.delivery_id, row["index"]) in found | task.blanked))
    return found


def _is_in_body(person: Person, delivery: Delivery) -> bool:
    return delivery.body is not None and any(person.is_in_text(text) for text in _texts(delivery))


def _texts(delivery: Delivery) -> Iterator[str]:
    """A body as text in the forms that an id may have in it: as sent, unpacked, without URL and JSON escapes."""
    body = delivery.body or b""
    encoding = json.loads(delivery.request).get("headers", {}).get("content-encoding", "") if delivery.request else ""
    with suppress(DeliveryRefusedError):
        body = decompress(body, encoding, PLAIN_BYTES_MAX)
    text = body.decode("utf-8", "replace")
    yield text
    if "%" in text or "+" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield _unescaped(text)


def _unescaped(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text.replace("\\/", "/")


def _request(kept: str) -> str:
    """What is needed to count a delivery rightly; headers and query go."""
    if not kept:
        return kept
    found = {name: value for name, value in orjson.loads(kept).items() if name in _KEPT_OF_REQUEST}
    return orjson.dumps(found).decode() if found else ""
