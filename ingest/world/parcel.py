"""This module owns the parcel: one item on its way from a sender, with what only the world knows about it."""

from typing import Any, NamedTuple

Item = dict[str, Any]


class Parcel(NamedTuple):
    """An item of the contract and when it is sent. Times are milliseconds since the epoch.

    `creative` is the position of the true creative in `World.truth`, or -1. `human` is what a receiver should
    find out from `traffic` or from macros in ids. `repeat` marks an item that was sent before.
    """

    send_at: int
    occurred_at: int
    sender: str
    item: Item
    creative: int = -1
    human: bool = True
    repeat: bool = False


def money(ten_thousandths: int) -> str:
    """An amount as the contract's decimal string, four places."""
    return f"{ten_thousandths / 10_000:.4f}"


def cents(amount: int) -> str:
    """An amount of cents as the contract's decimal string, two places."""
    return f"{amount / 100:.2f}"
