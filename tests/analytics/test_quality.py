"""This module owns the promises of `data_quality` and `rac_health`: every problem by sender and cause, to the cent."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import START, Books, Item, item, report

TEXT = "Quiet SUVs of 2026"
AD = {"network": "facebook", "account_id": "act_1", "campaign_id": "c1"}
DAY = START.date()
LATER = START + timedelta(hours=5)
Rows = dict[tuple[str, str | None], tuple[int, Decimal, Decimal]]


def click(name: str, text: str | None, **more: Any) -> Item:
    return item("click", name, **{"click_id": name, "referrerAdCreative": text, **AD, **more})


def order(name: str, revenue: str, **more: Any) -> Item:
    at = START + timedelta(hours=1)
    return item("conversion", f"o-{name}", at, **{"conversion_kind": "purchase", "revenue": revenue, **more})


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A shop in which every problem happens once, received on the day it happened but for the late click."""
    books = Books(
        tmp_path_factory.mktemp("quality"),
        timezone="UTC",
        senders={"till": {}},
        conversions={"purchase": {"from": "till"}},
    )
    books.post(
        click("good", TEXT), click("macro", "{{ad.name}}", cost="0.40"), click("holder", "Learn More"),
        click("bare", None), click("bot", TEXT, traffic="review", cost="0.25"),
        click("raw", TEXT, click_id="{click_id}"),
        sender="track", at=LATER,
    )  # fmt: skip
    books.post(click("good", TEXT), sender="track", at=LATER + timedelta(minutes=1))
    books.post(click("slow", TEXT), sender="track", at=START + timedelta(days=8))
    books.post(
        order("1", "30", click_id="good"), order("2", "5", click_id="macro"), order("3", "7", click_id="holder"),
        order("4", "11", click_id="bare"), order("5", "13", click_id="never-seen"), order("6", "17"),
        order("7", "19", click_id="bot"), order("8", "23", currency="EUR", click_id="good", transaction_id="t8"),
        sender="till", at=LATER,
    )  # fmt: skip
    books.post(order("1", "30", click_id="good", transaction_id="x"), sender="pixel", at=LATER)
    books.post(
        report(DAY, "10", "campaign", **AD), report(DAY, "4", ad_id="7", **AD), report(DAY, "1", ad_id="{{ad.id}}"),
        sender="ads", at=LATER,
    )  # fmt: skip
    return books.ready()


def found(books: Books, sender: str, basis: str = "event") -> Rows:
    rows = books.query(
        "select kind, detail, sum(items)::bigint, sum(revenue), sum(cost) from data_quality"
        " where sender = $1 and day_basis = $2 group by all",
        sender, basis,
    )  # fmt: skip
    return {(kind, detail): (items, revenue, cost) for kind, detail, items, revenue, cost in rows}


@pytest.mark.parametrize(
    ("cause", "expect"),
    [
        ("text_unresolved_macro", (1, 5, 0)),
        ("text_placeholder", (1, 7, 0)),
        ("text_missing", (1, 11, 0)),
        ("click_unknown", (1, 13, 0)),
        ("no_id", (1, 17, 0)),
    ],
)
def test_unattributable_revenue_has_a_cause(books: Books, cause: str, expect: tuple[int, int, int]) -> None:
    assert found(books, "till")["unattributable", cause] == expect


def test_the_causes_add_up_to_what_the_ledger_calls_unattributable(books: Books) -> None:
    by_cause = books.query("select sum(revenue) from data_quality where kind = 'unattributable'")
    ledger = books.query(
        "select sum(amount) from money_ledger where side = 'revenue' and bucket = 'unattributable' and currency = 'USD'"
    )
    assert by_cause == ledger == [(Decimal(5 + 7 + 11 + 13 + 17),)]


