"""This module owns the promises of shopify_orders: an order counts once, its refunds once, and it finds its ad."""

import hashlib
import hmac
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from platforms import iso, later, money, posted, said, verdicts

ORDER_ID = 820982911946154508  # Shopify's own sample; beyond 2^53
LANDING = (
    "/products/suv?utm_source=fb&utm_campaign=SUV+US&utm_content=v3&ad_id=1202&campaign_id=2384&fbclid=IwAR0"
    "&rac=Quiet%20SUVs"
)


@pytest.fixture
def desk(tmp_path: Path):
    with Desk(tmp_path, profile="shopify_orders") as found:
        yield found


def order(updated: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": ORDER_ID, "name": "#9999", "created_at": iso(), "updated_at": iso(updated), "cancelled_at": None,
        "currency": "USD", "presentment_currency": "EUR", "total_price": "403.00", "current_total_price": "403.00",
        "subtotal_price": "388.00", "total_tax": "10.00", "test": False, "financial_status": "paid",
        "total_shipping_price_set": {"shop_money": {"amount": "5.00"}, "presentment_money": {"amount": "4.00"}},
        "email": "jon@example.com", "phone": "+15550100", "browser_ip": "203.0.113.9",
        "customer": {"id": 115310627314723954, "email": "jon@example.com", "first_name": "Jon"},
        "shipping_address": {"country_code": "US", "address1": "1 Main St"}, "landing_site": LANDING,
        "note_attributes": [{"name": "click_id", "value": "c-9"}], "refunds": [], "line_items": [],
    } | more  # fmt: skip


def refund(identity: int = 509562969, amounts: tuple[str, ...] = ("41.94",), status: str = "success") -> dict[str, Any]:
    transactions = [
        {"id": 1000 + place, "kind": "refund", "status": status, "amount": amount, "currency": "USD", "test": False}
        for place, amount in enumerate(amounts)
    ]
    lines = [{"id": 1, "quantity": 1, "subtotal": "40.00", "total_tax": "1.94"}]
    return {"id": identity, "order_id": ORDER_ID, "created_at": iso(30), "processed_at": iso(30), "note": "torn",
            "transactions": transactions, "refund_line_items": lines}  # fmt: skip


def tell(desk: Desk, topic: str, body: dict[str, Any], minutes: int = 1):
    return posted(desk, body, {"x-shopify-topic": topic}, later(minutes))


def test_an_order_is_a_purchase_with_its_ad_its_click_and_its_exact_number(desk: Desk):
    [found] = said(tell(desk, "orders/create", order()))
    visitor = hmac.new(b"a key", b"115310627314723954", hashlib.sha256).hexdigest()[:32]
    when = later(0).replace(tzinfo=None)
    assert found == {
        "type": "conversion", "id": str(ORDER_ID), "transaction_id": str(ORDER_ID), "conversion_kind": "purchase",
        "occurred_at": when, "stated_at": when, "revenue": Decimal("403"), "revenue_stage": "final", "currency": "USD",
        "creative_raw": "Quiet SUVs", "click_id": "c-9", "click_ids": {"fbclid": "IwAR0"}, "visitor": visitor,
        "network": "facebook", "campaign_id": "2384", "campaign_name": "SUV US", "ad_id": "1202", "ad_name": "v3",
        "landing_page": "/products/suv", "country": "US",
        "properties": {"order_name": "#9999", "financial_status": "paid"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "amount", "back"),
    [
        ("total", "403", "41.94"),
        ("without_shipping", "398", "41.94"),
        ("without_tax", "393", "40"),
        ("subtotal", "388", "40"),
    ],
)
def test_the_money_of_an_order_and_of_its_refund_is_what_the_owner_chose(
    tmp_path: Path, choice: str, amount: str, back: str
):
    with Desk(tmp_path, profile="shopify_orders", options={"revenue": choice}) as desk:
        [found] = said(tell(desk, "orders/create", order()))
        [returned] = said(tell(desk, "refunds/create", refund(), 31))
    assert (found["revenue"], returned["revenue"]) == (Decimal(amount), Decimal(back))


