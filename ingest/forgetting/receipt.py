"""This module owns the receipt of a forgetting: what was erased where and when, and what is out of our reach.

It names nobody: neither the id nor its hash, for a receipt is kept.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

OUTSIDE = (
    "Backups made before this moment still hold the person: delete them, or restore none of them without forgetting"
    " again.",
    "Published files and exports hold counts and money, and no visitor's id or hash.",
    "What senders and platforms themselves keep of the person is theirs to erase.",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one forgetting did. `erased`: rows per place; `stays`: sentences about what was left, and why."""

    receipt: str
    began_at: str
    ended_at: str
    actor: str
    reason: str
    erased: dict[str, int]
    sent_on: int
    stays: tuple[str, ...] = ()
    outside: tuple[str, ...] = field(default=OUTSIDE)

    def plain(self) -> dict[str, Any]:
        """The receipt as JSON has it."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str, str]]:
        """The receipt as rows of (what, where, value)."""
        told = [("receipt", "", self.receipt), ("began", "", self.began_at), ("ended", "", self.ended_at),
                ("by", "", self.actor), ("reason", "", self.reason)]  # fmt: skip
        told += [("erased", place, str(rows)) for place, rows in self.erased.items()]
        told.append(("sent on before", "relay", str(self.sent_on)))
        told += [("stays", "", each) for each in self.stays]
        return told + [("outside", "", each) for each in self.outside]


def moment(microseconds: int) -> str:
    """Unix microseconds as RFC 3339."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def stays(arrived_since: int, shared: int, texts: int, has_orders: bool) -> tuple[str, ...]:
    """Sentences about what was not erased."""
    found = []
    if arrived_since:
        found.append(f"{arrived_since} deliveries came after it began, and are new: run forget again to erase them.")
    if shared:
        found.append(f"{shared} ids stand in rows of other visitors as well, so they say nothing of one person.")
    if texts:
        found.append(f"{texts} ad texts hold one of the ids: a text is what an ad said, and stays.")
    if has_orders:
        found.append("Order numbers stay, as asked, so that refunds and updates still find their order.")
    return tuple(found)
