"""This module owns the statements about cost: what each ad account reports per ad and local day, again and again.

A report run is one delivery. During the day its numbers grow; on the two mornings after, invalid clicks are
taken off the bill and late conversions come in. The newest version of a row is the one that counts.
"""

from dataclasses import dataclass

import numpy as np

from ingest.world.clicks import Clicks, Slot
from ingest.world.days import HOUR, MINUTE, SECOND, day_begin, label_of, local_day, local_hour, stamp
from ingest.world.market import Market
from ingest.world.parcel import Item, Parcel, cents
from ingest.world.truth import Ad

RUN_EVERY = 4 * HOUR
MORNING_HOURS = range(6, 10)  # the one run of a local day in which it restates the two days before
UNSEEN_PERMILLE = 30  # a campaign row holds 3 % that no ad row beneath it shows (deleted ads)


@dataclass(frozen=True)
class Row:
    """The numbers of one ad on one local day. Money is cents."""

    ad: Ad
    impressions: int
    clicks: int
    cost: int
    goals: int
    value: int


def report_parcels(market: Market, slot: Slot) -> list[Parcel]:
    """All scheduled report runs within a day's slot."""
    parcels = []
    for at in range(slot.begin + 7 * MINUTE, slot.end, RUN_EVERY):
        parcels += run(market, at, restate=True)
    return parcels


def run(market: Market, at: int, restate: bool) -> list[Parcel]:
    """What every reporting account states at the instant `at` about its current day, and perhaps those before."""
    parcels = []
    for number, account in enumerate(market.cast.accounts):
        if account.cost_by != "report":
            continue
        today = local_day(account.zone, at)
        days = [today]
        if restate and local_hour(account.zone, at // HOUR) % 24 in MORNING_HOURS:
            days = [today - 2, today - 1, today]
        for day in days:
            rows = _rows(market, number, day, at)
            parcels += [_parcel(market, number, day, at, item) for item in _items(market, number, rows)]
    return parcels


def _rows(market: Market, account: int, day: int, at: int) -> list[Row]:
    """The account's rows for a local day, as known at `at`; ads without an impression are left out."""
    zone = market.cast.accounts[account].zone
    begin, end = day_begin(zone, day), min(day_begin(zone, day + 1), at)
    final = local_day(zone, at) > day
    worth = np.array([(creative.rpc or creative.order_value) * 95 for creative in market.cast.creatives])
    sums = np.zeros((5, len(market.cast.ads)))
    for slot in market.slots_between(max(begin, market.start), end):
        sums += _sums(market.clicks(slot), begin, end, final, worth, len(market.cast.ads))
    whole = np.rint(sums).astype(np.int64)
    rows = []
    for number, ad in enumerate(market.cast.ads):
        if market.cast.campaign_of(ad).account == account and whole[0, number]:
            impressions, clicks, price, goals, value = (int(x) for x in whole[:, number])
            rows.append(Row(ad, impressions, clicks, (price + 50) // 100, goals, value))
    return rows


def _sums(clicks: Clicks, begin: int, end: int, final: bool, worth: np.ndarray, ads: int) -> np.ndarray:
    """Impressions, clicks, price, goals and their value by ad, of the clicks in [begin, end)."""
    first, last = np.searchsorted(clicks.time, (begin, end))
    within = slice(int(first), int(last))
    ad = clicks.ad[within]
    billed = clicks.billed[within] if final else np.ones(ad.size, dtype=bool)
    claimed = clicks.platform_goals[within]
    goals = (claimed >= 1) if final else (claimed == 1)
    weights = (
        clicks.impressions[within], billed, clicks.price[within] * billed, goals, worth[clicks.creative[within]] * goals
    )  # fmt: skip
    return np.array([np.bincount(ad, weights=weight, minlength=ads) for weight in weights])


def _items(market: Market, account: int, rows: list[Row]) -> list[Item]:
    """Ad rows; and campaign rows at least as large as the ads beneath them, where the account has such."""
    items = [_ad_item(market, row) for row in rows]
    if market.cast.accounts[account].campaign_rows:
        for number in sorted({row.ad.campaign for row in rows}):
            items.append(_campaign_item(market, number, [row for row in rows if row.ad.campaign == number]))
    return items


def _ad_item(market: Market, row: Row) -> Item:
    campaign, account = market.cast.campaign_of(row.ad), market.cast.account_of(row.ad)
    exact = int if account.numeric_ids else str
    return {
        "level": "ad",
        "campaign_id": exact(campaign.campaign_id),
        "campaign_name": campaign.name,
        "adset_id": exact(row.ad.adset_id),
        "ad_id": exact(row.ad.ad_id),
        "ad_name": row.ad.name,
        "impressions": row.impressions,
        "clicks": row.clicks,
        "cost": cents(row.cost),
        "platform_conversions": row.goals,
        "platform_revenue": cents(row.value),
    }


def _campaign_item(market: Market, number: int, rows: list[Row]) -> Item:
    campaign = market.cast.campaigns[number]
    more = 1000 + UNSEEN_PERMILLE
    return {
        "level": "campaign",
        "campaign_id": campaign.campaign_id,
        "campaign_name": campaign.name,
        "impressions": sum(row.impressions for row in rows) * more // 1000,
        "clicks": sum(row.clicks for row in rows) * more // 1000,
        "cost": cents(sum(row.cost for row in rows) * more // 1000),
        "platform_conversions": sum(row.goals for row in rows),
        "platform_revenue": cents(sum(row.value for row in rows)),
    }


def _parcel(market: Market, number: int, day: int, at: int, item: Item) -> Parcel:
    account = market.cast.accounts[number]
    named = {"network": account.network} if account.names_network else {}
    subject = item.get("ad_id", item["campaign_id"])
    whole: Item = {
        "id": f"rep-{market.tag}-{subject}-{day}-{at // SECOND:x}",
        "type": "report",
        "occurred_at": stamp(at),
        "day": label_of(day).isoformat(),
        **named,
        "account_id": int(account.account_id) if account.numeric_ids else account.account_id,
        "currency": "USD",
        **item,
    }
    return Parcel(at + 2 * SECOND, at, account.sender, whole)