def test_the_transactions_of_a_refund_sum_and_failed_ones_do_not_count(desk: Desk):
    body = refund(amounts=("41.94", "8.06"))
    body["transactions"].append(body["transactions"][0] | {"id": 7, "status": "failure"})
    [found] = said(tell(desk, "refunds/create", body, 31))
    assert (found["id"], found["transaction_id"], found["revenue"]) == ("509562969", str(ORDER_ID), Decimal("50"))


def test_a_refund_is_subtracted_once_whichever_deliveries_say_it(desk: Desk):
    tell(desk, "orders/create", order())
    tell(desk, "refunds/create", refund(), 31)
    updated = order(32, refunds=[refund()], current_total_price="361.06", financial_status="partially_refunded")
    assert [item["type"] for item in said(tell(desk, "orders/updated", updated, 32))] == ["refund", "conversion"]
    assert verdicts(desk) == {"rows": 3, "conflicts": 0}
    assert money(desk) == (1, Decimal("361.06"))


def test_orders_updated_alone_says_the_refunds_too(desk: Desk):
    tell(desk, "orders/updated", order(32, refunds=[refund(), refund(7, ("10.00",))]), 32)
    assert money(desk) == (1, Decimal("351.06"))


def test_an_order_created_paid_and_updated_counts_once_with_its_newest_total(desk: Desk):
    tell(desk, "orders/updated", order(5, total_price="410.00"), 5)
    tell(desk, "orders/create", order(financial_status="pending"), 6)
    tell(desk, "orders/paid", order(1), 7)
    assert money(desk) == (1, Decimal("410"))


@pytest.mark.parametrize("first", ["orders/cancelled", "refunds/create"])
def test_a_paid_order_that_is_refunded_and_cancelled_earns_nothing_and_never_less(desk: Desk, first: str):
    tell(desk, "orders/create", order())
    back = refund(amounts=("403.00",))
    cancelled = order(40, cancelled_at=iso(40), cancel_reason="customer", financial_status="refunded", refunds=[back])
    deliveries = {"orders/cancelled": cancelled, "refunds/create": back}
    for topic in sorted(deliveries, key=lambda each: each != first):
        tell(desk, topic, deliveries[topic], 41)
    tell(desk, "orders/updated", cancelled | {"updated_at": iso(42)}, 42)
    assert money(desk) == (0, Decimal("0"))


def test_an_order_cancelled_before_it_was_paid_is_withdrawn(desk: Desk):
    tell(desk, "orders/create", order(financial_status="authorized"))
    cancelled = order(40, cancelled_at=iso(40), financial_status="voided")
    [found] = said(tell(desk, "orders/cancelled", cancelled, 40))
    assert (found["id"], found["revenue_stage"], found["count"], found["revenue"]) == (
        str(ORDER_ID),
        "final",
        0,
        Decimal(0),
    )
    assert money(desk) == (0, Decimal("0"))


@pytest.mark.parametrize(
    ("body", "headers"),
    [(order(test=True), {}), (order(), {"x-shopify-test": "true"}), (refund(), {"x-shopify-test": "true"})],
)
def test_a_test_order_is_test_traffic(desk: Desk, body: dict[str, Any], headers: dict[str, str]):
    topic = "orders/create" if "total_price" in body else "refunds/create"
    [found] = said(posted(desk, body, {"x-shopify-topic": topic} | headers, later(31)))
    assert found["traffic"] == "test"


def test_the_topic_s_newer_header_is_read_and_other_topics_are_ignored_by_name(desk: Desk):
    [found] = said(posted(desk, order(), {"shopify-topic": "orders/create"}, later(1)))
    assert found["id"] == str(ORDER_ID)
    passage = tell(desk, "products/update", {"id": 1})
    assert (passage.ignored, passage.accepted, passage.quarantined) == (1, [], [])
    assert "remove this topic" in passage.results[0]["detail"]


def test_what_has_no_topic_is_quarantined_and_says_what_it_lacked(desk: Desk):
    passage = posted(desk, order(), at=later(1))
    assert [each.code for each in passage.quarantined] == ["unknown_event"]
    assert "@x-shopify-topic" in passage.quarantined[0].detail
    for secret in ("jon@example.com", "+15550100", "203.0.113.9", "1 Main St", "Jon"):
        assert secret not in passage.quarantined[0].item
