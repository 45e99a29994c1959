"""This module owns the promises about causes: each change of a closed day is told with what made it, to the cent."""

import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from closing import MIDNIGHT, NOON, Closing
from journeys import Item, item, journey, report, shown

LATER = MIDNIGHT + timedelta(hours=9)
A, B, C, D = shown("A"), shown("B"), shown("C", "w"), shown("D")
ESTIMATED = journey("C => 40", "w", start=NOON - timedelta(hours=4))
ESTIMATED[-1]["revenue_stage"] = "estimated"
ARBITRAGE = {"kind": "arbitrage", "senders": {"feed": {"profile": "standard"}}}
Expected = dict[tuple[str, str, str], Decimal]


def money(amount: str) -> Decimal:
    return Decimal(amount)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that was seen through 14 September and closed it: clicks on A and B, an order over 30 of B.

    Beside it what no test but one touches: an order of C that is estimated, an ad with D's text and one without a text.
    """
    folder = tmp_path_factory.mktemp("closed")
    said = {"clicks": 5, "stated": "2026-09-14T11:00:00Z"}
    close(
        Closing(folder), *journey("A B => 30", start=NOON - timedelta(hours=4)), *ESTIMATED,
        click("k", D, ad_id="7", account_id="act_1"), report("2026-09-14", "10", ad_id="7", **said),
        report("2026-09-14", "10", ad_id="9", **said),
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An arbitrage install that closed 14 September: estimates of a feed, and a settled cell of the shop's own."""
    folder = tmp_path_factory.mktemp("settled")
    books = Closing(folder, **ARBITRAGE)
    texts = ((A, "k1", "2"), (B, "k2", "1"))
    clicks = [click(key, text, click_id=key, campaign_id="9") for text, key, _ in texts]
    earned = [
        item("ad_click", f"a-{key}", NOON.replace(hour=10), click_id=key, transaction_id=f"t-{key}", revenue=amount,
             revenue_stage="estimated") for _, key, amount in texts
    ]  # fmt: skip
    books.post(*earned, sender="feed", at=NOON)
    first = item("ad_click", "a1", NOON.replace(hour=10), click_id="k3", revenue="1", revenue_stage="estimated")
    close(books, *clicks, click("k3", C, click_id="k3"), click("k4", D, click_id="k4"), first,
          {"type": "settlement", "day": "2026-09-14", "revenue": "3"})  # fmt: skip
    return folder


