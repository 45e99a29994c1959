"""This module owns one delivery's way in: authenticate, decode, parse, journal, answer, as a list of steps.

Nothing is answered with 200 before the journal's fsync returned. Authentic and complete is kept: what cannot
be used goes to the quarantine, and a strict sender is told so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ingest.auth import AuthError
from ingest.bodies.decoding import decode
from ingest.bodies.reading import read
from ingest.bodies.redaction import shown
from ingest.canary.perch import Perch
from ingest.door.keeping import kept, pack
from ingest.door.passage import Passage, Value
from ingest.door.request import Request
from ingest.items.context import Context
from ingest.items.doubled import Stated
from ingest.items.item import STATEMENT_TYPES, Quarantined
from ingest.journal import Journal, JournalError
from ingest.payload import parse_item
from ingest.rejection import REASONS, DeliveryRefusedError, ItemRefusedError
from ingest.segments.segment import Delivery
from ingest.segments.waiting import LATE, Waiting
from ingest.senders.origin import Origin

ITEM_CHARS_MAX = 4096
TWICE = "says other figures of the cell that item {} speaks of; one of the two counts, so say a cell once"
TEST_STATEMENT = "a test statement is read, and not kept: its money would count"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may weigh."""

    body_bytes_max: int
    items_max: int


