"""This module owns what the observation determines: who a click belongs to, and how an ad-day's cost is shared.

It follows the contract's words (ladder, spend), with exact fractions, and knows no SQL. A creative is named by
("text", text) or, where nobody ever says a text, ("ad", ad_id); None is nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from acceptance.business import Account, Ad, Business, label
from acceptance.buying import Bought, Click

Creative = tuple[str, str]


@dataclass(frozen=True)
class Paid:
    """Money that went into an ad on a day (a report's own; a click's in the books' zone), and who shares it how."""

    account: Account
    day: date
    cost: Decimal
    weights: dict[Creative | None, int]
    planted: dict[str, Decimal]  # what each text really cost

    @property
    def shares(self) -> dict[Creative | None, Fraction]:
        """Each creative's part."""
        whole = sum(self.weights.values())
        return {creative: Fraction(self.cost) * weight / whole for creative, weight in self.weights.items()}


@dataclass
class Observed:
    """What can be known of what was bought. `zones` says in which zone an ad's days are told apart."""

    business: Business
    bought: Bought
    zones: dict[str, str]
    _seen: dict[tuple[str, date], dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Count the people's clicks whose text was passed on, by ad, day and text."""
        for click in self.bought.clicks:
            if click.human and click.known:
                texts = self._seen.setdefault((click.ad.ad_id, self.day_of(click)), {})
                texts[click.known] = texts.get(click.known, 0) + 1

    def day_of(self, click: Click) -> date:
        """The day under which the texts of its ad are told apart."""
        return label(click.at, self.zones[click.ad.account.network])

    def texts(self, ad: Ad, day: date) -> dict[str, int]:
        """The texts that an ad is known to have shown on a day, with their clicks."""
        if ad.mode == "posted":
            return {ad.texts[0]: 0}
        seen = self._seen.get((ad.ad_id, day), {})
        return seen or ({ad.texts[0]: 0} if ad.mode == "single" else {})

    def creative(self, click: Click) -> Creative:
        """The ladder: its own text, the one text of its ad that day, the ad."""
        if click.known:
            return "text", click.known
        texts = self.texts(click.ad, self.day_of(click))
        return ("text", next(iter(texts))) if len(texts) == 1 else ("ad", click.ad.ad_id)

    def paid(self) -> Iterator[Paid]:
        """All spend that reaches an ad: the reports, and the clicks' own cost where no report covers their day."""
        ads = {ad.ad_id: ad for ad in self.business.ads}
        planted: dict[tuple[str, date], dict[str, Decimal]] = {}
        for click in self.bought.clicks:
            texts = planted.setdefault((click.ad.ad_id, click.day), {})
            texts[click.text] = texts.get(click.text, Decimal(0)) + click.cost
        covered = {(report.identity, report.day): report for report in self.bought.reports if report.level == "ad"}
        for (ad_id, day), report in covered.items():
            texts = self.texts(ads[ad_id], day)
            clicked = sum(texts.values())
            weights: dict[Creative | None, int] = {
                ("text", text): count if clicked else 1 for text, count in texts.items()
            }
            yield Paid(report.account, day, report.cost, weights or {("ad", ad_id): 1},
                       planted.get((ad_id, day), {ads[ad_id].texts[0]: report.cost}))  # fmt: skip
        for click in self.uncovered():
            yield Paid(click.ad.account, self.day_of(click), click.cost, {self.creative(click): 1},
                       {click.text: click.cost})  # fmt: skip

    def uncovered(self) -> Iterator[Click]:
        """The clicks whose own cost counts: no report covers their ad on their day in the account's zone."""
        covered = {(report.identity, report.day) for report in self.bought.reports}
        for click in self.bought.clicks:
            if click.carries_cost and (click.ad.ad_id, click.day) not in covered:
                yield click

    def campaign_only(self) -> Iterator[tuple[Account, date, Decimal]]:
        """What the campaigns' rows hold beyond the ads beneath them."""
        ads: dict[tuple[str, date], Decimal] = {}
        for report in self.bought.reports:
            if report.level == "ad":
                key = report.campaign_id, report.day
                ads[key] = ads.get(key, Decimal(0)) + report.cost
        for report in self.bought.reports:
            if report.level == "campaign":
                yield report.account, report.day, report.cost - ads[report.identity, report.day]
