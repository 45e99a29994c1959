"""This module owns how a world is posted: shuffled, some of it twice, in deliveries of each sender."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from acceptance.business import AS_OF
from acceptance.buying import Item
from journeys import Books

DELIVERY_ITEMS = 250
ZONES = {"facebook_reports": "America/Los_Angeles", "tiktok_reports": "Europe/Berlin", "taboola_reports": "UTC",
         "tonic": "America/Los_Angeles", "tonic_final": "America/Los_Angeles", "shop": "Europe/Berlin"}  # fmt: skip
SETTLES = {"tonic_final": "tonic"}


def settings(kind: str, timezone: str, currency: str, rates: Path, senders: tuple[str, ...]) -> dict[str, Any]:
    """The whichad.toml of a world, as values."""
    tables: dict[str, Any] = {name: {"timezone": ZONES.get(name, "UTC")} for name in senders}
    for name, feed in SETTLES.items():
        if name in tables:
            tables[name]["settles"] = feed
    return {"kind": kind, "timezone": timezone, "currency": currency, "senders": tables,
            "currencies": {"rates": str(rates)}, "spend": {"facebook": {"from": "facebook_reports"}}}  # fmt: skip


def deliveries(items: list[tuple[str, Item]], seed: int) -> list[tuple[str, datetime, list[Item]]]:
    """(sender, when received, items): every item once, one in twenty again later, in an order of this seed's."""
    chance = Random(seed)
    sent = items + chance.sample(items, len(items) // 20)
    chance.shuffle(sent)
    by_sender: dict[str, list[Item]] = {}
    for sender, item in sent:
        by_sender.setdefault(sender, []).append(item)
    packed = [(sender, own[first : first + DELIVERY_ITEMS])
              for sender, own in by_sender.items() for first in range(0, len(own), DELIVERY_ITEMS)]  # fmt: skip
    chance.shuffle(packed)
    begin = AS_OF - timedelta(hours=2)
    return [(sender, begin + timedelta(seconds=number), own) for number, (sender, own) in enumerate(packed)]


def post(books: Books, items: list[tuple[str, Item]], seed: int) -> Books:
    """Put a world into the books and build them."""
    for sender, received, own in deliveries(items, seed):
        books.post(*own, sender=sender, at=received)
    return books.build(AS_OF)
