"""This module owns the model of journal and store: a dictionary from keys to contents, and deliveries to fill it."""

from collections import Counter

from hypothesis import strategies as st

from ingest.door.passage import Passage
from ingest.items.item import Interaction, Item

VERSIONED = {"revenue", "conversion", "ad_click", "refund"}


def winner(contents: set[int]) -> int:
    """Of several contents under a key that has no versions, the one that is there: the smallest content hash.

    The one place of this rule: which of them came first must not matter.
    """
    return min(contents)


class Model:
    """What was acknowledged: a dictionary from key to contents, and a list of what could not be used."""

    def __init__(self) -> None:
        self.contents: dict[int, set[int]] = {}
        self.versioned: dict[int, bool] = {}
        self.refused: set[tuple[str, int | None, str]] = set()
        self.counts: Counter[str] = Counter()

    def add(self, passage: Passage) -> None:
        """Take note of one acknowledged delivery."""
        assert passage.delivery is not None
        self.counts["deliveries"] += 1
        self.counts["items"] += len(passage.accepted) + len(passage.quarantined)
        for item in passage.accepted:
            self.contents.setdefault(item.key_hash, set()).add(item.content_hash)
            self.versioned[item.key_hash] = _is_versioned(item)
        for each in passage.quarantined:
            self.refused.add((passage.delivery.body_hash.hex(), each.index, each.code))

    @property
    def rows(self) -> set[tuple[int, int]]:
        """(key, content) of every row that must be there."""
        return {
            (key, content)
            for key, contents in self.contents.items()
            for content in (contents if self.versioned[key] else {winner(contents)})
        }

    @property
    def loads(self) -> tuple[int, ...]:
        """The sums of the load counts: deliveries, items, rows, duplicates, quarantined, ignored."""
        rows = len(self.rows)
        conflicts = sum(map(len, self.contents.values())) - rows
        quarantined = conflicts + len(self.refused)
        items = self.counts["items"]
        return self.counts["deliveries"], items, rows, items - rows - quarantined, quarantined, 0


def _is_versioned(item: Item) -> bool:
    return not isinstance(item, Interaction) or item.type in VERSIONED


AT = "2026-11-23T08:00:00Z"
identities = st.integers(0, 3)
clicks = st.builds(
    lambda n, text: {"type": "click", "id": f"c{n}", "occurred_at": AT, "rac": f"Text {text}", "ad_id": f"a{n}"},
    identities, st.integers(0, 2),
)  # fmt: skip
revenues = st.builds(
    lambda n, cents, stage: {"type": "revenue", "id": f"r{n}", "occurred_at": AT, "transaction_id": f"t{n}",
                             "revenue": f"{cents}.00", "revenue_stage": stage},
    identities, st.integers(0, 3), st.sampled_from(["estimated", "final"]),
)  # fmt: skip
reports = st.builds(
    lambda n, cents: {"type": "report", "day": "2026-11-22", "level": "ad", "ad_id": f"a{n}", "cost": f"{cents}.00"},
    identities, st.integers(0, 3),
)  # fmt: skip
ads = st.builds(
    lambda n, text: {"type": "ad", "ad_id": f"a{n}", "network": "facebook", "rac": f"Text {text}"},
    identities,
    identities,
)
unusable = st.sampled_from([{"type": "click"}, {"id": "x", "type": "nothing"}, [], "text"])
deliveries = st.lists(st.one_of(clicks, clicks, revenues, reports, ads, unusable), min_size=1, max_size=4)
