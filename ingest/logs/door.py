"""This module owns what the door logs of one delivery: accepted at debug, quarantined and refused at info.

Whoever floods the door shall not flood the log: of what is refused or quarantined a process writes so many lines a
second, and how many it left out stands in the next one. All of them are counted in `/metrics`.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from ingest import logs
from ingest.door.passage import Passage

LINES_A_SECOND = 20


@dataclass(slots=True)
class _Flow:
    second: int = 0
    lines: int = 0
    left_out: int = 0


_flow = _Flow()


def taken(passage: Passage) -> None:
    """A delivery is on disk."""
    if not logs.wants(logging.INFO) or passage.delivery is None:
        return
    said: dict[str, Any] = {"delivery_id": passage.delivery.delivery_id, "sender": passage.origin.name,
            "accepted": len(passage.accepted)}  # fmt: skip
    if passage.quarantined:
        if (left_out := _may_say()) is not None:
            reasons = sorted({each.code for each in passage.quarantined})
            logs.event("quarantined", **said, quarantined=len(passage.quarantined), reasons=reasons, **left_out)
    else:
        logs.event("accepted", "debug", **said)


def refused(sender: str, code: str, body_bytes: int) -> None:
    """A request was turned away; `sender` is a configured one, or empty."""
    if logs.wants(logging.INFO) and (left_out := _may_say()) is not None:
        logs.event("refused", sender=sender, code=code, bytes=body_bytes, **left_out)


def _may_say() -> dict[str, Any] | None:
    """What to add to one more line; None where this second has had its lines."""
    now = int(time.monotonic())
    if now != _flow.second:
        _flow.second, _flow.lines = now, 0
    if _flow.lines >= LINES_A_SECOND:
        _flow.left_out += 1
        return None
    _flow.lines += 1
    left_out, _flow.left_out = _flow.left_out, 0
    return {"left_out": left_out} if left_out else {}
