"""This module owns what of a request is kept: the delivery as it is journalled, its id, its receipt, its rows."""

import dataclasses
import hashlib
import os
import random
import secrets
from typing import Any

import orjson

from ingest.bodies.decoding import decompress
from ingest.door import envelope
from ingest.door.envelope import Replayed
from ingest.door.request import Request
from ingest.items.item import Ad, Interaction, Item, Quarantined, Report, Settlement
from ingest.rejection import DeliveryRefusedError
from ingest.segments.segment import Delivery
from ingest.senders.origin import Origin

# No secret, only never the same twice. The system's own random bytes let the interpreter go to another thread.
_lots = random.Random(secrets.token_bytes(32))  # noqa: S311
# A forked process would draw its parent's lots again, and a replay keeps the time of the delivery that it reads again.
os.register_at_fork(after_in_child=lambda: _lots.seed(secrets.token_bytes(32)))
PLAIN_BYTES_MAX = 64 << 20  # what is larger was refused before anything is kept


def kept(
    request: Request,
    origin: Origin,
    received_at: int,
    disposition: str,
    items: str,
    replayed: Replayed | None = None,
    body_hash: bytes | None = None,
) -> Delivery:
    """The delivery as it is kept. A GET's body is its query string, without the token that came with it.

    `replayed` is the delivery that is read again, and `body_hash` that of its body as it was received.
    """
    is_get = request.method == "GET"
    body = request.query.encode("latin-1", "replace") if is_get else request.body
    kept_body, encoding = without_tokens(body, request.headers.get("content-encoding", ""), origin.tokens)
    if not encoding and "content-encoding" in request.headers:
        headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
        request = dataclasses.replace(request, headers=headers)
    digest = body_hash or hashlib.sha256(body).digest()
    is_received = kept_body is body and (body_hash is None or hashlib.sha256(body).digest() == body_hash)
    content_type = "application/x-www-form-urlencoded" if is_get else request.headers.get("content-type", "")
    return Delivery(
        delivery_id=new_delivery_id(received_at),
        received_at=received_at,
        sender=origin.name,
        disposition=disposition,
        message_id=request.headers.get(origin.profile.message_id_header, "")[:512],
        content_type=content_type[:200],
        body_hash=digest,
        body=kept_body,
        items=items,
        request=envelope.packed(request, origin.kept_headers, replayed),
        redacted_at=None if is_received else received_at,
    )


def receipt(delivery: Delivery) -> str:
    """What a sender can prove a 200 with: the delivery's id and the SHA-256 of the body as received."""
    return f"{delivery.delivery_id}.{delivery.body_hash.hex()}"


def without_tokens(body: bytes, encoding: str, tokens: tuple[bytes, ...]) -> tuple[bytes, str]:
    """A body without its sender's tokens (Segment's SDK writes the key into it), and its encoding then.

    Signing secrets never travel, so only senders who prove themselves by a token have any to look for.
    """
    if not tokens:
        return body, encoding
    try:
        plain = decompress(body, encoding, PLAIN_BYTES_MAX)
    except DeliveryRefusedError:  # what cannot be decompressed hides no token that anybody could read
        return body, encoding
    if not any(token in plain for token in tokens):
        return body, encoding
    for token in tokens:
        plain = plain.replace(token, b"*" * len(token))
    return plain, ""


def new_delivery_id(received_at: int) -> str:
    """An id that sorts by time: `d` + 13 hex digits of microseconds + 12 random ones."""
    return f"d{received_at:013x}{_lots.getrandbits(48):012x}"


def pack(accepted: list[Item], quarantined: list[Quarantined], ignored: int = 0) -> str:
    """The canonical rows of a delivery as one JSON object, a list per table; what the loader reads."""
    rows: dict[str, list[Any]] = {}
    tables: dict[type[Any], str] = {
        Interaction: "interactions", Report: "reports", Settlement: "settlements", Ad: "ads",
    }  # fmt: skip
    for item in accepted:
        rows.setdefault(tables[type(item)], []).append(item)
    if quarantined:
        rows["quarantine"] = list(quarantined)
    if ignored:
        rows["ignored"] = [{"index": index} for index in range(ignored)]
    return orjson.dumps(rows, default=str).decode()
