"""This module owns the promises of stripe_payments: one payment counts once, and what goes back goes back once."""

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from platforms import later, money, posted, said, unix, verdicts

_numbers = itertools.count(1)


@pytest.fixture
def desk(tmp_path: Path):
    with Desk(tmp_path, profile="stripe_payments") as found:
        yield found


def event(kind: str, thing: dict[str, Any], minutes: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": f"evt_{next(_numbers)}", "object": "event", "type": kind, "created": unix(minutes), "livemode": True,
            "data": {"object": thing}} | more  # fmt: skip


def session(**more: Any) -> dict[str, Any]:
    return {"id": "cs_1", "object": "checkout.session", "payment_status": "paid", "mode": "payment",
            "payment_intent": "pi_1", "amount_total": 1250, "currency": "usd", "client_reference_id": "c-9",
            "customer": "cus_1", "customer_details": {"email": "jenny@example.com"},
            "metadata": {"referrerAdCreative": "Quiet SUVs", "ad_id": "1202", "fbclid": "IwAR0"}} | more  # fmt: skip


INTENT = {"id": "pi_1", "object": "payment_intent", "amount": 1250, "amount_received": 1250, "currency": "usd",
          "latest_charge": "ch_1", "metadata": {}}  # fmt: skip
CHARGE = {"id": "ch_1", "object": "charge", "amount": 1250, "amount_captured": 1250, "captured": True,
          "currency": "usd", "payment_intent": "pi_1", "amount_refunded": 0, "metadata": {}}  # fmt: skip


def refund(identity: str = "re_1", amount: int = 400, status: str = "succeeded") -> dict[str, Any]:
    return {"id": identity, "object": "refund", "amount": amount, "currency": "usd", "charge": "ch_1",
            "payment_intent": "pi_1", "status": status, "created": unix(10)}  # fmt: skip


DISPUTE = {"id": "du_1", "object": "dispute", "amount": 1250, "currency": "usd", "charge": "ch_1",
           "payment_intent": "pi_1", "reason": "fraudulent", "created": unix(20)}  # fmt: skip


def tell(desk: Desk, kind: str, thing: dict[str, Any], minutes: int = 0, **more: Any):
    return posted(desk, event(kind, thing, minutes, **more), at=later(minutes + 1))


def test_a_paid_checkout_is_a_purchase_with_its_click_and_its_ad(desk: Desk):
    [found] = said(tell(desk, "checkout.session.completed", session()))
    assert found.pop("visitor") and found.pop("properties")["mode"] == "payment"
    when = later(0).replace(tzinfo=None)
    assert found == {
        "type": "conversion", "id": "cs_1", "transaction_id": "pi_1", "conversion_kind": "purchase",
        "occurred_at": when, "stated_at": when, "revenue": Decimal("12.50"), "revenue_stage": "final",
        "currency": "USD", "click_id": "c-9", "creative_raw": "Quiet SUVs", "ad_id": "1202",
        "click_ids": {"fbclid": "IwAR0"},
    }  # fmt: skip


@pytest.mark.parametrize("counts", ["checkout", "payment_intent", "charge"])
def test_one_payment_counts_once_whichever_of_its_events_are_sent(tmp_path: Path, counts: str):
    with Desk(tmp_path, profile="stripe_payments", options={"counts": counts}) as desk:
        for kind, thing in (
            ("charge.succeeded", CHARGE), ("payment_intent.succeeded", INTENT),
            ("checkout.session.completed", session()), ("payment_intent.succeeded", INTENT),
            ("invoice.paid", {"id": "in_1", "payment_intent": "pi_1"}),
        ):  # fmt: skip
            tell(desk, kind, thing)
        assert money(desk) == (1, Decimal("12.50"))


def test_a_session_counts_when_it_is_paid_not_when_it_is_complete(desk: Desk):
    assert said(tell(desk, "checkout.session.completed", session(payment_status="unpaid"))) == []
    tell(desk, "checkout.session.async_payment_succeeded", session(), 60)
    assert money(desk) == (1, Decimal("12.50"))


