"""This module owns deliveries: how a sender packs its parcels into webhook bodies within the contract's limits."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from ingest.world.mess import shuffled
from ingest.world.parcel import Parcel
from ingest.world.senders import WorldSender

ITEMS_MAX = 500  # half of what ingest takes
BODY_BYTES_MAX = 900_000  # ingest takes 1 MiB
NDJSON = "application/x-ndjson"


@dataclass(frozen=True)
class Delivery:
    """One webhook, ready to be signed. The message id depends on what is sent only, so a replay has the same one."""

    sender: str
    message_id: str
    content_type: str
    body: bytes
    parcels: tuple[Parcel, ...]


class Packer:
    """Collects parcels per sender until a delivery is full; a sender of statements posts each run at once."""

    def __init__(self, senders: Iterable[WorldSender], items_max: int = ITEMS_MAX) -> None:
        self._senders = {sender.name: sender for sender in senders}
        self._waiting: dict[str, list[Parcel]] = {name: [] for name in self._senders}
        self._items_max = items_max

    def add(self, parcel: Parcel) -> list[Delivery]:
        """Take a parcel; the deliveries that are full now."""
        waiting = self._waiting[parcel.sender]
        full = len(waiting) >= self._items_max
        next_run = self._senders[parcel.sender].states and waiting and waiting[-1].send_at != parcel.send_at
        deliveries = self._pack(parcel.sender) if full or next_run else []
        self._waiting[parcel.sender].append(parcel)
        return deliveries

    def flush(self) -> list[Delivery]:
        """Deliveries of everything that still waits."""
        return [delivery for name in self._senders for delivery in self._pack(name)]

    def _pack(self, name: str) -> list[Delivery]:
        waiting, self._waiting[name] = self._waiting[name], []
        return pack(self._senders[name], waiting)


def pack(sender: WorldSender, parcels: list[Parcel]) -> list[Delivery]:
    """One delivery of all parcels, or several where the body would be too long."""
    if not parcels:
        return []
    if not sender.states:
        parcels = shuffled(parcels, parcels[0].item["id"])
    lines = [orjson.dumps(parcel.item) for parcel in parcels]
    if sum(map(len, lines)) + 2 * len(lines) > BODY_BYTES_MAX and len(parcels) > 1:
        half = len(parcels) // 2
        return pack(sender, parcels[:half]) + pack(sender, parcels[half:])
    ndjson = sender.speaks == "ndjson" and len(lines) > 1
    body = b"\n".join(lines) if ndjson else lines[0] if len(lines) == 1 else b"[" + b",".join(lines) + b"]"
    # An item alone and its repeat alone have the same body, and are two deliveries.
    seal = hashlib.sha256(f"{sender.name}\0{parcels[0].send_at}\0".encode() + body)
    message_id = f"msg_{seal.hexdigest()[:24]}"
    return [Delivery(sender.name, message_id, NDJSON if ndjson else "application/json", body, tuple(parcels))]
