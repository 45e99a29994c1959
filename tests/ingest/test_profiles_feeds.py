"""This module owns the promises of tonic, voluum and redtrack: callbacks become steps, money is never doubled."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from platforms import got, later, money, said, unix, verdicts

from ingest.door.request import Request

COMMON = (
    f"ts={unix()}&campaign_id=140&campaign_name=SUV&click_id=c-9&adtitle=Used+SUVs+2026&ad_id=1202&network=fb"
    "&device=mobile&site=suv.example"
)
STEPS = {
    "redirect": "click",
    "view": "landing_view",
    "viewrt": "search_click",
    "viewRt": "search_click",
    "click": "ad_click",
}
ESTIMATES = {
    "preestimated_revenue": "pre_estimated", "preEstimatedRevenue": "pre_estimated", "estimated_revenue": "estimated",
    "estimatedRevenue": "estimated", "estimated_revenue_5h": "estimated", "estimatedRevenue5h": "estimated",
}  # fmt: skip


def desk_of(folder: Path, name: str, **options: str) -> Desk:
    return Desk(folder, profile=name, options=options)


def tonic(kind: str, event: str, more: str = "") -> str:
    return f"type={kind}&event_id={event}&{COMMON}&{more}"


@pytest.mark.parametrize(("theirs", "ours"), STEPS.items())
def test_tonic_s_own_type_says_the_step(tmp_path: Path, theirs: str, ours: str):
    with desk_of(tmp_path, "tonic") as desk:
        [found] = said(got(desk, tonic(theirs, "9f1c", "keyword=used+suv&subid2=s2&revenue={revenue}")))
    when = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001
    assert found == {
        "type": ours, "id": "9f1c", "occurred_at": when, "stated_at": when, "creative_raw": "Used SUVs 2026",
        "click_id": "c-9", "network": "facebook", "ad_id": "1202", "offer_id": "140", "landing_page": "suv.example",
        "term": "used suv", "device": "mobile", "currency": "USD", "properties": {"offer_name": "SUV", "subid2": "s2"},
    }  # fmt: skip


@pytest.mark.parametrize(("theirs", "stage"), ESTIMATES.items())
def test_tonic_s_own_type_says_how_good_an_estimate_is(tmp_path: Path, theirs: str, stage: str):
    with desk_of(tmp_path, "tonic") as desk:
        [found] = said(got(desk, tonic(theirs, "9f1c", "revenue=0.42"), later(5)))
    assert (found["type"], found["revenue_stage"], found["revenue"]) == ("revenue", stage, Decimal("0.42"))
    assert found["stated_at"] == later(5).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("transaction", "repeats_its_click"), [("click_id", True), ("click_id", False), ("event_id", True)]
)
def test_estimates_of_one_ad_click_replace_each_other_and_never_add(
    tmp_path: Path, transaction: str, repeats_its_click: bool
):
    with desk_of(tmp_path, "tonic", transaction=transaction) as desk:
        got(desk, tonic("click", "e0"))
        revised = [("preestimated_revenue", "0.50"), ("estimated_revenue", "0.42"), ("estimated_revenue_5h", "0.40")]
        for hours, (kind, amount) in enumerate(revised):
            event = "e0" if repeats_its_click else f"e{hours + 1}"
            for retry in range(2):
                got(desk, tonic(kind, event, f"revenue={amount}"), later(60 * hours + retry))
        assert money(desk, kind="arbitrage") == (1, Decimal("0.40"))


@pytest.mark.parametrize(("transaction", "amount"), [("event_id", "0.90"), ("click_id", "0.50")])
def test_two_ad_clicks_of_a_visitor_are_exact_by_event_id_and_never_doubled_by_click_id(
    tmp_path: Path, transaction: str, amount: str
):
    with desk_of(tmp_path, "tonic", transaction=transaction) as desk:
        for event, money_of in (("e1", "0.40"), ("e2", "0.50")):
            got(desk, tonic("click", event))
            got(desk, tonic("estimated_revenue", event, f"revenue={money_of}"), later(int(event[1])))
        assert money(desk, kind="arbitrage") == (2, Decimal(amount))


def test_one_event_id_is_one_event_of_each_type(tmp_path: Path):
    with desk_of(tmp_path, "tonic") as desk:
        for kind in ("view", "viewrt", "view", "viewrt"):
            got(desk, tonic(kind, "9f1c"))
        assert verdicts(desk) == {"rows": 2, "conflicts": 0}


@pytest.mark.parametrize("kind", ["compliance_ad_id", "", "%7Btype%7D"])
def test_a_ruling_on_an_ad_is_a_statement_without_a_text(tmp_path: Path, kind: str):
    query = (
        f"type={kind}&event_id=%7Bevent_id%7D&adtitle=%7Badtitle%7D&ad_id=1202&network=facebook&status=declined"
        "&explanation=Text+is+incomplete&last_check=2026-11-23+01:00:00&changed=2026-11-22+23:00:00&campaign_id=%7Bcampaign_id%7D"
    )
    with desk_of(tmp_path, "tonic") as desk:
        [found] = said(got(desk, query))
    assert (found["type"], found["ad_id"], found["network"]) == ("ad", "1202", "facebook")
    assert "creative_raw" not in found
    assert {name: value for name, value in found["properties"].items() if name.startswith("compliance")} == {
        "compliance_status": "declined", "compliance_explanation": "Text is incomplete",
        "compliance_checked_at": "2026-11-23 01:00:00", "compliance_changed_at": "2026-11-22 23:00:00",
    }  # fmt: skip


def test_a_type_nobody_knows_is_quarantined_by_its_name(tmp_path: Path):
    with desk_of(tmp_path, "tonic") as desk:
        [refused] = got(desk, tonic("bid", "1")).quarantined
    assert (refused.code, "type = 'bid'" in refused.detail) == ("unknown_event", True)


VOLUUM = "external_id=c-9&cid=w-1&payout=1.25&et=Lead&campaign_id=140&network=facebook&country=us"
REDTRACK = "ref_id=c-9&clickid=w-1&payout=1.25&type=Lead&campaign_id=140&network=facebook&country=us"


@pytest.mark.parametrize(
    ("name", "query", "own"),
    [("voluum", VOLUUM + "&txid=t-1", "voluum"), ("redtrack", REDTRACK + "&transaction_id=t-1", "redtrack")],
)
def test_a_tracker_s_postback_is_a_conversion_of_our_click(tmp_path: Path, name: str, query: str, own: str):
    expected: dict[str, Any] = {
        "type": "conversion", "id": "w-1#t-1", "transaction_id": "w-1#t-1", "conversion_kind": "lead",
        "click_id": "c-9",
        "click_ids": {own: "w-1"}, "revenue": Decimal("1.25"), "revenue_stage": "final", "currency": "USD",
        "network": "facebook", "country": "US", "properties": {"tracker_campaign_id": "140"},
    }  # fmt: skip
    form = {"content-type": "application/x-www-form-urlencoded"}
    with desk_of(tmp_path, name) as desk:
        for passage in (got(desk, query), desk.put(Request("POST", query.encode(), form))):
            [found] = said(passage)
            assert found.pop("occurred_at") and found.pop("stated_at")
            assert found == expected
        assert verdicts(desk)["rows"] == 1


@pytest.mark.parametrize(("name", "query"), [("voluum", VOLUUM), ("redtrack", REDTRACK)])
def test_the_owner_says_whose_click_id_the_clicks_have(tmp_path: Path, name: str, query: str):
    with desk_of(tmp_path, name, click="own") as desk:
        [found] = said(got(desk, query))
    assert found["click_id"] == "w-1"


@pytest.mark.parametrize(
    ("name", "queries", "options", "expected"),
    [
        ("voluum", [VOLUUM, VOLUUM.replace("1.25", "9")], {}, (1, "1.25")),
        ("voluum", [VOLUUM + "&txid=a", VOLUUM + "&txid=b"], {}, (2, "2.50")),
        ("voluum", [VOLUUM + "&txid=a", VOLUUM.replace("1.25", "-0.25") + "&txid=b"], {}, (1, "1.00")),
        ("redtrack", [REDTRACK, REDTRACK.replace("1.25", "9")], {}, (1, "9.00")),
        ("redtrack", [REDTRACK, REDTRACK.replace("1.25", "9")], {"repeats": "ignore"}, (1, "1.25")),
        ("redtrack", [REDTRACK, REDTRACK, REDTRACK.replace("1.25", "9")], {"repeats": "add"}, (2, "10.25")),
        ("redtrack", [REDTRACK + "&transaction_id=a", REDTRACK + "&transaction_id=b"], {}, (2, "2.50")),
    ],
)
def test_what_a_repeated_postback_does_to_the_money(
    tmp_path: Path, name: str, queries: list[str], options: dict[str, str], expected: tuple[int, str]
):
    with desk_of(tmp_path, name, **options) as desk:
        for minutes, query in enumerate(queries):
            got(desk, query, later(minutes))
        assert money(desk, kind="arbitrage") == (expected[0], Decimal(expected[1]))


def test_a_token_that_the_tracker_did_not_fill_in_is_nothing(tmp_path: Path):
    query = VOLUUM.replace("et=Lead", "et=%7Bconversion.type%7D") + "&txid=%7Btransaction.id%7D"
    with desk_of(tmp_path, "voluum") as desk:
        [found] = said(got(desk, query))
    assert found["id"] == "w-1"
    assert {"traffic", "transaction_id", "conversion_kind"}.isdisjoint(found)