def test_each_partial_refund_is_subtracted_once_by_its_own_id(desk: Desk):
    tell(desk, "checkout.session.completed", session())
    for kind, thing, minutes in (
        ("refund.created", refund(), 10), ("refund.updated", refund(), 11), ("charge.refund.updated", refund(), 12),
        ("charge.refunded", CHARGE | {"amount_refunded": 400}, 10),
        ("refund.created", refund("re_2", 100), 13), ("charge.refunded", CHARGE | {"amount_refunded": 500}, 13),
    ):  # fmt: skip
        tell(desk, kind, thing, minutes)
    assert verdicts(desk) == {"rows": 3, "conflicts": 0}
    assert money(desk) == (1, Decimal("7.50"))


def test_where_only_charge_refunded_is_sent_what_was_added_is_the_refund(tmp_path: Path):
    with Desk(tmp_path, profile="stripe_payments", options={"refunds": "charge"}) as desk:
        tell(desk, "checkout.session.completed", session())
        for now, before in ((400, 0), (500, 400)):
            body = event("charge.refunded", CHARGE | {"amount_refunded": now}, 10)
            body["data"]["previous_attributes"] = {"amount_refunded": before}
            for _retry in range(2):
                posted(desk, body, at=later(11))
        tell(desk, "refund.created", refund(), 10)
        assert money(desk) == (1, Decimal("7.50"))


def test_a_dispute_takes_its_money_once_however_many_events_speak_of_it(desk: Desk):
    tell(desk, "checkout.session.completed", session())
    for kind in ("created", "funds_withdrawn", "updated", "closed"):
        tell(desk, f"charge.dispute.{kind}", DISPUTE, 21)
    assert money(desk) == (1, Decimal("0"))


@pytest.mark.parametrize(
    ("kind", "thing", "identity"),
    [
        ("charge.dispute.funds_reinstated", DISPUTE, "du_1"), ("refund.failed", refund(status="failed"), "re_1"),
        ("refund.updated", refund(status="canceled"), "re_1"),
    ],
)  # fmt: skip
def test_what_was_taken_back_and_is_given_again_is_the_same_refund_of_nothing(
    desk: Desk, kind: str, thing: dict[str, Any], identity: str
):
    [found] = said(tell(desk, kind, thing, 30))
    assert (found["type"], found["id"], found["revenue"]) == ("refund", identity, Decimal(0))
    assert found["stated_at"] == later(30).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [
        ("usd", 1250, "12.50"), ("jpy", 500, "500"), ("krw", 500, "500"), ("mga", 500, "500"), ("kwd", 5120, "5.12"),
        ("bhd", 5120, "5.12"), ("isk", 500, "5"), ("ugx", 500, "5"), ("huf", 500, "5"), ("twd", 500, "5"),
        ("xof", 7, "7"),
    ],
)  # fmt: skip
def test_amounts_are_in_stripe_s_smallest_units(desk: Desk, currency: str, minor: int, amount: str):
    [found] = said(tell(desk, "checkout.session.completed", session(amount_total=minor, currency=currency)))
    assert (found["currency"], found["revenue"]) == (currency.upper(), Decimal(amount))


def test_what_is_not_live_is_test_traffic(desk: Desk):
    [found] = said(tell(desk, "checkout.session.completed", session(), livemode=False))
    assert found["traffic"] == "test"


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.created", "v2.core.event"])
def test_an_event_of_something_else_is_ignored_by_name(desk: Desk, kind: str):
    passage = tell(desk, kind, {"id": "x_1"})
    assert (passage.ignored, passage.accepted, passage.quarantined) == (1, [], [])


def test_nobody_s_address_is_shown(desk: Desk):
    passage = tell(desk, "checkout.session.completed", session(currency="xxx"))
    assert [each.field for each in passage.quarantined] == ["revenue"]
    assert "jenny@example.com" not in passage.quarantined[0].item


def test_a_dispute_that_was_won_gives_the_money_back(desk: Desk):
    tell(desk, "checkout.session.completed", session())
    tell(desk, "charge.dispute.funds_withdrawn", DISPUTE, 21)
    tell(desk, "charge.dispute.funds_reinstated", DISPUTE, 30)
    assert verdicts(desk)["conflicts"] == 0
    assert money(desk) == (1, Decimal("12.50"))
