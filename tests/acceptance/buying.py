"""This module owns what was bought: every click with its planted text and cost, and what the platforms report of it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from acceptance.business import (
    ACCOUNTS,
    CENT,
    DAYS,
    FACEBOOK,
    FIRST_DAY,
    NAMES,
    TABOOLA,
    Account,
    Ad,
    Business,
    label,
    moment,
)

Item = dict[str, Any]
REPORTED_FROM = FIRST_DAY + timedelta(days=12)  # before that nobody reports taboola: its clicks carry their cost
REVIEWER = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
MACROS = {"facebook": "{{ad.name}}", "tiktok": "__CID_NAME__", "taboola": "{title}"}


@dataclass(frozen=True)
class Click:
    """One paid click: `text` is what was seen, `said` what the tracker passed on of it, `said_by_feed` the feed."""

    click_id: str
    visitor: str
    at: datetime
    ad: Ad
    text: str
    cost: Decimal
    human: bool
    said: str | None
    said_by_feed: str | None = None

    @property
    def day(self) -> date:
        """The day the platform counts it under."""
        return label(self.at, self.ad.account.zone)

    @property
    def known(self) -> str | None:
        """The text that anybody passed on."""
        return self.text if self.said in spellings(self.text) or self.said_by_feed else None

    @property
    def carries_cost(self) -> bool:
        """The tracker knows what it paid, but for tiktok."""
        return self.ad.account.network != "tiktok"


@dataclass(frozen=True)
class Report:
    """The last word of a platform about an ad-day, or about a campaign-day with the ads beneath it."""

    account: Account
    day: date
    level: str
    identity: str
    campaign_id: str
    cost: Decimal
    clicks: int


@dataclass
class Bought:
    """The clicks, the reports, and who posts what of them."""

    clicks: list[Click] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    items: list[tuple[str, Item]] = field(default_factory=list)


def buy(business: Business, chance: Random, per_ad_day: int, people: int = 0, days: int = DAYS) -> Bought:
    """Clicks of every ad on every day, and everything that is posted about them but the money they earn.

    Of `people` each may click many times; without, every click is another visitor's, and feeds hear of it.
    """
    bought = Bought()
    for ad in business.ads:
        for day in (FIRST_DAY + timedelta(days=number) for number in range(days)):
            count = chance.randint(0, 2 * per_ad_day)
            # An ad with several texts shows one of them at noon, so that no rule about silent days is needed.
            moments = [0.5] * (ad.mode in ("turns", "both")) + [chance.random() for _ in range(count)]
            for share in moments:
                bought.clicks.append(_click(ad, day, share, chance, len(bought.clicks), people))
    bought.items += [("tracker", click_item(click, chance)) for click in bought.clicks]
    bought.items += [("tracker", posted(ad)) for ad in business.ads if ad.mode == "posted"]
    _report(business, bought, chance, days)
    return bought


def spellings(text: str) -> tuple[str, ...]:
    """One text as trackers pass it on: one creative."""
    return text, text.upper(), f"  {text} ", text.replace(" ", "%20"), text.replace(" ", "+")


def _click(ad: Ad, day: date, share: float, chance: Random, number: int, people: int) -> Click:
    text, at_noon = ad.text(day, chance), share == 0.5
    human = at_noon or chance.random() > 0.08
    said: str | None = chance.choice(spellings(text))
    if ad.mode in ("silent", "posted") or (not at_noon and chance.random() < 0.15):
        said = chance.choice((None, MACROS[ad.account.network], "Learn More"))
    heard = (
        not people and ad.feed == "tonic" and ad.mode not in ("silent", "posted") and human and chance.random() < 0.7
    )
    visitor = f"p{chance.randrange(people) if people else number}"
    return Click(
        f"k{number}x{chance.getrandbits(24):06x}", visitor, moment(day, ad.account.zone, share), ad, text,
        Decimal(chance.randint(3, 60)) * CENT, human, said, chance.choice(spellings(text)) if heard else None,
    )  # fmt: skip


def click_item(click: Click, chance: Random) -> Item:
    """What the tracker posts of a click."""
    account = click.ad.account
    item = {
        "type": "click", "id": f"id-{click.click_id}", "occurred_at": f"{click.at.isoformat()}Z",
        "click_id": click.click_id, "visitor_id": click.visitor, "network": chance.choice(NAMES[account.network]),
        "campaign_id": int(click.ad.campaign_id), "ad_id": click.ad.ad_id, "country": chance.choice(("US", "de", "CA")),
        "account_id": account.account_id if chance.random() < 0.5 else None, "referrerAdCreative": click.said,
        "cost": str(click.cost) if click.carries_cost else None, "currency": account.currency,
    }  # fmt: skip
    if click.human:
        item["user_agent"] = BROWSER
    else:
        item |= chance.choice(({"user_agent": REVIEWER}, {"traffic": "suspect"}))
    return {name: value for name, value in item.items() if value is not None}


def posted(ad: Ad) -> Item:
    """The catalogue's row of an ad whose clicks never say their text."""
    return {"type": "ad", "network": ad.account.network, "account_id": ad.account.account_id, "ad_id": ad.ad_id,
            "valid_from": f"{FIRST_DAY - timedelta(days=30)}T00:00:00Z", "referrerAdCreative": ad.texts[0]}  # fmt: skip


