"""This module owns the account of spend: the newest version of each report row, and costs stated on clicks."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ingest.world.parcel import Item

ZERO = Decimal(0)
Key = tuple[str, str, str, str]  # account, day label, level, id


@dataclass(frozen=True)
class Spend:
    """Money spent: in ad rows, in campaign rows beyond their ads, and stated on clicks; and what was reported."""

    in_ads: Decimal = ZERO
    campaign_only: Decimal = ZERO
    on_clicks: Decimal = ZERO
    reported_clicks: int = 0
    reported_impressions: int = 0

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.in_ads + self.campaign_only + self.on_clicks

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(
            self.in_ads + other.in_ads,
            self.campaign_only + other.campaign_only,
            self.on_clicks + other.on_clicks,
            self.reported_clicks + other.reported_clicks,
            self.reported_impressions + other.reported_impressions,
        )


@dataclass
class SpendBook:
    """Collects report rows and click costs. Day labels are ISO dates: the account's own, or the reporting day."""

    rows: dict[Key, tuple[int, Item]] = field(default_factory=dict)
    on_clicks: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def report(self, stated_at: int, item: Item) -> None:
        """Take a report row; the newest version of its key stays."""
        key = (str(item["account_id"]), item["day"], item["level"], str(item[f"{item['level']}_id"]))
        known = self.rows.get(key)
        if known is None or stated_at >= known[0]:
            self.rows[key] = (stated_at, item)

    def click(self, day: str, item: Item) -> None:
        """Take the cost of a click on a reporting day."""
        self.on_clicks[str(item["account_id"]), day] += Decimal(item["cost"])

    def by_account_day(self) -> dict[tuple[str, str], Spend]:
        """The spend of each (account, day label)."""
        spend: dict[tuple[str, str], Spend] = defaultdict(Spend)
        beneath: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for (account, day, level, _), (_, item) in self.rows.items():
            if level == "ad":
                cost = Decimal(item["cost"])
                spend[account, day] += Spend(cost, ZERO, ZERO, item["clicks"], item["impressions"])
                beneath[account, day, str(item["campaign_id"])] += cost
        for (account, day, level, identity), (_, item) in self.rows.items():
            if level == "campaign":
                more = Decimal(item["cost"]) - beneath[account, day, identity]
                spend[account, day] += Spend(campaign_only=max(more, ZERO))
        for (account, day), cost in self.on_clicks.items():
            spend[account, day] += Spend(on_clicks=cost)
        return dict(spend)

    def total(self, first: date, last: date) -> Spend:
        """The spend of all accounts on the day labels from `first` to `last`, both included."""
        within = (first.isoformat(), last.isoformat())
        days = (spend for (_, day), spend in self.by_account_day().items() if within[0] <= day <= within[1])
        return sum(days, Spend())
