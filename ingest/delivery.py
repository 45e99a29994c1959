"""This module owns one delivery's way in: authenticate, decode, parse, journal, answer, as a list of steps.

Nothing is answered with 200 before the journal's fsync returned. Authentic and complete is kept: what cannot
be used goes to the quarantine, and a strict sender is told so.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from ingest.config import Sender
from ingest.context import Context
from ingest.decoding import decode
from ingest.items import Ad, Interaction, Item, Quarantined, Report, Settlement
from ingest.journal import Journal, JournalError
from ingest.payload import parse_item
from ingest.profile import Profile
from ingest.rejection import REASONS, DeliveryRefusedError, ItemRefusedError
from ingest.segment import Delivery
from ingest.signature import SignatureError, verify

ITEM_CHARS_MAX = 4096
WARNINGS_MAX = 50
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (stored times are naive UTC)


@dataclass(frozen=True, slots=True)
class Origin:
    """A sender as the door knows it: its configuration, its profile, its keys."""

    name: str
    sender: Sender
    profile: Profile
    keys: tuple[bytes, ...]

    @property
    def strict(self) -> bool:
        """Whether bad input is answered with 400/422 rather than kept under a 200."""
        return self.profile.strict if self.sender.strict is None else self.sender.strict


@dataclass(slots=True)
class Passage:
    """One request on its way through the steps."""

    origin: Origin
    headers: Mapping[str, str]
    body: bytes
    received_at: int  # unix microseconds
    values: list[Any] = field(default_factory=list)
    accepted: list[Item] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    undecodable: DeliveryRefusedError | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may weigh."""

    body_bytes_max: int
    items_max: int


