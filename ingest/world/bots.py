"""This module owns visitors that are no people: ad-review bots and suspect clicks, in small numbers.

Platforms fetch the raw landing URL of an ad for review, with the macros still in it.
"""

import numpy as np

from ingest.world.clicks import Slot
from ingest.world.days import SECOND, stamp
from ingest.world.market import Market
from ingest.world.mess import MACROS
from ingest.world.parcel import Item, Parcel
from ingest.world.senders import SENDERS
from ingest.world.truth import Ad

BOT_SHARE = 0.012
_ID_MACROS = {
    "facebook": {"ad_id": "{{ad.id}}", "adset_id": "{{adset.id}}", "campaign_id": "{{campaign.id}}"},
    "tiktok": {"ad_id": "__CID__", "adset_id": "__AID__", "campaign_id": "__CAMPAIGN_ID__"},
    "taboola": {"ad_id": "{campaign_item_id}", "campaign_id": "{campaign_id}", "click_id": "{click_id}"},
    "google": {"ad_id": "{creative}", "adset_id": "{adgroupid}", "campaign_id": "{campaignid}"},
}


def bot_parcels(market: Market, slot: Slot) -> list[Parcel]:
    """Clicks and landing views of bots beside the clicks of a slot; none of them costs or earns anything."""
    rng = market.rng(slot, 5)
    clicks = market.clicks(slot)
    count = rng.binomial(clicks.time.size, BOT_SHARE)
    parcels: list[Parcel] = []
    for j in range(count):
        ad = market.cast.ads[int(clicks.ad[rng.integers(clicks.ad.size)])]
        at = int(rng.integers(clicks.slot.begin, clicks.slot.end))
        parcels += _visit(market, ad, f"b-{market.tag}{slot.key}-{j}", at, rng)
    return parcels


def _visit(market: Market, ad: Ad, name: str, at: int, rng: np.random.Generator) -> list[Parcel]:
    campaign, network = market.cast.campaign_of(ad), market.cast.account_of(ad).network
    sender = next(each for each in SENDERS[market.cast.kind] if each.name == campaign.feed)
    fields: Item = {
        sender.creative_key: market.cast.creatives[ad.texts[0]].text,
        "network": network,
        "campaign_id": campaign.campaign_id,
        "adset_id": ad.adset_id,
        "ad_id": ad.ad_id,
        "click_id": name,
        "landing_page": campaign.topic.path,
        "country": campaign.country,
        "device": "desktop",
    }
    chance = rng.random()
    if chance < 0.5:  # unflagged: only the macros in the ids give it away
        fields |= {sender.creative_key: MACROS[network], **_ID_MACROS[network]}
    else:
        fields["traffic"] = "review" if chance < 0.8 else "suspect"
    parcels = []
    for kind, suffix, later in (("click", "c", 0), ("landing_view", "l", SECOND)):
        moment = at + later
        when = moment if sender.unix_times else stamp(moment)
        item = {"id": f"{name}-{suffix}", "type": kind, "occurred_at": when, **fields}
        parcels.append(Parcel(moment + SECOND, moment, sender.name, item, human=False))
    return parcels
