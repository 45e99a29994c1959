"""This module owns what of the journal is relayed, and reading it again when its turn has come."""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import orjson

from ingest.door.envelope import unpacked
from ingest.door.request import Request
from ingest.relaying.book import Place
from ingest.segments.segment import Delivery, SegmentReader
from ingest.senders.origin import Origin

RELAY_HEADER = "whichad-relay"
TEST_HEADER = "whichad-test"
# They belong to one connection, or are written anew for the next one (RFC 9110, 7.6.1).
_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding", "te", "upgrade"})


class UnreadableError(Exception):
    """A delivery cannot be read from the journal; `forever` says whether trying again could help."""

    def __init__(self, why: str, forever: bool) -> None:
        super().__init__(why)
        self.forever = forever


def is_relayed(delivery: Delivery) -> bool:
    """Whether a delivery goes on: it was accepted, is no test, and was not relayed to us (or it would go round)."""
    if delivery.disposition != "accepted":
        return False
    if RELAY_HEADER not in delivery.request and TEST_HEADER not in delivery.request:
        return True
    try:
        headers = orjson.loads(delivery.request).get("headers", {})
    except orjson.JSONDecodeError:  # damaged; said when its turn has come
        return True
    return RELAY_HEADER not in headers and headers.get(TEST_HEADER) != "1"


def outgoing(delivery: Delivery, origin: Origin) -> Request:
    """The request as it came, without its token, which was ours, and without what belongs to a connection."""
    request, name = unpacked(delivery), origin.profile.message_id_header
    headers = {key: value for key, value in request.headers.items() if value and key not in _HOP}
    if delivery.message_id:
        headers.setdefault(name, delivery.message_id)
    return replace(request, headers=headers)


def fetch(journal: Path, places: Iterable[Place]) -> Mapping[Place, Delivery | UnreadableError]:
    """The deliveries at these places; what cannot be read is said in their stead."""
    found: dict[Place, Delivery | UnreadableError] = {}
    for segment, here in groupby(sorted(places, key=lambda place: place.segment), key=lambda place: place.segment):
        wanted = list(here)
        try:
            if not (journal / segment).exists():
                raise UnreadableError("its segment is gone from the journal", forever=True)
            with SegmentReader(journal / segment) as reader:
                found |= {place: _one(reader, place.row) for place in wanted}
        except UnreadableError as error:
            found |= dict.fromkeys(wanted, error)
        except sqlite3.Error as error:
            found |= dict.fromkeys(wanted, _unreadable(error))
    return found


def _one(reader: SegmentReader, row: int) -> Delivery | UnreadableError:
    try:
        found = next(reader.after(row - 1, 1), None)
    except sqlite3.Error as error:
        return _unreadable(error)
    if found is None or found.row != row:
        return UnreadableError("it is gone from its segment", forever=True)
    if not isinstance(found.delivery.body, bytes):
        return UnreadableError("its body was removed", forever=True)
    if hashlib.sha256(found.delivery.body).digest() != found.delivery.body_hash:
        return UnreadableError("its body is not the one that was received", forever=True)
    return found.delivery


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error of a segment is there to stay; a locked file, or one too many open, may pass."""
    return not isinstance(error, sqlite3.OperationalError) or "decode" in str(error)  # text that is no UTF-8 any more


def _unreadable(error: sqlite3.Error) -> UnreadableError:
    return UnreadableError(f"its segment cannot be read ({error})", forever=is_damage(error))
