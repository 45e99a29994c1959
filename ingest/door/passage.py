"""This module owns a passage: one request on its way through the door's steps, and what became of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ingest.door.request import Request
from ingest.items.item import Item, Quarantined
from ingest.rejection import DeliveryRefusedError, ItemRefusedError
from ingest.segments.segment import Delivery
from ingest.senders.origin import Origin

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (stored times are naive UTC)


@dataclass(frozen=True, slots=True)
class Value:
    """A canonical object, or why there is none; `raw` is what the platform sent."""

    index: int
    value: Any
    raw: Any
    said: Mapping[str, str] | None = None
    refused: ItemRefusedError | None = None


@dataclass(slots=True)
class Passage:
    """One request on its way through the steps."""

    origin: Origin
    request: Request
    received_at: int  # unix microseconds
    values: list[Value] = field(default_factory=list)
    accepted: list[Item] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    ignored: int = 0
    results: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    undecodable: DeliveryRefusedError | None = None
    delivery: Delivery | None = None
    refused: DeliveryRefusedError | None = None  # what its sender hears once it is on disk, for diagnosis

    @property
    def now(self) -> datetime:
        """The moment of receipt, naive UTC."""
        return _EPOCH + timedelta(microseconds=self.received_at)
