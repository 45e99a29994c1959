"""This module owns what a row of the journal becomes that is not as it was written: a delivery in the quarantine.

A flipped byte may stand anywhere: in the text of an item, in a type that SQLite keeps, in half a character. Whoever
reads the journal gets a delivery of the right types all the same, and what cannot be trusted any more is left out.
"""

from typing import Any

import orjson

from ingest.rejection import REASONS

REPLAYABLE = ("accepted", "replay", "diagnosis")
RECEIVED_AT_MAX = 4_102_444_800_000_000  # the year 2100 in unix microseconds: no delivery came later
_NONE = type(None)
_SOUND = {  # SQLite gives values of these types only: a row with a body or without, redacted or not
    (str, int, str, str, str, str, bytes, body, str, str, redacted_at) for body in (bytes, _NONE)
    for redacted_at in (int, _NONE)
}  # fmt: skip
_ITEM = {"index": None, "id": None, "code": "damaged", "field": "items", "detail": REASONS["damaged"], "item": ""}
DAMAGED_ITEMS = orjson.dumps({"quarantine": [_ITEM]}).decode()


def text(raw: bytes) -> str:
    """Text as SQLite keeps it; a byte that is no character shows as U+FFFD instead of stopping the reader."""
    return raw.decode("utf-8", "replace")


def is_sound(values: tuple[Any, ...]) -> bool:
    """Whether a delivery's columns, in the order of `Delivery`, have their types, a time and a readable request."""
    if tuple(map(type, values)) not in _SOUND:
        return False
    return 0 <= values[1] <= RECEIVED_AT_MAX and (not values[9] or _request(values[9]) is not None)


def salvaged(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same columns with one quarantined item in place of all items; ids, times and the body as far as they go.

    What the damaged row said that it replaces is not believed: the older reading of that delivery stays in force.
    """
    (delivery_id, received_at, sender, disposition, message_id, content_type, body_hash, body, _, request,
     redacted_at) = values  # fmt: skip
    is_time = isinstance(received_at, int) and 0 <= received_at <= RECEIVED_AT_MAX
    kept = _request(request) if isinstance(request, str) else None
    return (
        _text(delivery_id), received_at if is_time else 0, _text(sender),
        disposition if disposition in REPLAYABLE else "damaged", _text(message_id), _text(content_type),
        body_hash if isinstance(body_hash, bytes) else b"", body if isinstance(body, bytes) else None, DAMAGED_ITEMS,
        request if kept is not None and "replays" not in kept else "",
        redacted_at if isinstance(redacted_at, int) else None,
    )  # fmt: skip


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _request(kept: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(kept)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
