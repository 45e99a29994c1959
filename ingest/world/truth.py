"""This module owns the words of the simulated world: creatives with their true rates, ads, campaigns, accounts.

Nothing here is sent. It is what a perfect analysis would find out, to be compared with what whichad says.
"""

from dataclasses import dataclass, replace
from math import exp

# The tracker sees 96 of 100 billed clicks; the platform later takes 1 of 100 off the bill.
SEEN_SHARE = 0.96
BILLED_SHARE = 0.99

# Of a hundred sessions with an ad click six make a second one, whose money counts too.
SECOND_SALE_SHARE = 0.06


@dataclass(frozen=True)
class Topic:
    """What an article or product page is about: its path, its related-search terms, its ad texts."""

    path: str
    terms: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class TrueCreative:
    """One ad text and what is really true of it on the first day of the world.

    Rates are probabilities per the step before: `ctr` per impression, `lp_rate` and `cvr` per observed click,
    `ctr1` per landing view, `serp_rate` per related search, `ctr2` per results view. Money is US dollars:
    `rpc` per ad click, `order_value` per purchase before refunds, `cpc` per reported click. `role` is winner,
    loser, middle or fading; a fading creative loses `fade_per_day` of its `ctr`, `ctr1` and `cvr` each day.
    """

    text: str
    topic: str
    role: str
    ctr: float
    cpc: float
    cost_per_click: float
    lp_rate: float
    ctr1: float = 0.0
    serp_rate: float = 0.0
    ctr2: float = 0.0
    rpc: float = 0.0
    cvr: float = 0.0
    lead_rate: float = 0.0
    order_value: float = 0.0
    refunded_share: float = 0.0
    fade_per_day: float = 0.0

    @property
    def goals_per_click(self) -> float:
        """Expected ad clicks (arbitrage) or purchases (shop) per observed click."""
        arbitrage = self.lp_rate * self.ctr1 * self.serp_rate * self.ctr2 * (1 + SECOND_SALE_SHARE)
        return arbitrage + self.cvr

    @property
    def revenue_per_click(self) -> float:
        """Expected final revenue per observed click, net of refunds and clawbacks."""
        return self.goals_per_click * (self.rpc + self.order_value * (1 - self.refunded_share))

    @property
    def profit_per_click(self) -> float:
        """Expected profit per observed click."""
        return self.revenue_per_click - self.cost_per_click

    @property
    def roas(self) -> float:
        """Expected revenue per dollar of cost."""
        return self.revenue_per_click / self.cost_per_click

    def on_day(self, day: float) -> "TrueCreative":
        """The same creative `day` days after the start, worn out by then if it fades."""
        left = exp(-self.fade_per_day * day)
        return replace(self, ctr=self.ctr * left, ctr1=self.ctr1 * left, cvr=self.cvr * left)


@dataclass(frozen=True)
class Account:
    """An ad account; its statements are posted by `sender`, with day labels of `zone`.

    `cost_by` is "report" (statements per ad and day) or "click" (a cost on each click, no reports).
    """

    account_id: str
    network: str
    zone: str
    sender: str
    cost_by: str = "report"
    campaign_rows: bool = False  # reports campaigns besides their ads
    catalogue: bool = False  # posts `ad` statements with the ads' texts
    numeric_ids: bool = False  # writes ids as JSON numbers (TikTok's exceed 2^53)
    names_network: bool = True  # else the sender's configured network has to do


@dataclass(frozen=True)
class Campaign:
    """A campaign of one account in one country; `feed` is the sender of its funnel's interactions."""

    campaign_id: str
    name: str
    account: int
    country: str
    feed: str
    offer_id: str
    topic: Topic
    settled: bool = False  # its final money comes per day, not per transaction


@dataclass(frozen=True)
class Ad:
    """An ad and the texts it shows: `one`, `rotates` (one per local day) or `splits` (two on the same day)."""

    ad_id: str
    adset_id: str
    name: str
    campaign: int
    shows: str
    texts: tuple[int, ...]  # positions in Cast.creatives
    period_days: int
    first_day: int
    clicks_per_day: float


@dataclass(frozen=True)
class Cast:
    """Everything that exists in a world before its first click."""

    kind: str
    accounts: tuple[Account, ...]
    campaigns: tuple[Campaign, ...]
    ads: tuple[Ad, ...]
    creatives: tuple[TrueCreative, ...]

    def campaign_of(self, ad: Ad) -> Campaign:
        """The campaign of an ad."""
        return self.campaigns[ad.campaign]

    def account_of(self, ad: Ad) -> Account:
        """The account of an ad."""
        return self.accounts[self.campaigns[ad.campaign].account]
