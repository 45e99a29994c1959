"""This module owns the goals of the shop world: who buys, who signs up, who sends things back.

A click leads to a purchase with its creative's `cvr`, more often if the visitor came before; the purchase
follows within minutes to two days. Orders carry no ad text, most no click id, a few nothing at all.
"""

from dataclasses import dataclass, replace

import numpy as np

from ingest.world.cast import PARTIAL_SHARE, REFUND_SHARE
from ingest.world.clicks import RETURNING_SHARE, Clicks
from ingest.world.days import DAY, MINUTE, SECOND
from ingest.world.market import Market
from ingest.world.visits import Visits

WARM_FACTOR = 1.5  # returning visitors buy that much more often; the others less, so that the mean is `cvr`
NAMELESS_SHARE, CLICK_ID_SHARE = 0.04, 0.3
ORGANIC_SHARE, LATE_BUYER_SHARE = 0.1, 0.02  # orders besides those of clicks: without any touch, after a week
EDITED_SHARE = 0.03


@dataclass(frozen=True)
class Order:
    """A purchase or lead. Amounts are cents: first stated, after an edit (None: never), refunded (0: never)."""

    number: str
    kind: str
    at: int
    country: str
    creative: int
    visitor_id: str | None
    click_id: str | None
    denied: bool = False
    amount: int = 0
    edited: int | None = None
    edited_at: int = 0
    refund: int = 0
    refunded_at: int = 0


def orders_of(market: Market, visits: Visits) -> list[Order]:
    """The purchases and leads that follow from the clicks of a slot, and those without any click."""
    rng = market.rng(visits.clicks.slot, 3)
    buyers = _hits(market, visits.clicks, "cvr", rng)
    bought = [_from_click(market, visits, i, "purchase", _wait(rng), rng) for i in buyers]
    others = np.setdiff1d(np.flatnonzero(visits.clicks.seen), buyers)
    late = rng.permutation(others)[: rng.binomial(len(bought), LATE_BUYER_SHARE)].tolist()
    bought += [_from_click(market, visits, i, "purchase", int(rng.uniform(8, 11) * DAY), rng) for i in late]
    bought += [_organic(market, visits, j, rng) for j in range(rng.binomial(2 * len(bought), ORGANIC_SHARE / 2))]
    signed_up = _hits(market, visits.clicks, "lead_rate", rng)
    leads = [_from_click(market, visits, i, "lead", int(rng.uniform(20, 600) * SECOND), rng) for i in signed_up]
    return [_afterlife(order, rng) for order in bought] + leads


def _hits(market: Market, clicks: Clicks, rate: str, rng: np.random.Generator) -> list[int]:
    rates = np.array([getattr(creative, rate) for creative in market.cast.creatives])[clicks.creative]
    fade = np.array([creative.fade_per_day for creative in market.cast.creatives])[clicks.creative]
    share = RETURNING_SHARE["shop"]
    factor = np.where(clicks.warm, WARM_FACTOR, (1 - share * WARM_FACTOR) / (1 - share))
    worn = np.exp(-fade * np.maximum(clicks.time - market.start, 0) / DAY)
    hits: list[int] = np.flatnonzero(clicks.seen & (rng.random(clicks.time.size) < rates * factor * worn)).tolist()
    return hits


def _wait(rng: np.random.Generator) -> int:
    return int(min(2 * MINUTE + rng.lognormal(np.log(18 * MINUTE), 1.4), 2 * DAY))


def _from_click(market: Market, visits: Visits, i: int, kind: str, wait: int, rng: np.random.Generator) -> Order:
    common, clicks = visits.common[i], visits.clicks
    creative = int(clicks.creative[i])
    chance, named = rng.random(), NAMELESS_SHARE + CLICK_ID_SHARE
    return Order(
        number=f"{'o' if kind == 'purchase' else 'l'}-{common['click_id'][2:]}" + ("-late" if wait > 2 * DAY else ""),
        kind=kind,
        at=int(clicks.time[i]) + wait,
        country=common["country"],
        creative=creative,
        visitor_id=common["visitor_id"] if chance >= NAMELESS_SHARE else None,
        click_id=common["click_id"] if NAMELESS_SHARE <= chance < named else None,
        denied=i in visits.denied,
        amount=_amount(market.cast.creatives[creative].order_value, rng) if kind == "purchase" else 0,
    )


def _organic(market: Market, visits: Visits, j: int, rng: np.random.Generator) -> Order:
    """An order of someone who typed the address: a visitor id that no click ever had."""
    slot = visits.clicks.slot
    name = f"{market.tag}{slot.key}-w{j}"
    at = int(rng.integers(visits.clicks.slot.begin, slot.end))
    return Order(f"o-{name}", "purchase", at, "US", -1, f"v-{name}", None, amount=_amount(96.0, rng))


def _amount(mean: float, rng: np.random.Generator) -> int:
    return max(round(100 * mean * float(rng.lognormal(-0.10125, 0.45))), 1)


def _afterlife(order: Order, rng: np.random.Generator) -> Order:
    """Draw an edit of the order within two hours, and a refund after days."""
    if rng.random() < EDITED_SHARE:
        amount = max(round(order.amount * rng.uniform(0.8, 1.2)), 1)
        order = replace(order, edited=amount, edited_at=order.at + int(rng.uniform(15, 120) * MINUTE))
    if rng.random() < REFUND_SHARE:
        paid = order.amount if order.edited is None else order.edited
        back = paid if rng.random() >= PARTIAL_SHARE else -(-paid // 2)
        order = replace(order, refund=back, refunded_at=order.at + int(rng.uniform(1, 8) * DAY))
    return order
