"""This module owns one row of the journal: a delivery, the chain that it continues, its checksum, what is left of it.

The chain is over the delivery's id, its time and the hash of its body as received, never over what is kept of the
body: a body may be redacted. The checksum is over all else, and over the body as it is kept.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from ingest.segments.salvage import is_sound, salvaged

GENESIS = b"\0" * 32
_HALF = 16  # bytes of a row's hash that are over its text; as many over its body follow


@dataclass(frozen=True, slots=True)
class Delivery:
    """One authentic request as it is kept. `received_at` is unix microseconds; `items` canonical JSON."""

    delivery_id: str
    received_at: int
    sender: str
    disposition: str  # accepted | diagnosis | decision
    message_id: str
    content_type: str
    body_hash: bytes
    body: bytes | None
    items: str
    request: str = ""  # what else of the request is needed to read it again (`ingest.door.envelope`), as JSON
    redacted_at: int | None = None  # unix microseconds, where the body that is kept is not the one that was received


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery and its place in a segment; where the row is not `whole`, it holds a quarantined item instead."""

    row: int
    delivery: Delivery
    chain: bytes
    row_hash: bytes | None = None  # None in segments of earlier versions
    whole: bool = True

    def body_state(self) -> str:
        """`kept` as it was received, `redacted` (or gone), or `damaged`. O(body)."""
        delivery = self.delivery
        if delivery.body is None:
            return "redacted"
        found = hashlib.sha256(delivery.body).digest()
        if found == delivery.body_hash:
            return "kept"
        if self.row_hash is None:  # an earlier version took tokens out of bodies without saying so
            return "redacted"
        is_said = delivery.redacted_at is not None and found[:_HALF] == self.row_hash[_HALF:]
        return "redacted" if is_said else "damaged"


def link(previous: bytes, delivery: Delivery) -> bytes:
    """The chain hash of the next row; never over the body itself, so that a body can be redacted."""
    text = f"{delivery.delivery_id}\0{delivery.received_at}\0".encode()
    return hashlib.sha256(previous + text + delivery.body_hash).digest()


def row_hash(delivery: Delivery) -> bytes:
    """32 bytes: 16 of a SHA-256 over all that the chain leaves out, and 16 of one over the body as it is kept."""
    columns = (
        delivery.sender, delivery.disposition, delivery.message_id, delivery.content_type, delivery.items,
        delivery.request, str(delivery.redacted_at),
    )  # fmt: skip
    found = hashlib.sha256()
    for column in columns:
        encoded = column.encode("utf-8", "surrogatepass")
        found.update(len(encoded).to_bytes(8, "big") + encoded)
    is_redacted = delivery.redacted_at is not None and delivery.body is not None
    body = hashlib.sha256(delivery.body or b"").digest() if is_redacted else delivery.body_hash
    return found.digest()[:_HALF] + body[:_HALF]


def read_row(found: tuple[Any, ...]) -> Row:
    """A row from its columns: row, those of `Delivery`, row_hash, chain. What is not as it was written is salvaged."""
    number, *values, stored, chain = found
    columns = tuple(values)
    if is_sound(columns):
        delivery = Delivery(*columns)
        if stored is None or (isinstance(stored, bytes) and stored[:_HALF] == row_hash(delivery)[:_HALF]):
            return Row(number, delivery, chain, stored)
    return Row(number, Delivery(*salvaged(columns)), chain, stored if isinstance(stored, bytes) else b"", whole=False)