@pytest.fixture
def arbitrage(settled: Path, tmp_path: Path) -> Closing:
    """A copy of it, to be changed."""
    shutil.copytree(settled, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Closing(tmp_path, **ARBITRAGE)


@pytest.fixture
def books(original: Path, tmp_path: Path) -> Closing:
    """A copy of it, to be changed."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Closing(tmp_path)


def close(books: Closing, *items: Item) -> Closing:
    books.post(*items, at=NOON)
    books.publish_at(NOON)
    books.publish_at(MIDNIGHT)
    assert books.closed() == [("2026-09-14", False)]
    assert books.changes() == {}
    books.assert_adds_up()
    return books


def late(books: Closing, *items: Item, at: datetime = LATER, sender: str = "shop") -> Expected:
    """Post items after the closing, publish, and say what changed."""
    books.post(*items, sender=sender, at=at)
    books.publish_at(at + timedelta(minutes=1))
    books.assert_adds_up()
    return books.changes()


def click(identity: str, text: str, hour: int = 9, **more: Any) -> Item:
    return item("click", identity, NOON.replace(hour=hour), referrerAdCreative=text, network="facebook", **more)


def test_a_click_that_came_late_is_late_data(books: Closing):
    assert late(books, click("late", A, cost="0.10")) == {
        (A, "clicks", "late_data"): 1,
        (A, "cost_direct", "late_data"): money("0.10"),
    }


def test_a_late_click_takes_an_order_from_the_touch_it_was_credited_to(books: Closing):
    # 30 stood with B, clicked at 9; A's click at 9:30 comes late, and is the last before the order at 10.
    moved = item(
        "click", "x", NOON.replace(hour=9, minute=30), referrerAdCreative=A, network="facebook", visitor_id="v"
    )
    assert late(books, moved) == {
        (A, "clicks", "late_data"): 1,
        (A, "conversions", "late_data"): 1,
        (B, "conversions", "late_data"): -1,
        (A, "revenue_settled", "late_data"): 30,
        (B, "revenue_settled", "late_data"): -30,
    }


def test_a_late_order_is_late_data_and_so_is_what_is_stated_of_it(books: Closing):
    order = item("conversion", "o", NOON.replace(hour=11), conversion_kind="purchase", visitor_id="v", revenue="7",
                 revenue_stage="estimated", transaction_id="t-o")  # fmt: skip
    stated = item("revenue", "r", LATER, revenue="8", revenue_stage="final", transaction_id="t-o")
    assert late(books, order, stated) == {
        (B, "conversions", "late_data"): 1,
        (B, "revenue_settled", "late_data"): 8,
    }


def test_money_that_is_stated_anew_is_a_revision(books: Closing):
    final = item(
        "revenue", "r", LATER, revenue="29.5", revenue_stage="final", transaction_id=ESTIMATED[-1]["transaction_id"]
    )
    assert late(books, final) == {
        (C, "revenue_provisional", "revision"): -40,
        (C, "revenue_settled", "revision"): money("29.5"),
    }


def test_a_newer_version_of_the_same_order_is_a_revision(books: Closing):
    order = journey("A B => 30", start=NOON - timedelta(hours=4))[-1]
    assert late(books, order | {"revenue": "31", "updated_at": f"{LATER.isoformat()}Z"}) == {
        (B, "revenue_settled", "revision"): 1
    }


def test_a_refund_is_a_refund(books: Closing):
    order = journey("A B => 30", start=NOON - timedelta(hours=4))[-1]
    back = item("refund", "back", LATER, revenue="10.01", transaction_id=order["transaction_id"])
    assert late(books, back) == {(B, "refunds", "refund"): money("10.01")}


def test_a_report_that_is_restated_is_a_revision_and_a_first_one_is_late_data(books: Closing):
    restated = report("2026-09-14", "12.5", ad_id="7", clicks=6, stated="2026-09-15T09:00:00Z")
    assert late(books, restated) == {
        (D, "cost_direct", "revision"): money("2.5"),
        (D, "reported_clicks", "revision"): 1,
    }
    other = report("2026-09-14", "3", ad_id="8", stated="2026-09-15T10:00:00Z")
    found = late(books, other, at=LATER + timedelta(hours=1))
    assert {key[1:]: value for key, value in found.items() if value == 3} == {("cost_direct", "late_data"): 3}


def test_a_merge_and_its_undoing_are_told_and_cancel_out(books: Closing):
    ids = dict(books.published("select creative_text, creative_id from creatives"))
    books.decide("merge", ids[B], ids[A])
    books.publish_at(LATER)
    moved = {(measure, text): value for (text, measure, causes), value in books.changes().items() if causes == "merge"}
    assert moved == {
        ("clicks", A): 1, ("clicks", ids[B]): -1, ("conversions", A): 1, ("conversions", ids[B]): -1,
        ("revenue_settled", A): 30, ("revenue_settled", ids[B]): -30,
    }  # fmt: skip
    books.assert_adds_up()
    books.decide("unmerge", ids[B], None)
    books.publish_at(LATER + timedelta(hours=1))
    assert set(books.changes().values()) == {0}
    assert {causes for _, _, causes in books.changes()} == {"merge"}
    books.assert_adds_up()


def test_a_changed_time_zone_is_new_settings_and_other_targets_change_no_number(books: Closing):
    books.set(targets={"roas": "3"})
    books.publish_at(LATER)
    assert books.changes() == {}
    books.set(timezone="Pacific/Auckland")  # 12 h ahead: clicks of 8 and 9 h, the order of 10 h stay; none of 13 h
    books.post(click("evening", A, hour=13), at=LATER)
    books.publish_at(LATER + timedelta(minutes=1))
    assert books.changes() == {}  # that click belongs to the 15th there
    books.set(timezone="America/Los_Angeles")  # 7 h behind: the click of 13 h comes to the 14th
    books.publish_at(LATER + timedelta(minutes=2))
    assert books.changes() == {(A, "clicks", "new_settings"): 1}
    books.assert_adds_up()


def test_of_two_causes_in_one_cell_both_are_told(books: Closing):
    order = journey("A B => 30", start=NOON - timedelta(hours=4))[-1]
    more = item("conversion", "o", NOON.replace(hour=11), conversion_kind="purchase", visitor_id="v", revenue="7",
                transaction_id="t-o")  # fmt: skip
    assert late(books, order | {"revenue": "31", "updated_at": f"{LATER.isoformat()}Z"}, more) == {
        (B, "conversions", "late_data,revision"): 1,
        (B, "revenue_settled", "late_data,revision"): 8,
    }


def test_an_ads_text_that_becomes_known_later_is_told_as_such(books: Closing):
    text = {"type": "ad", "network": "facebook", "account_id": "act_1", "ad_id": "9", "referrerAdCreative": A,
            "valid_from": "2026-09-01T00:00:00Z"}  # fmt: skip
    found = late(books, text)
    assert {(measure, causes) for _, measure, causes in found} == {
        ("cost_direct", "ad_text"), ("reported_clicks", "ad_text"),
    }  # fmt: skip
    assert (found[A, "cost_direct", "ad_text"], sum(found.values())) == (10, 0)


def test_what_waited_in_the_journal_is_late_data_though_it_was_received_before(books: Closing):
    books.post(click("waited", A), at=NOON - timedelta(minutes=1))
    books.publish_at(LATER)
    assert books.changes() == {(A, "clicks", "late_data"): 1}


def test_a_change_that_nothing_explains_is_unknown(books: Closing):
    import duckdb

    with duckdb.connect(str(books.settings.record_path)) as record:  # a row nobody sent: no cause can be found
        record.execute("update interactions set revenue = 33 where revenue = 30")
    books.publish_at(LATER)
    assert books.changes() == {(B, "revenue_settled", "unknown"): 3}


def test_a_settlement_takes_the_place_of_the_estimates_of_its_cell_and_is_told_so(arbitrage: Closing):
    books = arbitrage
    books.post(
        {"type": "settlement", "day": "2026-09-14", "campaign_id": "9", "revenue": "3.60"}, sender="feed", at=LATER
    )
    books.publish_at(LATER)
    assert books.changes() == {  # 3.60 over estimates of 2 and 1: 2.40 and 1.20
        (A, "revenue_provisional", "settlement"): -2, (A, "revenue_settled", "settlement"): money("2.40"),
        (B, "revenue_provisional", "settlement"): -1, (B, "revenue_settled", "settlement"): money("1.20"),
    }  # fmt: skip
    books.assert_adds_up()
    restated = {"type": "settlement", "day": "2026-09-14", "campaign_id": "9", "revenue": "4.00",
                "occurred_at": "2026-09-15T11:00:00Z"}  # fmt: skip
    books.post(restated, sender="feed", at=LATER + timedelta(hours=2))
    books.publish_at(LATER + timedelta(hours=2))
    # 4.00: 2.666667 and 1.333333
    assert books.changes()[A, "revenue_settled", "settlement"] == money("2.666667")
    assert books.changes()[B, "revenue_settled", "settlement"] == money("1.333333")
    books.assert_adds_up()


def test_what_a_settlement_cannot_share_is_a_change_of_no_creative(arbitrage: Closing):
    nobodys = {"type": "settlement", "day": "2026-09-14", "campaign_id": "10", "revenue": "3.60"}
    assert late(arbitrage, nobodys, sender="feed") == {("-", "revenue_settled", "settlement"): money("3.60")}


def test_a_late_ad_click_takes_its_share_of_a_settled_cell(arbitrage: Closing):
    more = item("ad_click", "a2", NOON.replace(hour=10), click_id="k4", revenue="2", revenue_stage="estimated")
    assert {key: value for key, value in late(arbitrage, more).items() if "revenue" in key[1]} == {
        (C, "revenue_settled", "late_data"): -2,
        (D, "revenue_settled", "late_data"): 2,
    }
