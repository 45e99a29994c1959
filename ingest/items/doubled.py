"""This module owns statements that contradict each other: two of one cell, said at one moment, with other figures.

Only one of them could count, and nobody could say which: an export that is broken down by something that a cell does
not know (age, placement, hour) must not lose money in silence.
"""

from datetime import datetime

from ingest.items.item import Item, Report, Settlement

_CELLS = (Report, Settlement)


class Stated:
    """The cells that were stated so far, each with its place."""

    def __init__(self) -> None:
        """Nothing is stated yet."""
        self._cells: dict[tuple[int, datetime], tuple[int, int]] = {}

    def contradicts(self, item: Item, place: int) -> int | None:
        """The place of an earlier statement of the same cell and moment with other figures; None where there is none.

        Of two moments, the newer one is a revision.
        """
        if not isinstance(item, _CELLS):
            return None
        before, content = self._cells.setdefault((item.key_hash, item.stated_at), (place, item.content_hash))
        return before if content != item.content_hash else None
