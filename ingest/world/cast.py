"""This module owns the casting of a world: from a seed to its accounts, campaigns, ads and true creatives."""

from dataclasses import dataclass
from math import exp

import numpy as np

from ingest.world import articles, products
from ingest.world.truth import (
    BILLED_SHARE,
    SECOND_SALE_SHARE,
    SEEN_SHARE,
    Account,
    Ad,
    Campaign,
    Cast,
    Topic,
    TrueCreative,
)

CLICKS_PER_DAY = {"arbitrage": 2100.0, "shop": 2000.0}
CLAWED_BACK_SHARE = 0.015
REFUND_SHARE, PARTIAL_SHARE = 0.06, 0.3  # of purchases; of refunds, which give half the money back

_FB_EU = Account("act_207715530", "facebook", "Europe/Berlin", "facebook-eu", campaign_rows=True, names_network=False)
_TIKTOK = Account("7288112233445566778", "tiktok", "America/New_York", "tiktok", numeric_ids=True)
ACCOUNTS = {
    "arbitrage": (
        Account("act_101530071", "facebook", "America/Los_Angeles", "facebook", names_network=False),
        _FB_EU,
        _TIKTOK,
        Account("acme-media-sc", "taboola", "America/Los_Angeles", "taboola", catalogue=True),
        Account("acme-media-de-sc", "taboola", "Europe/Berlin", "taboola-de", cost_by="click"),
    ),
    "shop": (
        Account("act_880120443", "facebook", "America/Los_Angeles", "facebook", campaign_rows=True),
        _TIKTOK,
        Account("448-201-7730", "google", "America/Los_Angeles", "google", catalogue=True, names_network=False),
        Account("448-930-1187", "google", "Europe/Berlin", "google-eu", cost_by="click"),
    ),
}


@dataclass(frozen=True)
class Plan:
    """One campaign to cast: `share` of the traffic, cost per click and money per goal in dollars, CTR."""

    name: str
    account: int
    country: str
    feed: str
    topic: Topic
    share: float
    cpc: float
    money: float  # arbitrage: per ad click; shop: per order
    ctr: float
    texts: tuple[int, int] = (0, 99)  # the slice of the topic's texts
    settled: bool = False


PLANS = {
    "arbitrage": (
        Plan("SUV US", 0, "US", "tonic", articles.SUV, 0.19, 0.12, 1.40, 0.016),
        Plan("Dental US", 0, "US", "system1", articles.DENTAL, 0.14, 0.16, 1.90, 0.013, settled=True),
        Plan("5G GB", 1, "GB", "tonic", articles.INTERNET, 0.12, 0.09, 0.95, 0.014),
        Plan("Solar DE", 1, "DE", "system1", articles.SOLAR, 0.10, 0.10, 1.10, 0.011),
        Plan("Degrees US", 2, "US", "tonic", articles.DEGREES, 0.13, 0.06, 0.85, 0.009),
        Plan("EV US", 2, "US", "system1", articles.CARS, 0.08, 0.07, 0.95, 0.010),
        Plan("Seniors US", 3, "US", "tonic", articles.APARTMENTS, 0.12, 0.08, 0.90, 0.004),
        Plan("Tubs CA", 3, "CA", "system1", articles.TUBS, 0.07, 0.09, 1.05, 0.005),
        Plan("EV DE test", 4, "DE", "tonic", articles.ELECTRIC, 0.03, 0.07, 0.90, 0.005),
        Plan("SUV US native", 3, "US", "tonic", articles.SUV, 0.02, 0.12, 1.40, 0.016, texts=(0, 2)),
    ),
    "shop": (
        Plan("Blankets US", 0, "US", "tracker", products.BLANKETS, 0.25, 0.85, 88.0, 0.014),
        Plan("Trail shoes US", 0, "US", "tracker", products.SHOES, 0.25, 0.95, 124.0, 0.012),
        Plan("Coffee US", 1, "US", "tracker", products.COFFEE, 0.22, 0.55, 64.0, 0.009),
        Plan("Desks US search", 2, "US", "tracker", products.DESKS, 0.14, 1.30, 379.0, 0.031),
        Plan("Backpacks GB", 2, "GB", "tracker", products.BAGS, 0.08, 0.70, 139.0, 0.028, texts=(0, 4)),
        Plan("Backpacks DE", 3, "DE", "tracker", products.BAGS, 0.06, 0.60, 139.0, 0.026, texts=(3, 5)),
    ),
}


