"""This module owns the told shop world: orders that shop, payment and pixel tell, leads, and refunds a month later.

The shop is the system of record of purchases. The payment tells the same orders and refunds under ids of its own, or
under the shop's; the pixel tells them a little earlier, with the tax.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

from acceptance.business import CENT, FIRST_DAY, LAST_DAY, Business, label, moment
from acceptance.buying import Bought, Click, Item, buy
from acceptance.feeds import event
from acceptance.observed import Creative
from acceptance.posting import post, settings
from acceptance.telling import Sums, Told
from journeys import Books

ZONE, CURRENCY = "Europe/Berlin", "EUR"
WINDOW = timedelta(days=7)
PEOPLE, ORDERS, LEADS = 700, 500, 150
TAXED = Decimal("1.19")


@dataclass(frozen=True)
class Order:
    """One order (or lead) and who placed it, if that is known; the click that really brought it, if one did."""

    order_id: str
    kind: str
    at: datetime
    visitor: str | None
    named: bool  # whether the shop says the order's number
    amount: Decimal
    refunded: Decimal
    currency: str
    test: bool
    click: Click | None

    @property
    def day(self) -> date:
        """The day it is booked on."""
        return label(self.at, ZONE)


@dataclass
class Shop(Told):
    """The world with its orders."""

    orders: list[Order]
    items: list[tuple[str, Item]]

    def value(self, order: Order) -> Fraction:
        """What remained of an order in the reporting currency, at the rate of its day."""
        rate = self.business.rate(order.day, order.currency, CURRENCY)
        return Fraction(order.amount - order.refunded) * Fraction(rate)

    def revenue(self) -> Sums:
        """The revenue of each creative under last_paid, by what was stated and can be known."""
        sums = Sums()
        for order in self.orders:
            if order.click and not order.test:
                sums.add(self.observed.creative(order.click), self.value(order))
        return sums

    def conversions(self, kind: str) -> dict[Creative, int]:
        """The same for the goals of a kind, counted."""
        counts: dict[Creative, int] = {}
        for order in self.orders:
            if order.click and not order.test and order.kind == kind:
                creative = self.observed.creative(order.click)
                counts[creative] = counts.get(creative, 0) + 1
        return counts

    def planted_revenue(self) -> Sums:
        """What each text really earned."""
        sums = Sums()
        for order in self.orders:
            if order.click and not order.test:
                sums.add(("text", order.click.text), self.value(order))
        return sums


def _orders(bought: Bought, chance: Random) -> list[Order]:
    clicks: dict[str, list[Click]] = {}
    for click in bought.clicks:
        if click.human:
            clicks.setdefault(click.visitor, []).append(click)
    orders = []
    for number in range(ORDERS + LEADS):
        day = FIRST_DAY + timedelta(days=chance.randrange((LAST_DAY - FIRST_DAY).days))
        at = moment(day, ZONE, chance.random()) + timedelta(microseconds=number)  # a moment of its own
        visitor = None if chance.random() < 0.05 else f"p{chance.randrange(PEOPLE)}"
        before = [each for each in clicks.get(visitor or "", []) if timedelta(0) <= at - each.at <= WINDOW]
        last = max(before, key=lambda each: (each.at, f"id-{each.click_id}"), default=None)
        lead, named = number >= ORDERS, chance.random() > 0.1
        amount = Decimal(0) if lead else Decimal(chance.randint(500, 20_000)) * CENT
        goes_back = named and not lead and (day - FIRST_DAY).days < 14 and chance.random() < 0.4
        refunded = chance.choice((amount, (amount / 3).quantize(CENT))) if goes_back else Decimal(0)
        orders.append(
            Order(
                f"{number + 1000}",
                "lead" if lead else "purchase",
                at,
                visitor,
                named,
                amount,
                refunded,
                "USD" if chance.random() < 0.2 else "EUR",
                not lead and chance.random() < 0.03,
                last,
            )
        )
    return orders  # fmt: skip


def _told(order: Order, chance: Random) -> list[tuple[str, Item]]:
    number, own = f"order-{order.order_id}", order.order_id
    common = {"visitor_id": order.visitor, "conversion_kind": order.kind, "currency": order.currency}
    if order.kind == "lead":
        return [("crm", event("conversion", f"lead-{own}", order.at, **common))]
    same = common | {"revenue": str(order.amount), "traffic": "test" if order.test else None}
    told = [("shop", event("conversion", number, order.at, transaction_id=number if order.named else None, **same))]
    payment = number if order.named and chance.random() < 0.3 else f"pi_{own}"
    charged = chance.random() < 0.9  # where the payment tells no order, it tells no refund of it either
    if charged:
        told.append(("stripe", event("conversion", f"ch_{own}", order.at + timedelta(seconds=7),
                                     transaction_id=payment, **same | {"visitor_id": None})))  # fmt: skip
    if order.visitor and chance.random() < 0.7:
        taxed = same | {"revenue": str((order.amount * TAXED).quantize(CENT))}
        pixelled = number if order.named and chance.random() < 0.5 else None
        told.append(("pixel", event("conversion", f"px-{own}", order.at - timedelta(seconds=30),
                                    transaction_id=pixelled, **taxed)))  # fmt: skip
    if order.refunded:
        back = {"revenue": str(order.refunded), "currency": order.currency}
        later = order.at + timedelta(days=chance.randint(27, 30))
        told.append(("shop", event("refund", f"rf-{own}", later, transaction_id=number, **back)))
        if charged:
            later += timedelta(seconds=9)
            told.append(("stripe", event("refund", f"re_{own}", later, transaction_id=payment, **back)))
    return told


def tell(folder: Path, seed: int, order: int, per_ad_day: int = 2) -> Shop:
    """Plant a world, post it in an order and build it."""
    folder.mkdir(parents=True, exist_ok=True)
    business, chance = Business(seed), Random(seed)
    bought = buy(business, chance, per_ad_day, PEOPLE)
    orders = _orders(bought, chance)
    items = bought.items + [told for each in orders for told in _told(each, chance)]
    rates = folder / "rates.csv"
    rates.write_text(business.rates_csv(CURRENCY), encoding="utf-8")
    senders = tuple(sorted({sender for sender, _ in items}))
    values = settings("shop", ZONE, CURRENCY, rates, senders) | {"conversions": {"purchase": {"from": "shop"}}}
    return Shop(business, bought, post(Books(folder, **values), items, order), ZONE, CURRENCY, orders, items)
