"""This module owns what the shop world's tracker, shop and pixel post about clicks and orders."""

import numpy as np

from ingest.world.clicks import Slot
from ingest.world.days import DAY, SECOND, stamp
from ingest.world.market import Market
from ingest.world.orders import Order, orders_of
from ingest.world.parcel import Item, Parcel, cents
from ingest.world.visits import Visits

PIXEL_SHARE = 0.9  # the rest blocks it
ITEMS_PER_CLICK = 2.0  # measured; turns a pace of items into one of clicks
LAG_MAX = 21 * DAY  # from a click to the last item that follows from it, however late


def shop_parcels(market: Market, slot: Slot) -> list[Parcel]:
    """All items that follow from the clicks of a slot, orders and refunds of later days included."""
    clicks = market.clicks(slot)
    visits = Visits(market, clicks)
    rng = market.rng(slot, 4)
    creatives = market.cast.creatives
    lands = np.array([creative.lp_rate for creative in creatives])[clicks.creative]
    landed = np.flatnonzero(clicks.seen & (rng.random(clicks.time.size) < lands))
    landed_at = clicks.time[landed] + 700 + np.floor(rng.exponential(2 * SECOND, landed.size)).astype(np.int64)
    parcels = visits.click_parcels(market.cast) + visits.steps("landing_view", "l", landed, landed_at)
    for order in orders_of(market, visits):
        parcels += _order_parcels(order)
        if order.kind == "purchase" and rng.random() < PIXEL_SHARE:
            parcels.append(_pixel_parcel(order))
    return parcels


def _order_parcels(order: Order) -> list[Parcel]:
    """What the shop posts about an order over its life."""
    placed = _shop_item(order, order.number, "conversion", order.at) | {"conversion_kind": order.kind}
    if order.kind == "lead":
        del placed["transaction_id"]
        return [_from_shop(order, placed, order.at)]
    placed["revenue"] = cents(order.amount)
    parcels = [_from_shop(order, placed, order.at)]
    if order.edited is not None:
        edit = _shop_item(order, f"{order.number}-edit", "revenue", order.edited_at)
        edit |= {"revenue": cents(order.edited), "revenue_stage": "final"}
        parcels.append(_from_shop(order, edit, order.edited_at))
    if order.refund:
        refund = _shop_item(order, f"{order.number}-refund", "refund", order.refunded_at)
        refund["revenue"] = cents(order.refund)
        parcels.append(_from_shop(order, refund, order.refunded_at))
    return parcels


def _shop_item(order: Order, identity: str, kind: str, at: int) -> Item:
    item: Item = {
        "id": identity,
        "type": kind,
        "occurred_at": stamp(at),
        "transaction_id": order.number,
        "country": order.country,
        "currency": "USD",
    }
    return item | _who(order)


def _who(order: Order) -> Item:
    who = {"visitor_id": order.visitor_id, "click_id": order.click_id, "consent": "denied" if order.denied else None}
    return {name: value for name, value in who.items() if value is not None}


def _from_shop(order: Order, item: Item, at: int) -> Parcel:
    return Parcel(at + 2 * SECOND, at, "shop", item, order.creative)


def _pixel_parcel(order: Order) -> Parcel:
    """The same purchase as the thank-you page's pixel tells it: another id, the same transaction."""
    at = order.at + 1200
    item: Item = {
        "id": f"px-{order.number}",
        "type": "conversion",
        "occurred_at": at,
        "conversion_kind": "purchase",
        "transaction_id": order.number,
        "revenue": cents(order.amount),
        "currency": "USD",
        **_who(order),
    }
    return Parcel(at + SECOND, at, "pixel", item, order.creative)