@pytest.mark.parametrize(
    ("sender", "kind", "detail", "expect"),
    [
        ("track", "interactions", None, (7, 0, Decimal("0.65"))),
        ("track", "late", None, (1, 0, 0)),
        ("track", "non_human", "review", (2, 0, Decimal("0.25"))),
        ("track", "no_identity", "unresolved_macro", (1, 0, Decimal("0.40"))),
        ("track", "no_identity", "placeholder", (1, 0, 0)),
        ("track", "no_identity", "missing", (1, 0, 0)),
        ("track", "unfilled_id", "click_id", (1, 0, 0)),
        ("till", "non_human", "review", (1, 19, 0)),
        ("till", "no_click", "no_click_id", (1, 17, 0)),
        ("till", "no_click", "click_unknown", (1, 13, 0)),
        ("till", "unconverted", "EUR", (0, 23, 0)),
        ("ads", "unplaced_spend", "campaign_only", (0, 0, Decimal("5.35"))),  # less what clicks beneath it cost
        ("ads", "unplaced_spend", "unmatched", (0, 0, Decimal("1.40"))),  # the click of the macro is beneath it
    ],
)
def test_every_problem_stands_with_its_sender_and_its_money(
    books: Books, sender: str, kind: str, detail: str | None, expect: tuple[Any, ...]
) -> None:
    assert found(books, sender)[kind, detail] == expect


def test_an_order_told_by_a_second_sender_corroborates(tmp_path: Path) -> None:
    books = Books(tmp_path, senders={"till": {}}, conversions={"purchase": {"from": "till"}})
    books.post(order("1", "30", transaction_id="t1"), sender="till")
    books.post(order("p", "29", transaction_id="t1"), sender="pixel")
    assert {key: row for key, row in found(books.ready(), "pixel").items() if key[0] == "corroborated"} == {
        ("corroborated", "conversion"): (1, 0, 0),
        ("corroborated", "revenue"): (0, 29, 0),
    }


def test_what_came_is_what_became_of_it_by_the_day_it_came(books: Books) -> None:
    rows = books.query(
        "select day, kind, items, share from data_quality where sender = 'track' and day_basis = 'received'"
        " order by all"
    )
    assert rows == [
        (DAY, "accepted", 6, 6 / 7), (DAY, "duplicates", 1, 1 / 7), (DAY, "received", 7, 1.0),
        (DAY + timedelta(days=8), "accepted", 1, 1.0), (DAY + timedelta(days=8), "received", 1, 1.0),
    ]  # fmt: skip


def test_a_conflict_stands_in_the_quarantine_and_a_refusal_with_its_code(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("a", TEXT), sender="track", at=LATER)
    books.post(click("a", "Another text"), sender="track", at=LATER)
    books.refuse("track", "signature_wrong")
    kinds = found(books.ready(), "track", "received")
    assert kinds["quarantined", None][0] == kinds["in_quarantine", "id_conflict"][0] == 1
    assert kinds["refused", "signature_wrong"][0] == 1


HEALTH = "select status, interactions, revenue, cost from rac_health where sender = $1 order by status"


def test_the_cost_that_reports_state_has_the_state_of_its_ads_text(books: Books) -> None:
    assert books.query(HEALTH, "ads") == [("campaign_only", 0, 0, Decimal("5.35")), ("missing", 0, 0, 5)]


def test_every_cent_of_the_facts_has_one_state(books: Books) -> None:
    health = books.query("select sum(revenue), sum(cost) from rac_health")
    assert health == books.query(
        "select sum(revenue_settled + revenue_provisional - refunds), sum(cost_direct + cost_allocated)"
        " from facts_daily"
    )
    assert health == [(Decimal(30 + 5 + 7 + 11 + 13 + 17), 11)]


def test_flags_show_the_interactions_and_the_money_behind_them(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC")
    name, cut = "us_suv_v3_1080x1080", "Quiet SUVs of 2026: the new electric models nobody"
    whole = f"{cut} told you about. See prices near you."
    books.post(
        click("1", name, ad_id="named", cost="0.10"), click("2", cut, ad_id="long"), click("3", whole, ad_id="long"),
        click("4", "Used SUV", ad_id="term", term="used suv"), order("1", "9", click_id="1"),
        order("2", "4", click_id="2"), report(date(2026, 9, 15), "3", ad_id="named", **AD),
    )  # fmt: skip
    flags = ("looks_like_ad_name", "truncated", "equals_terms", "shorter_than_known_text")
    columns = [f"{flag}{what}" for flag in flags for what in ("", "_revenue", "_cost")]
    (row,) = books.ready().query(f"select {', '.join(f'sum({column})' for column in columns)} from rac_health")
    assert row == (1, 9, Decimal("3.1"), 1, 4, 0, 1, 0, 0, 1, 4, 0)
