"""This module owns the traffic of a world: its slots, its random streams, and the clicks of each slot.

Every slot has random streams of its own, keyed by (seed, slot, purpose), so what happens on a day does not
depend on which other days were played.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar
from zlib import crc32

import numpy as np

from ingest.world.clicks import RETURNING_SHARE, Clicks, Rates, Slot, draw_clicks
from ingest.world.days import DAY, MINUTE
from ingest.world.truth import Cast

T = TypeVar("T")
LIVE_SLOT = 5 * MINUTE
_KEPT_MAX = 2000  # slots of arrays: reports look back two days, which are 576 live slots


@dataclass(frozen=True)
class Boost:
    """More traffic from `since` (ms) on: `clicks_per_day` besides the world's own."""

    since: int
    clicks_per_day: float


class Market:
    """The clicks of a world, slot by slot; a cache in front of pure functions."""

    def __init__(self, cast: Cast, seed: int, start: int, scale: float, boost: Boost | None) -> None:
        self.cast = cast
        self.seed = seed
        self.start = start
        self.boost = boost
        self.rates = Rates.of(cast, scale)
        # Ids of worlds that differ must differ, or replaying another one would look like a conflict.
        self.tag = f"{crc32(repr((cast.kind, seed, start, scale)).encode()):08x}"
        self._kept: OrderedDict[tuple[str, str], object] = OrderedDict()

    def slots(self, begin: int) -> Iterator[Slot]:
        """All slots that end after `begin`, in order of their begin, without end."""
        day = max((begin - self.start) // DAY, 0)
        while True:
            yield self._day_slot(day)
            yield from self._live_slots(max(self.start + day * DAY, begin), self.start + (day + 1) * DAY)
            day += 1

    def slots_between(self, begin: int, end: int) -> list[Slot]:
        """The slots that overlap [begin, end)."""
        first = max((begin - self.start) // DAY, 0)
        last = (end - 1 - self.start) // DAY
        return [self._day_slot(day) for day in range(first, last + 1)] + list(self._live_slots(begin, end))

    def clicks(self, slot: Slot) -> Clicks:
        """The clicks of a slot."""
        return self.kept("clicks", slot, self._draw)

    def rng(self, slot: Slot, purpose: int) -> np.random.Generator:
        """The random stream of a slot for one purpose."""
        since = self.boost.since if self.boost and slot.live else 0
        return np.random.default_rng([self.seed, since, int(slot.live), slot.number, purpose])

    def kept(self, name: str, slot: Slot, make: Callable[[Slot], T]) -> T:
        """`make(slot)`, remembered for as long as reports and settlements may ask for it again."""
        key = (name, slot.key)
        if key not in self._kept:
            self._kept[key] = make(slot)
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
        return self._kept[key]  # type: ignore[return-value]  # `name` decides the type

    def visitor_id(self, slot: Slot, day: int, number: int) -> str:
        """The id of a visitor: their number in this slot (`day` < 0) or in the slot of an earlier day."""
        return f"v-{self.tag}{slot.key if day < 0 else f'd{day}'}-{number}"

    def _day_slot(self, day: int) -> Slot:
        begin = self.start + day * DAY
        return Slot(f"d{day}", day, begin, begin + DAY, day)

    def _live_slots(self, begin: int, end: int) -> Iterator[Slot]:
        if self.boost is None:
            return
        for number in range(max(begin, self.boost.since) // LIVE_SLOT, -(-end // LIVE_SLOT)):
            at = number * LIVE_SLOT
            key = f"x{self.boost.since // 1000:x}-{number}"
            yield Slot(key, number, at, at + LIVE_SLOT, (at - self.start) // DAY, live=True)

    def _draw(self, slot: Slot) -> Clicks:
        own = np.where(self.rates.first_day <= slot.day, self.rates.clicks_per_day, 0.0)
        # Numbers that exist on any day, even a slow one.
        regulars = max(0.7 * float(own.sum()) * (1 - RETURNING_SHARE[self.cast.kind]), 1.0)
        if slot.live and self.boost is not None:
            own = own * (self.boost.clicks_per_day / own.sum())
            if slot.begin < self.boost.since:
                slot = replace(slot, begin=self.boost.since)
        return draw_clicks(self.cast, self.rates, slot, self.start, own, regulars, self.rng(slot, 1))