def _report(business: Business, bought: Bought, chance: Random, days: int) -> None:
    """Ad rows everywhere; facebook's campaigns, too, with a remainder. A third was stated otherwise before."""
    costs: dict[tuple[str, date], list[Decimal]] = {}
    for click in bought.clicks:
        costs.setdefault((click.ad.ad_id, click.day), []).append(click.cost)
    for account in ACCOUNTS:
        ads = [ad for ad in business.ads if ad.account is account]
        for day in (FIRST_DAY + timedelta(days=number) for number in range(days)):
            if account is TABOOLA and day < REPORTED_FROM:
                continue
            totals: dict[str, Decimal] = {}
            for ad in ads:
                paid = costs.get((ad.ad_id, day), [])
                # An ad with one text is charged on days without a click, as impressions are.
                whole = sum(paid, Decimal(0)) if paid else Decimal("0.17") * (ad.mode == "single")
                totals[ad.campaign_id] = totals.get(ad.campaign_id, Decimal(0)) + whole
                if whole:
                    bought.reports.append(Report(account, day, "ad", ad.ad_id, ad.campaign_id, whole, len(paid)))
            if account is FACEBOOK:
                bought.reports += [
                    Report(account, day, "campaign", campaign, campaign, whole + chance.randint(0, 300) * CENT, 0)
                    for campaign, whole in totals.items()
                ]
    for report in bought.reports:
        versions = _versions(report, chance)
        bought.items += [(report.account.sender, item) for item in versions]
        if report.account is FACEBOOK and report.level == "ad" and chance.random() < 0.5:
            # The tracker keeps an account of its own, with its fee: the platform's is the one that counts.
            bought.items.append(("tracker", versions[0] | {"cost": str(report.cost * Decimal("1.03"))}))


def _versions(report: Report, chance: Random) -> list[Item]:
    """The report's item, and perhaps the earlier word that it replaces."""
    account, stated = report.account, moment(report.day, report.account.zone, 0.5) + timedelta(days=1)
    row = {
        "type": "report", "day": str(report.day), "level": report.level, f"{report.level}_id": report.identity,
        "campaign_id": report.campaign_id, "network": account.network, "account_id": account.account_id,
        "currency": account.currency, "impressions": 40 * report.clicks + 7, "clicks": report.clicks,
    }  # fmt: skip
    final = row | {"cost": str(report.cost), "occurred_at": f"{stated.isoformat()}Z"}
    if chance.random() > 0.3:
        return [final]
    earlier = stated - timedelta(hours=9)
    return [final, row | {"cost": str(report.cost / 2 + CENT * 5), "occurred_at": f"{earlier.isoformat()}Z"}]
