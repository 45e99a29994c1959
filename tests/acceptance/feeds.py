"""This module owns what two feeds pay: one estimates each ad click and settles later, one only states campaign-days.

TONIC's way (`tonic`): ad clicks with an early and a better estimate, then a statement per offer and day, two days
later, under a sender of its own (`tonic_final`). Ads.com's way (`ads_com`): ad clicks without money, and a statement
per campaign and day under its own name. Every cell's money is exactly the planted final money of its ad clicks.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from acceptance.business import CENT, FIRST_DAY, FRESH_DAYS, LAST_DAY, Business, label
from acceptance.buying import Bought, Click, Item

ZONES = {"tonic": "America/Los_Angeles", "ads_com": "UTC"}  # of the feeds' statements
SETTLED_TO = LAST_DAY - timedelta(days=FRESH_DAYS)
NOISE_PERCENT = 10  # how far an ad click's final money strays from its estimate times its cell's factor


@dataclass(frozen=True)
class Sale:
    """One ad click that a feed pays for; of an orphan nobody knows the click."""

    sale_id: str
    feed: str
    at: datetime
    click: Click | None
    offer_id: str
    estimate: Decimal  # 0 where the feed says none
    final: Decimal

    @property
    def cell(self) -> tuple[str, date, str]:
        """(feed, day, offer or campaign) of the statement that settles it."""
        place = self.offer_id if self.feed == "tonic" else self.click.ad.campaign_id if self.click else ""
        return self.feed, label(self.at, ZONES[self.feed]), place

    @property
    def human(self) -> bool:
        """Whether a person did it."""
        return self.click is None or self.click.human


@dataclass
class Earned:
    """The sales, the cells as last stated, and who posts what."""

    sales: list[Sale] = field(default_factory=list)
    cells: dict[tuple[str, date, str], Decimal] = field(default_factory=dict)
    items: list[tuple[str, Item]] = field(default_factory=list)

    def of_cells(self) -> dict[tuple[str, date, str], list[Sale]]:
        """The sales of every cell that has some, settled or not."""
        found: dict[tuple[str, date, str], list[Sale]] = {}
        for sale in self.sales:
            found.setdefault(sale.cell, []).append(sale)
        return found

    def paid(self) -> dict[str, Fraction]:
        """What each sale is worth by what was stated: its share of its cell by the estimates, else its estimate.

        Where the feed estimates nothing, the ad clicks of a cell share it equally.
        """
        worth = {sale.sale_id: Fraction(sale.estimate) for sale in self.sales}
        for cell, sales in self.of_cells().items():
            if cell in self.cells:
                estimates = sum(sale.estimate for sale in sales)
                for sale in sales:
                    weight = Fraction(sale.estimate) / Fraction(estimates) if estimates else Fraction(1, len(sales))
                    worth[sale.sale_id] = Fraction(self.cells[cell]) * weight
        return worth


def earn(business: Business, bought: Bought, chance: Random) -> Earned:
    """What the feeds pay for the clicks, and everything they post."""
    earned = Earned()
    factors = Random(business.seed + 1)
    factor: dict[tuple[str, date, str], Decimal] = {}
    for number, click in enumerate(bought.clicks):
        earned.items += [("tonic", item) for item in _steps(click, chance)]
        if chance.random() > (0.4 if click.human else 0.1):
            continue
        estimate = Decimal(chance.randint(400, 15_000)) / 10_000
        at = click.at + timedelta(seconds=chance.choice((40, 90, 3 * 3600)))
        drawn = Sale(f"s{number}", click.ad.feed, at, click, click.ad.offer_id, estimate, Decimal(0))
        share = factor.setdefault(drawn.cell, Decimal(factors.randint(60, 130)) / 100)
        _sell(earned, drawn, share, chance)
    for number in range(40):  # money whose click nobody told
        day = FIRST_DAY + timedelta(days=number)
        at = datetime(day.year, day.month, day.day, 20, number)  # noqa: DTZ001 (stored times are naive UTC)
        drawn = Sale(f"o{number}", "tonic", at, None, "o-11", Decimal("0.3141"), Decimal(0))
        _sell(earned, drawn, factor.setdefault(drawn.cell, Decimal(1)), chance)
    _settle(earned, chance)
    return earned


def _sell(earned: Earned, drawn: Sale, factor: Decimal, chance: Random) -> None:
    noise = Decimal(chance.randint(100 - NOISE_PERCENT, 100 + NOISE_PERCENT)) / 100
    final = (drawn.estimate * factor * noise).quantize(Decimal("0.000001"))
    estimate = drawn.estimate if drawn.feed == "tonic" else Decimal(0)
    sale = Sale(drawn.sale_id, drawn.feed, drawn.at, drawn.click, drawn.offer_id, estimate, final)
    earned.sales.append(sale)
    earned.items += [(sale.feed, item) for item in _told(sale)]


def _steps(click: Click, chance: Random) -> list[Item]:
    """The steps the feed tells of a click, and for most clicks the click itself: the tracker told it, too."""
    if click.ad.feed != "tonic" or not click.human:
        return []
    same = {"click_id": click.click_id, "offer_id": click.ad.offer_id}
    items = [event(kind, f"{kind}-{click.click_id}", click.at + timedelta(seconds=seconds), **same)
             for kind, seconds in (("landing_view", 2), ("search_click", 20)) if chance.random() < 0.8]  # fmt: skip
    if click.said_by_feed:
        items.append(event("click", f"feed-{click.click_id}", click.at, referrerAdCreative=click.said_by_feed,
                           network=click.ad.account.network, ad_id=click.ad.ad_id, **same))  # fmt: skip
    return items


def _told(sale: Sale) -> list[Item]:
    """An ad click and, from tonic, its estimates: the better one may arrive first. An orphan is money alone."""
    click_id = sale.click.click_id if sale.click else f"gone-{sale.sale_id}"
    same = {"click_id": click_id, "transaction_id": f"t-{sale.sale_id}", "offer_id": sale.offer_id or None}
    if sale.feed == "ads_com":
        return [event("ad_click", f"a-{sale.sale_id}", sale.at, **same)]
    first = same | {"revenue": str(sale.estimate * 2), "revenue_stage": "pre_estimated"}
    better = event("revenue", f"r-{sale.sale_id}", sale.at + timedelta(hours=5), **same,
                   revenue=str(sale.estimate), revenue_stage="estimated")  # fmt: skip
    return [better] if sale.click is None else [event("ad_click", f"a-{sale.sale_id}", sale.at, **first), better]


def _settle(earned: Earned, chance: Random) -> None:
    for cell, sales in earned.of_cells().items():
        if cell[1] <= SETTLED_TO:
            earned.cells[cell] = sum((sale.final for sale in sales), Decimal(0)).quantize(CENT)
    # Paid, and nobody told an ad click of it: an offer, and a campaign of which nothing else is known.
    earned.cells["tonic", FIRST_DAY + timedelta(days=20), "o-99"] = Decimal("3.33")
    earned.cells["ads_com", FIRST_DAY + timedelta(days=21), "120200000000000099"] = Decimal("4.44")
    for (feed, day, place), revenue in earned.cells.items():
        row = {"type": "settlement", "day": str(day), "offer_id" if feed == "tonic" else "campaign_id": place}
        sender = "tonic_final" if feed == "tonic" else feed
        hour = f"{day + timedelta(days=FRESH_DAYS)}T08:00:00Z"
        earned.items.append((sender, row | {"revenue": str(revenue), "occurred_at": hour}))
        if chance.random() < 0.3:  # a first word, replaced by the last one whichever arrives first
            before = {"revenue": str(revenue + 1), "occurred_at": hour.replace("T08", "T02")}
            earned.items.append((sender, row | before))


def event(kind: str, identity: str, at: datetime, **more: str | None) -> Item:
    """One interaction; a field that is None is left out."""
    fields = {"type": kind, "id": identity, "occurred_at": f"{at.isoformat()}Z", **more}
    return {name: value for name, value in fields.items() if value is not None}
