"""This module owns validation: what a delivery would become, step by step, with nothing stored."""

import dataclasses
import time
from typing import Any

from ingest.creative import explain, identify
from ingest.delivery import Door
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.items.item import Ad, Interaction, Item
from ingest.rejection import problem
from ingest.senders.origin import Origin

HIDDEN = ("key_hash", "content_hash", "visitor")


def validated(door: Door, origin: Origin, request: Request) -> dict[str, Any]:
    """The canonical rows, how each text was settled, what would be quarantined. Raises DeliveryRefusedError."""
    passage = Passage(origin, request, time.time_ns() // 1000)
    for step in (door.authenticate, door.decode, door.parse):
        step(passage)
    return report(passage)


def report(passage: Passage) -> dict[str, Any]:
    """What a passage came to, for people."""
    strict = passage.origin.strict and bool(passage.quarantined) and not passage.accepted
    return {
        "sender": passage.origin.name,
        "profile": passage.origin.sender.profile,
        "stored": False,
        "would_answer": 200 if not strict else 400 if passage.undecodable else 422,
        "accepted": [_shown(item) for item in passage.accepted],
        "quarantined": [dataclasses.asdict(each) for each in passage.quarantined],
        "ignored": passage.ignored,
        "results": passage.results,
        "warnings": passage.warnings,
        **(
            {"problem": problem(passage.undecodable.refusal, passage.undecodable.detail)} if passage.undecodable else {}
        ),
    }


def _shown(item: Item) -> dict[str, Any]:
    row = {
        field.name: getattr(item, field.name)
        for field in dataclasses.fields(item)
        if field.name not in HIDDEN and getattr(item, field.name) is not None
    }
    if isinstance(item, Interaction | Ad) and item.creative_raw is not None:
        found = identify(item.creative_raw)
        row["creative"] = {
            "steps": [{"step": step, "text": text} for step, text in explain(item.creative_raw)],
            "text": found.text, "status": found.status, "flags": list(found.flags), "creative_id": found.creative_id,
        }  # fmt: skip
    return row
