"""This module owns the arbitrage funnel: from paid clicks to landing views, related searches and results."""

from dataclasses import dataclass

import numpy as np

from ingest.world.clicks import Bools, Clicks, Slot
from ingest.world.days import DAY, SECOND, Ints
from ingest.world.market import Market
from ingest.world.parcel import Item, Parcel
from ingest.world.sales import Sales, revenue_parcels, sale_parcels, sell, waits
from ingest.world.visits import Visits

SECOND_SEARCH_SHARE = 0.05
ITEMS_PER_CLICK = 2.7  # measured; turns a pace of items into one of clicks
LAG_MAX = 6 * DAY  # from a click to the last item that follows from it, however late


@dataclass(frozen=True)
class Funnel:
    """For each click of a slot the time at which it reached a step, and whether it did."""

    clicks: Clicks
    landed: Bools
    searched: Bools
    viewed: Bools
    landed_at: Ints
    searched_at: Ints
    viewed_at: Ints
    sales: Sales


def funnel_of(market: Market, slot: Slot) -> Funnel:
    """What became of the clicks of a slot; remembered, because settlements ask again."""
    return market.kept("funnel", slot, lambda each: _follow(market, market.clicks(each)))


def _follow(market: Market, clicks: Clicks) -> Funnel:
    rng = market.rng(clicks.slot, 3)
    n = clicks.time.size
    rates = {
        name: np.array([getattr(creative, name) for creative in market.cast.creatives])[clicks.creative]
        for name in ("lp_rate", "ctr1", "serp_rate", "ctr2", "fade_per_day")
    }
    worn = np.exp(-rates["fade_per_day"] * np.maximum(clicks.time - market.start, 0) / DAY)
    landed = clicks.seen & (rng.random(n) < rates["lp_rate"])
    searched = landed & (rng.random(n) < rates["ctr1"] * worn)
    viewed = searched & (rng.random(n) < rates["serp_rate"])
    sold = viewed & (rng.random(n) < rates["ctr2"])
    landed_at = clicks.time + 800 + waits(rng, 2 * SECOND, n)
    searched_at = landed_at + 6 * SECOND + waits(rng, 25 * SECOND, n)
    viewed_at = searched_at + 400 + waits(rng, SECOND, n)
    sales = sell(market, clicks, sold, viewed_at, rng)
    return Funnel(clicks, landed, searched, viewed, landed_at, searched_at, viewed_at, sales)


def funnel_parcels(market: Market, slot: Slot) -> list[Parcel]:
    """All items that follow from the clicks of a slot, revenue stages of later days included."""
    funnel = funnel_of(market, slot)
    visits = Visits(market, funnel.clicks)
    rng = market.rng(slot, 4)
    landed, searched, viewed = (np.flatnonzero(reached) for reached in (funnel.landed, funnel.searched, funnel.viewed))
    again = searched[rng.random(searched.size) < SECOND_SEARCH_SHARE]
    terms = _terms(market, funnel.clicks, rng)
    other = _terms(market, funnel.clicks, rng)
    later = funnel.searched_at[again] + 20 * SECOND
    return [
        *visits.click_parcels(market.cast),
        *visits.steps("landing_view", "l", landed, funnel.landed_at[landed]),
        *visits.steps("search_click", "s", searched, funnel.searched_at[searched], _pick(terms, searched)),
        *visits.steps("results_view", "r", viewed, funnel.viewed_at[viewed], _pick(terms, viewed)),
        *visits.steps("search_click", "s2", again, later, _pick(other, again)),
        *visits.steps("results_view", "r2", again, later + SECOND, _pick(other, again)),
        *sale_parcels(visits, funnel.sales, terms),
        *revenue_parcels(market, visits, funnel.sales, rng),
    ]


def _terms(market: Market, clicks: Clicks, rng: np.random.Generator) -> list[Item]:
    choices = [[{"term": term} for term in market.cast.campaign_of(ad).topic.terms] for ad in market.cast.ads]
    chance = (rng.random(clicks.time.size) ** 1.7).tolist()  # the first term is searched most
    return [choices[ad][int(u * len(choices[ad]))] for ad, u in zip(clicks.ad.tolist(), chance, strict=True)]


def _pick(rows: list[Item], who: Ints) -> list[Item]:
    return [rows[i] for i in who.tolist()]
