"""This module owns the exact account of what was sent: what a correct receiver must come to, to the cent.

It reads parcels as the contract says they count: repeats are nothing new, a newer statement replaces an older
one, revenue sets its transaction's amount by stage, corroborated orders count once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ingest.world.days import label_of, local_day, number_of
from ingest.world.parcel import Parcel
from ingest.world.spend import Spend, SpendBook

STAGES = {"pre_estimated": 1, "estimated": 2, "final": 3, "adjusted": 4}
SYSTEM_OF_RECORD = "shop"
ZERO = Decimal(0)


@dataclass(frozen=True)
class Totals:
    """What happened on some days, people only. `revenue` is before `refunds`; `conversions` are by kind.

    `revenue_by_transaction` ignores settlements; in `revenue` they replace the transactions of their cell.
    """

    counts: dict[str, int]  # by item type, impressions with their `count`
    conversions: dict[str, int]
    spend: Spend
    revenue: Decimal
    revenue_by_transaction: Decimal
    refunds: Decimal


@dataclass
class Tally:
    """What one creative really got: observed clicks, goals (ad clicks or purchases), their money before refunds."""

    clicks: int = 0
    goals: int = 0
    revenue: Decimal = ZERO


@dataclass
class Sale:
    """An ad click or purchase, and the latest word about its money."""

    day: int | None = None  # None: revenue or a refund came, its ad click or order has not
    click_id: str | None = None
    cell: tuple[str, str] = ("", "")  # sender, campaign
    creative: int = -1
    rank: tuple[int, int] = (0, 0)
    revenue: Decimal = ZERO
    refunds: Decimal = ZERO


class Ledger:
    """Accumulates parcels; days are those of the reporting zone, except the day labels of statements."""

    def __init__(self, zone: str, parcels: Iterable[Parcel] = ()) -> None:
        self.zone = zone
        self.items = 0  # all parcels, repeats included
        self.repeats = 0
        self.not_human = 0
        self.spend = SpendBook()
        self.sales: defaultdict[str, Sale] = defaultdict(Sale)
        self.settlements: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
        self._counts: Counter[tuple[int, str]] = Counter()
        self._conversions: Counter[tuple[int, str]] = Counter()
        self._creatives: Counter[int] = Counter()
        self._click_days: dict[str, int] = {}
        for parcel in parcels:
            self.add(parcel)

    def add(self, parcel: Parcel) -> None:
        """Take one sent parcel."""
        self.items += 1
        if parcel.repeat or not parcel.human:
            self.repeats += parcel.repeat
            self.not_human += not parcel.repeat
            return
        item, kind = parcel.item, parcel.item["type"]
        if kind == "report":
            self.spend.report(parcel.occurred_at, item)
        elif kind == "settlement":
            self._settlement(parcel)
        elif kind != "ad":
            self._interaction(parcel, kind)

    def _settlement(self, parcel: Parcel) -> None:
        key = (parcel.sender, str(parcel.item["campaign_id"]), str(parcel.item["day"]))
        known = self.settlements.get(key)
        if known is None or parcel.occurred_at >= known[0]:
            self.settlements[key] = (parcel.occurred_at, Decimal(parcel.item["revenue"]))

    def _interaction(self, parcel: Parcel, kind: str) -> None:
        item, day = parcel.item, local_day(self.zone, parcel.occurred_at)
        if kind in {"revenue", "refund"}:
            self._money(parcel, self.sales[item["transaction_id"]])
        elif kind == "conversion":
            self._conversion(parcel, day)
            return  # counted by kind, and only the system of record's
        elif kind == "click":
            self._click_days[item["click_id"]] = day
            self._creatives[parcel.creative] += 1
            if "cost" in item:
                self.spend.click(label_of(day).isoformat(), item)
        elif kind == "ad_click":
            self._sale(parcel, day)
        self._counts[day, kind] += item.get("count", 1)

    def _conversion(self, parcel: Parcel, day: int) -> None:
        if parcel.sender == SYSTEM_OF_RECORD:
            self._conversions[day, parcel.item["conversion_kind"]] += 1
            if parcel.item["conversion_kind"] == "purchase":
                self._sale(parcel, day)

    def _sale(self, parcel: Parcel, day: int) -> None:
        sale = self.sales[parcel.item["transaction_id"]]
        sale.day, sale.creative = day, parcel.creative
        if parcel.item["type"] == "ad_click":
            sale.click_id = parcel.item["click_id"]
            sale.cell = (parcel.sender, parcel.item["campaign_id"])
        if "revenue" in parcel.item:
            self._money(parcel, sale)

    def _money(self, parcel: Parcel, sale: Sale) -> None:
        amount = Decimal(parcel.item["revenue"])
        if parcel.item["type"] == "refund":
            sale.refunds += amount
            return
        rank = (STAGES[parcel.item.get("revenue_stage", "final")], parcel.occurred_at)
        if rank >= sale.rank:
            sale.rank, sale.revenue = rank, amount

    def day_of(self, sale: Sale) -> int:
        """The day number on which a sale is booked: of its paid click if that is known, else its own; else -1."""
        return -1 if sale.day is None else self._click_days.get(sale.click_id or "", sale.day)

    def totals(self, first: date = date.min, last: date = date.max) -> Totals:
        """The exact totals of the days from `first` to `last`, both included; of all days if not said.

        A world begins at a UTC midnight, which in American zones is still the day before `World.start`.
        """
        days = range(number_of(first), number_of(last) + 1)
        counts, conversions = Counter[str](), Counter[str]()
        for source, target in ((self._counts, counts), (self._conversions, conversions)):
            for (day, name), n in source.items():
                if day in days:
                    target[name] += n
        sales = [(day, sale) for sale in self.sales.values() if (day := self.day_of(sale)) in days]
        unsettled = [s for day, s in sales if (*s.cell, label_of(day).isoformat()) not in self.settlements]
        settled = [
            amount for (_, _, day), (_, amount) in self.settlements.items() if first <= date.fromisoformat(day) <= last
        ]
        return Totals(
            dict(counts),
            dict(conversions),
            self.spend.total(first, last),
            sum((sale.revenue for sale in unsettled), ZERO) + sum(settled, ZERO),
            sum((sale.revenue for _, sale in sales), ZERO),
            sum((sale.refunds for _, sale in sales), ZERO),
        )

    def by_creative(self) -> dict[int, Tally]:
        """What each true creative got, by its position in the world's truth; -1 collects what had none."""
        tallies: defaultdict[int, Tally] = defaultdict(Tally)
        for creative, clicks in self._creatives.items():
            tallies[creative].clicks = clicks
        for sale in self.sales.values():
            if sale.day is not None:
                tallies[sale.creative].goals += 1
                tallies[sale.creative].revenue += sale.revenue
        return dict(tallies)
