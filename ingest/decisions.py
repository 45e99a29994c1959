"""This module owns decisions: what people decided, appended to the journal with actor and reason.

The command line and the dashboard only append here; the loop applies. Nothing is ever edited in place.
"""

import hashlib
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from ingest.door.keeping import new_delivery_id
from ingest.journal import Journal
from ingest.segments.segment import Delivery

KINDS = ("merge", "unmerge", "rules", "discard", "forget")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (stored times are naive UTC)


def append(journal_dir: Path, kind: str, subject: str, target: str | None, actor: str, reason: str, at: int = 0) -> str:
    """Put one decision on disk; returns its id. Raises ValueError for an unknown kind, JournalError for the disk.

    `at`: when it was decided, in unix microseconds; now, if left out.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a decision; there are {', '.join(KINDS)}")
    now = at or time.time_ns() // 1000
    decision = {
        "decision_id": f"x{now:013x}{secrets.token_hex(4)}",
        "decided_at": _EPOCH + timedelta(microseconds=now),
        "kind": kind, "subject": subject, "object": target, "actor": actor, "reason": reason,
    }  # fmt: skip
    body = orjson.dumps(decision)
    journal = Journal(journal_dir, "decisions", rows_max=1000, seconds_max=3600, clock=lambda: now / 1e6)
    try:
        journal.append(
            Delivery(
                new_delivery_id(now),
                now,
                "(decisions)",
                "decision",
                "",
                "application/json",
                hashlib.sha256(body).digest(),
                body,
                orjson.dumps({"decisions": [decision]}).decode(),
            )
        )
    finally:
        journal.close()
    return str(decision["decision_id"])
