"""This module owns the other statements of a world: the ad catalogue, settlements, and grouped impressions."""

import numpy as np

from ingest.world.arbitrage import funnel_of
from ingest.world.clicks import Slot, text_of
from ingest.world.days import DAY, HOUR, MINUTE, SECOND, day_begin, label_of, local_day, stamp
from ingest.world.market import Market
from ingest.world.parcel import Item, Parcel, cents
from ingest.world.truth import Ad, Campaign

SETTLED_AFTER_DAYS = (2, 4)  # the second statement takes the clawbacks off


def catalogue_parcels(market: Market, slot: Slot) -> list[Parcel]:
    """`ad` statements: all ads on the first day, later those whose text changes at a local midnight."""
    parcels = []
    for ad in market.cast.ads:
        account = market.cast.account_of(ad)
        if not account.catalogue:
            continue
        day = local_day(account.zone, slot.begin)
        if slot.day == 0:
            parcels.append(_ad_parcel(market, ad, day, slot.begin + 5 * MINUTE))
        midnight = day_begin(account.zone, day + 1)
        if ad.shows == "rotates" and _text_on(market, ad, day) != _text_on(market, ad, day + 1):
            parcels.append(_ad_parcel(market, ad, day + 1, midnight + 5 * MINUTE))
    return parcels


def _text_on(market: Market, ad: Ad, day: int) -> int:
    return ad.texts[text_of(ad, day, market.start // DAY)] if ad.shows == "rotates" else ad.texts[0]


def _ad_parcel(market: Market, ad: Ad, day: int, at: int) -> Parcel:
    campaign, account = market.cast.campaign_of(ad), market.cast.account_of(ad)
    creative = _text_on(market, ad, day)
    item: Item = {
        "id": f"ad-{market.tag}-{ad.ad_id}-{day}",
        "type": "ad",
        "occurred_at": stamp(at),
        "valid_from": stamp(day_begin(account.zone, day)),
        "network": account.network,
        "account_id": account.account_id,
        "campaign_id": campaign.campaign_id,
        "campaign_name": campaign.name,
        "adset_id": ad.adset_id,
        "ad_id": ad.ad_id,
        "ad_name": ad.name,
        "referrerAdCreative": market.cast.creatives[creative].text,
        "asset_id": f"img-{creative}",
        "thumbnail_url": f"https://cdn.example.com/creatives/{creative}.jpg",
    }
    return Parcel(at + SECOND, at, account.sender, item, creative)


def settlement_parcels(market: Market, slot: Slot, zone: str) -> list[Parcel]:
    """The final money of each settled campaign's day of `zone`, two days later and once more after four."""
    parcels = []
    first = local_day(zone, slot.begin)
    for today in (first, first + 1):
        at = day_begin(zone, today) + 8 * HOUR
        if slot.begin <= at < slot.end:
            parcels += [
                each for after in SETTLED_AFTER_DAYS for each in _settle(market, zone, today - after, at, after)
            ]
    return parcels


def _settle(market: Market, zone: str, day: int, at: int, after: int) -> list[Parcel]:
    parcels = []
    for number, campaign in enumerate(market.cast.campaigns):
        total = _settled_total(market, number, zone, day, after == SETTLED_AFTER_DAYS[-1]) if campaign.settled else 0
        if total:
            parcels.append(_settlement(market, campaign, day, at, total))
    return parcels


def _settled_total(market: Market, campaign: int, zone: str, day: int, net: bool) -> int:
    """Cents of the ad clicks whose paid click fell on a local day; `net` of clawbacks."""
    begin, end = day_begin(zone, day), day_begin(zone, day + 1)
    mine = np.array([ad.campaign == campaign for ad in market.cast.ads])
    total = 0
    for slot in market.slots_between(max(begin, market.start), end):
        funnel = funnel_of(market, slot)
        sales, clicked = funnel.sales, funnel.clicks.time[funnel.sales.click]
        counts = mine[funnel.clicks.ad[sales.click]] & (clicked >= begin) & (clicked < end)
        counts &= ~sales.clawed if net else True
        total += int(sales.final[counts].sum())
    return (total + 50) // 100


def _settlement(market: Market, campaign: Campaign, day: int, at: int, total: int) -> Parcel:
    unix = campaign.feed == "system1"
    item: Item = {
        "id": f"set-{market.tag}-{campaign.campaign_id}-{day}-{at // SECOND:x}",
        "type": "settlement",
        "occurred_at": at if unix else stamp(at),
        "day": label_of(day).isoformat(),
        "campaign_id": campaign.campaign_id,
        "revenue": cents(total),
        "currency": "USD",
    }
    return Parcel(at + 2 * SECOND, at, campaign.feed, item)


def impression_parcels(market: Market, slot: Slot) -> list[Parcel]:
    """Impressions as interactions, grouped by ad, text and hour, of the accounts that send no reports."""
    clicks = market.clicks(slot)
    grouped: dict[tuple[int, int, int], int] = {}
    counts = [market.cast.account_of(ad).cost_by == "click" for ad in market.cast.ads]
    for i in np.flatnonzero(np.array(counts)[clicks.ad]).tolist():
        key = (int(clicks.ad[i]), int(clicks.creative[i]), int(clicks.time[i]) // HOUR)
        grouped[key] = grouped.get(key, 0) + int(clicks.impressions[i])
    return [_impressions(market, slot, *key, count) for key, count in grouped.items()]


def _impressions(market: Market, slot: Slot, ad_number: int, creative: int, hour: int, count: int) -> Parcel:
    ad = market.cast.ads[ad_number]
    campaign, account = market.cast.campaign_of(ad), market.cast.account_of(ad)
    at = (slot.end if slot.live else (hour + 1) * HOUR) - SECOND
    item: Item = {
        "id": f"imp-{market.tag}{slot.key}-{ad.ad_id}-{creative}-{hour}",
        "type": "impression",
        "occurred_at": stamp(at),
        "referrerAdCreative": market.cast.creatives[creative].text,
        "network": account.network,
        "account_id": account.account_id,
        "campaign_id": campaign.campaign_id,
        "adset_id": ad.adset_id,
        "ad_id": ad.ad_id,
        "country": campaign.country,
        "count": count,
    }
    return Parcel(at + MINUTE, at, account.sender, item, creative)