class Door:
    """Takes requests of known senders and answers them truthfully; thread-safe."""

    def __init__(self, journal: Journal, visitor_key: bytes, limits: Limits) -> None:
        """`visitor_key` turns visitor ids into keyed hashes before anything is stored."""
        self._journal, self._visitor_key, self.limits = journal, visitor_key, limits
        self.steps: tuple[Callable[[Passage], None], ...] = (
            self.authenticate, self.decode, self.parse, self.journal,
        )  # fmt: skip

    def receive(self, origin: Origin, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Run the steps; returns the body of the 200. Raises DeliveryRefusedError."""
        passage = Passage(origin, headers, body, time.time_ns() // 1000)
        for step in self.steps:
            step(passage)
        return answer(passage)

    def authenticate(self, passage: Passage) -> None:
        """Refuse what is not signed by one of the sender's active secrets."""
        try:
            verify(passage.origin.keys, passage.headers, passage.body, passage.received_at / 1e6)
        except SignatureError as error:
            raise DeliveryRefusedError(error.code) from None

    def decode(self, passage: Passage) -> None:
        """Bytes become JSON objects. What is authentic but cannot be read is kept, whole."""
        headers, limits = passage.headers, self.limits
        try:
            passage.values = decode(
                passage.body, headers.get("content-type", ""), headers.get("content-encoding", ""),
                limits.body_bytes_max, limits.items_max,
            )  # fmt: skip
        except DeliveryRefusedError as error:
            if error.refusal.status != 400:
                raise
            passage.undecodable = error
            passage.quarantined = [Quarantined(None, None, error.refusal.code, "body", error.detail, "")]
            passage.results = [{"index": None, "id": None, "result": "quarantined",
                                "reason": error.refusal.code, "detail": error.refusal.sentence}]  # fmt: skip

    def parse(self, passage: Passage) -> None:
        """JSON objects become items; each that cannot is quarantined with its reason."""
        context = self._context(passage)
        for index, value in enumerate(passage.values):
            try:
                parsed = parse_item(value, index, context)
            except ItemRefusedError as error:
                passage.quarantined.append(_quarantine(index, value, error, passage.origin.profile.redact))
                passage.results.append({
                    "index": index, "id": _id_of(value), "result": "quarantined",
                    "reason": error.code, "detail": error.words(),
                })  # fmt: skip
            else:
                passage.accepted.append(parsed.item)
                passage.warnings += [f"item {index}: {warning}" for warning in parsed.warnings]

    def journal(self, passage: Passage) -> None:
        """Put the delivery on disk. A strict sender's unusable body is kept for diagnosis only."""
        refused = passage.origin.strict and bool(passage.quarantined) and not passage.accepted
        passage.delivery = Delivery(
            delivery_id=new_delivery_id(passage.received_at),
            received_at=passage.received_at,
            sender=passage.origin.name,
            disposition="diagnosis" if refused else "accepted",
            message_id=passage.headers.get("webhook-id", "")[:512],
            content_type=passage.headers.get("content-type", "")[:200],
            body_hash=hashlib.sha256(passage.body).digest(),
            body=passage.body,
            items=pack(passage.accepted, passage.quarantined),
        )
        try:
            self._journal.append(passage.delivery)
        except JournalError as error:
            raise DeliveryRefusedError(error.code) from None
        if refused:
            raise passage.undecodable or DeliveryRefusedError(
                "all_invalid", "; ".join(result["detail"] for result in passage.results[:5])
            )

    def count_refusal(self, sender: str, code: str, body_bytes: int) -> None:
        """Count what was turned away."""
        self._journal.count_refusal(sender, code, body_bytes)

    def _context(self, passage: Passage) -> Context:
        sender = passage.origin.sender
        return Context(
            sender=passage.origin.name,
            zone=sender.zone,
            currency=sender.currency,
            network=sender.network,
            now=_EPOCH + timedelta(microseconds=passage.received_at),
            visitor_key=self._visitor_key,
            message_id=passage.headers.get("webhook-id", ""),
            traffic="test" if passage.headers.get("whichad-test") == "1" else None,
        )


def answer(passage: Passage) -> dict[str, Any]:
    """The body of a 200: the receipt, the counts, and every item that is not plainly accepted."""
    assert passage.delivery is not None  # noqa: S101 (the journal step sets it or raises)
    return {
        "receipt": receipt(passage.delivery),
        "accepted": len(passage.accepted),
        "quarantined": len(passage.quarantined),
        "results": passage.results,
        "warnings": passage.warnings[:WARNINGS_MAX],
    }


def receipt(delivery: Delivery) -> str:
    """What a sender can prove a 200 with: the delivery's id and the SHA-256 of the body as received."""
    return f"{delivery.delivery_id}.{delivery.body_hash.hex()}"


def new_delivery_id(received_at: int) -> str:
    """An id that sorts by time: `d` + 13 hex digits of microseconds + 12 random ones."""
    return f"d{received_at:013x}{secrets.token_hex(6)}"


def pack(accepted: list[Item], quarantined: list[Quarantined]) -> str:
    """The canonical rows of a delivery as one JSON object, a list per table; what the loader reads."""
    rows: dict[str, list[Any]] = {}
    tables: dict[type[Any], str] = {
        Interaction: "interactions", Report: "reports", Settlement: "settlements", Ad: "ads",
    }  # fmt: skip
    for item in accepted:
        rows.setdefault(tables[type(item)], []).append(item)
    if quarantined:
        rows["quarantine"] = list(quarantined)
    return orjson.dumps(rows, default=str).decode()


def _quarantine(index: int, value: Any, error: ItemRefusedError, redact: tuple[str, ...]) -> Quarantined:
    if isinstance(value, dict):  # the quarantine is shown, and a visitor's id is never stored outside the raw body
        value = {key: "(redacted)" if key in redact else part for key, part in value.items()}
    # ASCII JSON holds half surrogate pairs as escapes, which nothing downstream chokes on.
    text = json.dumps(value, default=str)[:ITEM_CHARS_MAX]
    return Quarantined(index, _id_of(value), error.code, error.field, error.detail or REASONS[error.code], text)


def _id_of(value: Any) -> str | None:
    given = value.get("id") if isinstance(value, dict) else None
    if isinstance(given, str | int) and not isinstance(given, bool):
        return str(given)[:200].encode("utf-8", "replace").decode()
    return None