def make_cast(kind: str, seed: int) -> Cast:
    """The cast of a world, a pure function of (kind, seed). Raises KeyError for an unknown kind."""
    rng = np.random.default_rng([seed, len(kind), 1])
    creatives: dict[str, TrueCreative] = {}
    campaigns, ads = [], []
    roles = _roles(kind, rng)
    for number, plan in enumerate(PLANS[kind]):
        campaign_id = str(rng.integers(10**11, 10**12)) if number % 2 else str(rng.integers(10**17, 10**18))
        offer_id = str(140 + 7 * number)
        campaigns.append(
            Campaign(campaign_id, plan.name, plan.account, plan.country, plan.feed, offer_id, plan.topic, plan.settled)
        )
        texts = plan.topic.texts[slice(*plan.texts)]
        for text in texts:
            if text not in creatives:
                creatives[text] = _creative(kind, plan, text, roles[len(creatives) % len(roles)], rng)
        places = tuple(list(creatives).index(text) for text in texts)
        ads += _ads(kind, number, plan, places, list(creatives.values()), rng)
    return Cast(kind, ACCOUNTS[kind], tuple(campaigns), tuple(ads), tuple(creatives.values()))


def _roles(kind: str, rng: np.random.Generator) -> list[str]:
    """A role for each text: a few clear winners and losers, one that fades, many in the middle."""
    texts = {text for plan in PLANS[kind] for text in plan.topic.texts[slice(*plan.texts)]}
    clear = max(len(texts) // 8, 3)
    roles = ["winner"] * clear + ["loser"] * (clear + 1)
    roles += ["middle"] * (len(texts) - len(roles) - 1)
    rng.shuffle(roles)
    return ["fading", *roles]  # the first text of the biggest campaign is the one that wears out


_RETURN = {  # revenue per dollar of cost, by kind and role
    "arbitrage": {"winner": (1.65, 2.0), "loser": (0.3, 0.55), "middle": (0.8, 1.25), "fading": (1.8, 1.9)},
    "shop": {"winner": (3.6, 4.6), "loser": (0.5, 0.9), "middle": (1.4, 2.5), "fading": (4.2, 4.6)},
}


def _creative(kind: str, plan: Plan, text: str, role: str, rng: np.random.Generator) -> TrueCreative:
    """Draw a creative, then solve its conversion rate for the return that its role asks for."""
    cpc = plan.cpc * exp(rng.normal(0, 0.12))
    by_click = ACCOUNTS[kind][plan.account].cost_by == "click"
    cost = cpc if by_click else cpc * BILLED_SHARE / SEEN_SHARE
    earn = cost * rng.uniform(*_RETURN[kind][role])
    ctr = plan.ctr * exp(rng.normal(0.15 if role in {"winner", "fading"} else 0, 0.25))
    lp_rate, fade = rng.uniform(0.83, 0.94), 0.04 if role == "fading" else 0.0
    money = plan.money * exp(rng.normal(0, 0.08))
    if kind == "shop":
        refunded = REFUND_SHARE * (1 - PARTIAL_SHARE / 2)
        cvr = earn / (money * (1 - refunded))
        return TrueCreative(
            text, plan.topic.path, role, ctr, cpc, cost, lp_rate, cvr=cvr, lead_rate=min(1.4 * cvr, 0.08),
            order_value=money, refunded_share=refunded, fade_per_day=fade,
        )  # fmt: skip
    serp_rate, ctr2 = rng.uniform(0.93, 0.985), rng.uniform(0.32, 0.48)
    ctr1 = earn / (lp_rate * serp_rate * ctr2 * (1 + SECOND_SALE_SHARE) * money)
    return TrueCreative(
        text, plan.topic.path, role, ctr, cpc, cost, lp_rate, ctr1=min(ctr1, 0.8), serp_rate=serp_rate, ctr2=ctr2,
        rpc=money, fade_per_day=fade,
    )  # fmt: skip


def _ads(
    kind: str, number: int, plan: Plan, places: tuple[int, ...], creatives: list[TrueCreative], rng: np.random.Generator
) -> list[Ad]:
    """One ad per text, then one that rotates, one that splits, and one that shares the first text."""
    catalogue = ACCOUNTS[kind][plan.account].catalogue
    shows: list[tuple[str, tuple[int, ...]]] = [("one", (place,)) for place in places]
    shows.append(("rotates", places[:3]))
    shows.append(("one", places[:1]))
    if not catalogue:  # a catalogue states one text at a time, so its ads never show two
        shows.append(("splits", places[-2:]))
    weights = rng.gamma(3.0, 1.0, len(shows))
    weights *= [2.0 if creatives[texts[0]].role in {"winner", "fading"} else 1.0 for _, texts in shows]
    clicks = CLICKS_PER_DAY[kind] * plan.share * weights / weights.sum()
    adset = str(rng.integers(10**14, 10**15))
    ads = []
    for place, (how, texts) in enumerate(shows):
        ad_id = str(7_300_000_000_000_000_000 + int(rng.integers(10**16, 10**18)))
        # A few start in the middle or late: the verdict about them should be "too early".
        first_day = int(rng.choice([0, 0, 0, 0, 0, 7, 14, 25])) if 0 < place < len(places) - 1 else 0
        name = f"{plan.name.lower().replace(' ', '_')}_v{place + 1}"
        ads.append(
            Ad(ad_id, f"{adset}{place // 4}", name, number, how, texts, 4 + number % 3, first_day, float(clicks[place]))
        )
    return ads