class Door:
    """Takes requests of known senders and answers them truthfully; thread-safe."""

    def __init__(self, journal: Journal, visitor_key: bytes, limits: Limits, perch: Perch | None = None) -> None:
        """`visitor_key` turns visitor ids into keyed hashes before anything is stored; `perch` is for canaries."""
        self._perch = perch
        self._journal, self._visitor_key, self.limits = journal, visitor_key, limits
        self.steps: tuple[Callable[[Passage], None], ...] = (
            self.authenticate, self.decode, self.parse,
        )  # fmt: skip

    @property
    def seconds_max(self) -> float:
        """How long anybody waits for the disk."""
        return self._journal.append_seconds_max

    def receive(
        self, passage: Passage, within_rate: Callable[[Origin], None], then: Callable[[], None] | None = None
    ) -> Waiting:
        """Run the steps and hand the delivery over: nothing may be promised before its wait has ended well.

        `within_rate` refuses what comes too fast; it is asked once the sender is known to be who it says. `then` is
        called when the wait has ended. Raises DeliveryRefusedError.
        """
        for step in self.steps:
            step(passage)
            if step == self.authenticate:
                within_rate(passage.origin)
        return self._hand_over(passage, then)

    def authenticate(self, passage: Passage) -> None:
        """Refuse what none of the sender's secrets vouches for. From here on the request carries no token."""
        try:
            passage.request = passage.origin.verifier.verify(passage.request, passage.received_at / 1e6)
        except AuthError as error:
            raise DeliveryRefusedError(error.code) from None
        if passage.request.suffix and passage.request.suffix not in passage.origin.profile.suffixes:
            raise DeliveryRefusedError("path_unknown")

    def decode(self, passage: Passage) -> None:
        """Bytes become objects. What is authentic but cannot be read is kept, whole."""
        try:
            if passage.origin.mapper is None:
                passage.values = [Value(i, each, each) for i, each in enumerate(self._decoded(passage.request))]
            else:
                self._map(passage)
        except DeliveryRefusedError as error:
            if error.refusal.status != 400:
                raise
            passage.undecodable = error
            passage.quarantined = [Quarantined(None, None, error.refusal.code, "body", error.detail, "")]
            passage.results = [{"index": None, "id": None, "result": "quarantined",
                                "reason": error.refusal.code, "detail": error.refusal.sentence}]  # fmt: skip

    def _decoded(self, request: Request) -> list[Any]:
        headers, limits = request.headers, self.limits
        return decode(
            request.body, headers.get("content-type", ""), headers.get("content-encoding", ""),
            limits.body_bytes_max, limits.items_max,
        )  # fmt: skip

    def _map(self, passage: Passage) -> None:
        """A platform's records become canonical objects, as its profile says."""
        assert passage.origin.mapper is not None  # noqa: S101 (the caller asked)
        limits, request, profile = self.limits, passage.request, passage.origin.profile
        bytes_max = min(limits.body_bytes_max, profile.body_bytes_max or limits.body_bytes_max)
        records, passage.warnings = read(profile, request, passage.now, bytes_max, limits.items_max)
        for mapped in (each for record in records for each in passage.origin.mapper.map(record)):
            index = len(passage.values) + passage.ignored
            if index >= limits.items_max:  # a rule's `each` makes items of a list inside one record
                raise DeliveryRefusedError("items_too_many", f"over {limits.items_max} items")
            if mapped.ignored:
                passage.ignored += 1
                passage.results.append({"index": index, "id": None, "result": "ignored", "reason": "ignored",
                                        "detail": mapped.ignored})  # fmt: skip
                continue
            refused = ItemRefusedError("unknown_event", "item", mapped.unknown) if mapped.unknown else None
            passage.values.append(Value(index, mapped.value, mapped.record, mapped.said, refused))
            passage.warnings += [f"item {index}: {warning}" for warning in mapped.warnings]

    def parse(self, passage: Passage) -> None:
        """Objects become items; each that cannot is quarantined with its reason."""
        context, stated = self._context(passage), Stated()
        for value in passage.values:
            index = value.index
            try:
                if value.refused:
                    raise value.refused
                parsed = parse_item(value.value, index, context, value.said)
            except ItemRefusedError as error:
                passage.quarantined.append(_quarantine(value, error, passage.origin.profile.redact))
                passage.results.append({
                    "index": index, "id": _id_of(value.value), "result": "quarantined",
                    "reason": error.code, "detail": error.words(),
                })  # fmt: skip
            else:
                if context.traffic == "test" and parsed.item.type in STATEMENT_TYPES:
                    passage.ignored += 1  # a statement has no traffic: its invented money would stand in the books
                    passage.results.append({"index": index, "id": _id_of(value.value), "result": "ignored",
                                            "reason": "ignored", "detail": TEST_STATEMENT})  # fmt: skip
                    continue
                before = stated.contradicts(parsed.item, index)
                if before is not None:
                    passage.warnings.append(f"item {index}: {TWICE.format(before)}")
                passage.accepted.append(parsed.item)
                if parsed.warnings:
                    passage.warnings += [f"item {index}: {warning}" for warning in parsed.warnings]

    def journal(self, passage: Passage) -> None:
        """Put the delivery on disk, and wait for it. Raises DeliveryRefusedError."""
        waiting = self._hand_over(passage, None)
        known = waiting.wait(self.seconds_max)
        if not known or waiting.failed:
            waiting.give_up()
            raise DeliveryRefusedError(waiting.failed if known and waiting.failed else LATE)
        if passage.refused:
            raise passage.refused

    def _hand_over(self, passage: Passage, then: Callable[[], None] | None) -> Waiting:
        """Hand the delivery to the journal. A strict sender's unusable body is kept for diagnosis only."""
        refused = passage.origin.strict and bool(passage.quarantined) and not passage.accepted
        delivery = self._written(passage, "diagnosis" if refused else "accepted")
        if refused:
            passage.refused = passage.undecodable or DeliveryRefusedError(
                "all_invalid", "; ".join(result["detail"] for result in passage.results[:5])
            )
        try:
            is_canary = self._perch is not None and passage.origin is self._perch.origin
            waiting = (self._perch if is_canary and self._perch else self._journal).hand_over(delivery, then)
        except JournalError as error:
            raise DeliveryRefusedError(error.code) from None
        passage.delivery = delivery
        return waiting

    def _written(self, passage: Passage, disposition: str) -> Delivery:
        items, origin = pack(passage.accepted, passage.quarantined, passage.ignored), passage.origin
        return kept(passage.request, origin, passage.received_at, disposition, items)

    def count_refusal(self, sender: str, code: str, body_bytes: int) -> None:
        """Count what was turned away."""
        self._journal.count_refusal(sender, code, body_bytes)

    def _context(self, passage: Passage) -> Context:
        origin, headers = passage.origin, passage.request.headers
        return Context(
            sender=origin.name,
            zone=origin.zone,
            currency=origin.currency,
            network=origin.network,
            now=passage.now,
            visitor_key=self._visitor_key,
            message_id=headers.get(origin.profile.message_id_header, ""),
            traffic="test" if headers.get("whichad-test") == "1" else None,
            repeats="ignore" if origin.mapper is not None and origin.mapper.repeats == "ignore" else None,
        )


def _quarantine(value: Value, error: ItemRefusedError, redact: tuple[str, ...]) -> Quarantined:
    # The quarantine is shown, and a visitor's id is never stored outside the raw body.
    text = shown(value.raw, redact, ITEM_CHARS_MAX)
    return Quarantined(
        value.index, _id_of(value.value), error.code, error.field, error.detail or REASONS[error.code], text
    )


def _id_of(value: Any) -> str | None:
    given = value.get("id") if isinstance(value, dict) else None
    if isinstance(given, str | int) and not isinstance(given, bool):
        return str(given)[:200].encode("utf-8", "replace").decode()
    return None
