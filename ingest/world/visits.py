"""This module owns visits: what the interactions of one click have in common, and their items step by step."""

from collections.abc import Sequence

import numpy as np

from ingest.world.clicks import Clicks
from ingest.world.days import Ints, stamps
from ingest.world.market import Market
from ingest.world.mess import Spoiler
from ingest.world.parcel import Item, Parcel, money
from ingest.world.senders import SENDERS, WorldSender
from ingest.world.truth import Ad, Cast

DENIED_SHARE = 0.02
_CLICK_ID_NAMES = {"facebook": "fbclid", "tiktok": "ttclid", "taboola": "tblci", "google": "gclid"}
_PLACEMENTS = {
    "facebook": ("feed", "stories", "reels"),
    "tiktok": ("for_you", "pangle", "search"),
    "taboola": ("msn", "yahoo", "weather"),
    "google": ("search", "discover", "youtube"),
}
_ALIASES = {"system1": {"facebook": "fb"}}  # this feed says what its clients typed


class Visits:
    """The seen clicks of a slot: for each its common fields and its sender, by the click's position."""

    def __init__(self, market: Market, clicks: Clicks) -> None:
        cast = market.cast
        self.clicks = clicks
        self.common: dict[int, Item] = {}
        self.sender: dict[int, WorldSender] = {}
        self.denied: set[int] = set()
        senders = {sender.name: sender for sender in SENDERS[cast.kind]}
        self._feeds = [senders[cast.campaign_of(ad).feed] for ad in cast.ads]
        self._spoilers = {name: Spoiler(sender) for name, sender in senders.items()}
        self._fields = [_ad_fields(cast, ad) for ad in cast.ads]
        self._fill(market)

    def _fill(self, market: Market) -> None:
        clicks, cast = self.clicks, market.cast
        rng = market.rng(clicks.slot, 2)
        n = clicks.time.size
        device = rng.choice(["mobile", "desktop", "tablet"], n, p=[0.8, 0.15, 0.05]).tolist()
        place = rng.choice(3, n, p=[0.6, 0.25, 0.15]).tolist()
        denies = (rng.random(n) < DENIED_SHARE).tolist()
        ad, creative = clicks.ad.tolist(), clicks.creative.tolist()
        day, visitor, mess = clicks.visitor_day.tolist(), clicks.visitor.tolist(), clicks.mess.tolist()
        networks = [cast.account_of(each).network for each in cast.ads]
        for i in np.flatnonzero(clicks.seen).tolist():
            sender, network = self._feeds[ad[i]], networks[ad[i]]
            text = self._spoilers[sender.name](cast.creatives[creative[i]].text, mess[i], network)
            self.sender[i] = sender
            common = self.common[i] = {
                **({} if text is None else {sender.creative_key: text}),
                **self._fields[ad[i]],
                "click_id": f"c-{market.tag}{clicks.slot.key}-{i}",
                "visitor_id": market.visitor_id(clicks.slot, day[i], visitor[i]),
                "session_id": f"s-{market.tag}{clicks.slot.key}-{i}",
                "placement": _PLACEMENTS[network][place[i]],
                "device": device[i],
            }
            if cast.kind == "shop" and denies[i]:
                common["consent"] = "denied"
                self.denied.add(i)

    def steps(self, kind: str, suffix: str, who: Ints, times: Ints, more: Sequence[Item] | None = None) -> list[Parcel]:
        """One item of a type for each click at the positions `who`, at `times`; `more` adds fields to each."""
        parcels = []
        creative = self.clicks.creative[who].tolist()
        extra = more if more is not None else [{}] * len(creative)
        rows = zip(who.tolist(), times.tolist(), stamps(times), creative, extra, strict=True)
        for i, at, written, text, fields in rows:
            sender, common = self.sender[i], self.common[i]
            item = {
                "id": f"{common['click_id']}-{suffix}",
                "type": kind,
                "occurred_at": at if sender.unix_times else written,
                **common,
                **fields,
            }
            # A tracker needs a second or two; the spread is the time's own last digits.
            parcels.append(Parcel(at + 300 + at % 1700, at, sender.name, item, text))
        return parcels

    def click_parcels(self, cast: Cast) -> list[Parcel]:
        """The click items, with the network's click id, and the cost where the account bills by click."""
        who = np.flatnonzero(self.clicks.seen)
        by_click = [cast.account_of(ad).cost_by == "click" for ad in cast.ads]
        names = [_CLICK_ID_NAMES[cast.account_of(ad).network] for ad in cast.ads]
        more: list[Item] = []
        for i, ad, price in zip(
            who.tolist(), self.clicks.ad[who].tolist(), self.clicks.price[who].tolist(), strict=True
        ):
            fields: Item = {"click_ids": {names[ad]: f"{self.common[i]['click_id']}.{price:x}"}}
            if by_click[ad]:
                fields["cost"] = money(price)
            more.append(fields)
        return self.steps("click", "c", who, self.clicks.time[who], more)


def _ad_fields(cast: Cast, ad: Ad) -> Item:
    """What every interaction of an ad's clicks says about the ad."""
    campaign, account = cast.campaign_of(ad), cast.account_of(ad)
    fields: Item = {
        "network": _ALIASES.get(campaign.feed, {}).get(account.network, account.network),
        "account_id": account.account_id,
        "campaign_id": campaign.campaign_id,
        "campaign_name": campaign.name,
        "adset_id": ad.adset_id,
        "ad_id": ad.ad_id,
        "ad_name": ad.name,
        "landing_page": campaign.topic.path,
        "country": campaign.country,
        "currency": "USD",
    }
    if cast.kind == "arbitrage":
        fields["offer_id"] = campaign.offer_id
    return fields
