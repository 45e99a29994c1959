"""This module owns the world as one stream of parcels in the order in which they are sent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter

from ingest.world import arbitrage, shop
from ingest.world.bots import bot_parcels
from ingest.world.cast import make_cast
from ingest.world.clicks import Slot
from ingest.world.days import ms_of
from ingest.world.ledger import Ledger
from ingest.world.market import Boost, Market
from ingest.world.mess import scatter
from ingest.world.parcel import Parcel
from ingest.world.reports import report_parcels, run
from ingest.world.senders import REPORTING_ZONES, SENDERS, WorldSender
from ingest.world.statements import catalogue_parcels, impression_parcels, settlement_parcels
from ingest.world.truth import Cast, TrueCreative

HISTORY_DAYS = 28
_FUNNELS = {"arbitrage": arbitrage.funnel_parcels, "shop": shop.shop_parcels}
_LAGS = {"arbitrage": arbitrage.LAG_MAX, "shop": shop.LAG_MAX}
_ITEMS_PER_CLICK = {"arbitrage": arbitrage.ITEMS_PER_CLICK, "shop": shop.ITEMS_PER_CLICK}


class World:
    """A simulated world: a pure function of (kind, seed, start, scale, boost), without end in time.

    `start` is a UTC day; `scale` multiplies the traffic (1.0: about 5,500 items a day).
    """

    def __init__(self, kind: str, seed: int, start: date, scale: float = 1.0, boost: Boost | None = None) -> None:
        if kind not in SENDERS:
            raise ValueError(f"{kind!r} is not a kind of world; there are {', '.join(SENDERS)}")
        self.kind, self.seed, self.start, self.scale, self.boost = kind, seed, start, scale, boost
        self.begin = datetime(start.year, start.month, start.day, tzinfo=UTC)
        self.cast: Cast = make_cast(kind, seed)
        self.market = Market(self.cast, seed, ms_of(self.begin), scale, boost)

    @property
    def truth(self) -> list[TrueCreative]:
        """The true creatives; `Parcel.creative` is a position in this list."""
        return list(self.cast.creatives)

    @property
    def senders(self) -> tuple[WorldSender, ...]:
        """Who posts."""
        return SENDERS[self.kind]

    @property
    def zone(self) -> str:
        """The reporting zone that fits this world."""
        return REPORTING_ZONES[self.kind]

    def boosted(self, since: datetime, items_per_second: float) -> "World":
        """The same world with more traffic from `since` on, so that it sends about `items_per_second` then.

        What happened before `since`, and what follows from it, stays as it is.
        """
        own = float(self.market.rates.clicks_per_day.sum())
        wanted = items_per_second * 86_400 / _ITEMS_PER_CLICK[self.kind]
        boost = Boost(ms_of(since), max(wanted - own, 1.0))
        return World(self.kind, self.seed, self.start, self.scale, boost)

    def items_between(self, since: datetime, until: datetime | None = None) -> Iterator[Parcel]:
        """The parcels sent in [since, until), in the order of their sending; without `until` there is no end."""
        first, last = ms_of(since), ms_of(until) if until else None
        pending: list[Parcel] = []
        reach = max(first - _LAGS[self.kind], self.market.start)
        for slot in self.market.slots(reach):  # nothing is sent before its slot begins
            due = [parcel for parcel in pending if parcel.send_at < slot.begin]
            yield from (each for each in due if each.send_at >= first and (last is None or each.send_at < last))
            if last is not None and slot.begin >= last:
                return
            pending = pending[len(due) :] + self.slot_parcels(slot)
            pending.sort(key=attrgetter("send_at"))

    def slot_parcels(self, slot: Slot) -> list[Parcel]:
        """Everything that follows from one slot, late and repeated items included, in no order."""
        parcels = _FUNNELS[self.kind](self.market, slot)
        parcels += bot_parcels(self.market, slot) + impression_parcels(self.market, slot)
        if not slot.live:
            parcels += report_parcels(self.market, slot) + catalogue_parcels(self.market, slot)
            parcels += settlement_parcels(self.market, slot, self.zone)
        return scatter(parcels, self.market.rng(slot, 6))

    def reports_at(self, moment: datetime) -> list[Parcel]:
        """Reports of the current local days as known at `moment`, besides the scheduled ones: for live use."""
        return run(self.market, ms_of(moment), restate=False)

    def ledger(self, since: datetime, until: datetime) -> Ledger:
        """The account of everything sent in [since, until)."""
        return Ledger(self.zone, self.items_between(since, until))


def world_for(kind: str, now: datetime, *, seed: int = 7, days: int = HISTORY_DAYS, scale: float = 1.0) -> World:
    """The world whose history of `days` days ends at `now`. It begins at a UTC midnight; keep `World.start`
    to continue the same world on another day.
    """
    return World(kind, seed, (now.astimezone(UTC) - timedelta(days=days)).date(), scale)
