"""This module owns the promises of keitaro, binom, clickflare and funnelflux: what trackers send out counts once."""

from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from postbacks import get, in_force, posted, put, quarantined

from ingest.profile import profile

TRACKERS = {
    "keitaro": "subid=c-1&status=sale&revenue=12.5",
    "binom": "cnv_id=c-1&cnv_status=approve&payout=12.5",
    "clickflare": "click_id=c-1&payout=12.5",
    "funnelflux": "hit=c-1&rev=12.5",
}


@pytest.mark.parametrize(("name", "query"), TRACKERS.items())
def test_a_tracker_s_conversion_belongs_to_its_own_click(name: str, query: str, tmp_path: Path):
    more = "&adtitle=Used+SUVs&ad_id=1202&campaign_id=2384&network=tiktok&country=us&currency=eur&t7=seven&ip=192.0.2.1"
    (item,) = posted(tmp_path, name, get(query + more))
    assert {field: item[field] for field in item.keys() - {"id"}} == {
        "type": "conversion", "conversion_kind": "purchase", "click_id": "c-1", "revenue": "12.5",
        "revenue_stage": "final", "currency": "EUR", "creative_raw": "Used SUVs", "ad_id": "1202",
        "campaign_id": "2384", "network": "tiktok", "country": "US", "properties": {"t7": "seven"},
        "occurred_at": "2026-11-23 09:00:00", "stated_at": "2026-11-23 09:00:00",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "query"), TRACKERS.items())
def test_a_tracker_s_retry_is_a_duplicate_and_a_new_payout_replaces_the_old(name: str, query: str, tmp_path: Path):
    with Desk(tmp_path, profile=name) as desk:
        put(desk, get(query), get(query), get(query.replace("12.5", "15")))
        assert in_force(desk, "click_id", "revenue", "count") == [("c-1", "15.000000", 1)]
        assert desk.query("select sum(duplicates), sum(new_versions) from loads") == [(1, 1)]


WITHDRAWN = [
    ("keitaro", "subid=c-1&tid=2&status=sale&revenue=5", "subid=c-1&tid=2&status=rejected&revenue=5"),
    ("keitaro", "subid=c-1&status=lead&revenue=5", "subid=c-1&status=trash&revenue="),
    ("binom", "cnv_id=c-1&cnv_status=Approve&payout=5", "cnv_id=c-1&cnv_status=Rejected&payout=5"),
    ("binom", "cnv_id=c-1&cnv_status=hold&payout=5", "cnv_id=c-1&cnv_status=decline&payout=0"),
    ("funnelflux", "hit=c-1&tx=main&rev=5", "hit=c-1&tx=main&rev=-1"),
    ("funnelflux", "hit=c-1&rev=5", "hit=c-1&rev=-1.00"),
]


@pytest.mark.parametrize(("name", "query", "withdrawal"), WITHDRAWN)
def test_what_a_tracker_takes_back_counts_as_none(name: str, query: str, withdrawal: str, tmp_path: Path):
    with Desk(tmp_path, profile=name) as desk:
        put(desk, get(query))
        assert ("conversion", 1) in in_force(desk, "type", "count")
        put(desk, get(query.replace("=5", "=6")), get(withdrawal))
        rows = in_force(desk, "type", "revenue_stage", "revenue", "count")
    assert [row for row in rows if row[0] == "conversion"] == [("conversion", "final", "0.000000", 0)]
    assert all(stage == "estimated" for kind, stage, _, _ in rows if kind == "revenue")  # outranked by the final zero


def test_a_keitaro_lead_has_its_payout_on_hold_until_it_is_a_sale(tmp_path: Path):
    with Desk(tmp_path, profile="keitaro") as desk:
        put(desk, get("subid=c-1&tid=1&status=lead&revenue=5"))
        assert in_force(desk, "type", "conversion_kind", "revenue_stage", "revenue") == [
            ("revenue", None, "estimated", "5.000000"), ("conversion", "lead", "final", None),
        ]  # fmt: skip
        put(desk, get("subid=c-1&tid=1&status=lead&revenue=5"), get("subid=c-1&tid=1&status=sale&revenue=4.5"))
        rows = in_force(desk, "type", "conversion_kind", "revenue_stage", "revenue", "transaction_id", "count")
    assert rows == [
        ("revenue", None, "estimated", "5.000000", "c-1:1", 1),
        ("conversion", "purchase", "final", "4.500000", "c-1:1", 1),
    ]  # fmt: skip


def test_a_second_tid_of_one_keitaro_click_is_another_sale_and_the_same_tid_of_another_click_too(tmp_path: Path):
    queries = ["subid=c-1&tid=1&status=sale&revenue=5", "subid=c-1&tid=2&status=sale&revenue=5",
               "subid=c-2&tid=1&status=sale&revenue=5", "subid=c-1&status=sale&revenue=5"]  # fmt: skip
    with Desk(tmp_path, profile="keitaro") as desk:
        put(desk, *map(get, queries))
        assert sorted(in_force(desk, "id", "transaction_id"), key=str) == [
            ("c-1", None), ("c-1:1", "c-1:1"), ("c-1:2", "c-1:2"), ("c-2:1", "c-2:1"),
        ]  # fmt: skip


KINDS = [
    ("keitaro", "subid=c-1&status=sale", "purchase"), ("keitaro", "subid=c-1", "purchase"),
    ("keitaro", "subid=c-1&status=Lead", "lead"), ("keitaro", "subid=c-1&status=registration", "registration"),
    ("keitaro", "subid=c-1&status=deposit", "deposit"), ("binom", "cnv_id=c-1", "purchase"),
    ("binom", "cnv_id=c-1&cnv_status=SignUp", "lead"), ("binom", "cnv_id=c-1&cnv_status=Hold", "purchase"),
    ("clickflare", "click_id=c-1&ct=lead", "lead"), ("clickflare", "cid=c-1&ct=trial", "trial"),
    ("clickflare", "click_id=c-1&ct=registration", "registration"), ("clickflare", "click_id=c-1&ct=upsell", "upsell"),
    ("funnelflux", "hit=c-1", "purchase"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "query", "kind"), KINDS)
def test_the_status_decides_the_kind_of_conversion(name: str, query: str, kind: str, tmp_path: Path):
    (item,) = posted(tmp_path, name, get(query))
    assert (item["type"], item["conversion_kind"], item["click_id"]) == ("conversion", kind, "c-1")
    assert "revenue" not in item


def test_a_binom_payout_on_hold_is_an_estimate(tmp_path: Path):
    money, conversion = posted(tmp_path, "binom", get("cnv_id=c-1&cnv_status=hold&payout=5"))
    assert (money["type"], money["revenue_stage"], money["revenue"]) == ("revenue", "estimated", "5")
    assert (conversion["type"], "revenue" in conversion) == ("conversion", False)


def test_a_binom_upsell_adds_where_the_sender_says_so_and_a_retry_does_not(tmp_path: Path):
    with Desk(tmp_path, profile="binom", options={"repeats": "add"}) as desk:
        put(desk, *(get(f"cnv_id=c-1&payout={payout}&cnv_status=sale") for payout in (5, 7, 7)))
        assert in_force(desk, "revenue", "count") == [("5.000000", 1), ("7.000000", 1)]
        assert len(set(in_force(desk, "transaction_id"))) == 2


def test_a_clickflare_refund_subtracts_with_an_id_of_its_own(tmp_path: Path):
    with Desk(tmp_path, profile="clickflare") as desk:
        put(desk, get("click_id=c-1&txid=t-1&payout=5"), get("click_id=c-1&txid=t-1&ct=refund&payout=-2"))
        rows = in_force(desk, "type", "revenue", "transaction_id")
    assert rows == [("conversion", "5.000000", "c-1:t-1"), ("refund", "2.000000", "c-1:t-1")]


def test_clickflare_s_txid_separates_the_steps_of_one_click(tmp_path: Path):
    with Desk(tmp_path, profile="clickflare") as desk:
        put(desk, *(get(f"click_id=c-1&txid={txid}&payout=5") for txid in ("t-1", "t-2", "t-1")))
        assert len(in_force(desk, "id")) == 2


UNKNOWN = [
    ("keitaro", "subid=c-1&status=declined", "status = 'declined'"),
    ("keitaro", "status=sale&revenue=5", "subid = 'None'"),
    ("binom", "cnv_id=c-1&cnv_status=to_be_seen", "cnv_status = 'to_be_seen'"),
    ("clickflare", "click_id=c-1&ct=scroll", "ct = 'scroll'"),
    ("funnelflux", "rev=5", "hit = 'None'"),
]


@pytest.mark.parametrize(("name", "query", "words"), UNKNOWN)
def test_a_status_nobody_knows_is_quarantined_by_name(name: str, query: str, words: str, tmp_path: Path):
    code, detail, shown = quarantined(tmp_path, name, get(query + "&ip=192.0.2.1"))
    assert (code, words in detail, "192.0.2.1" in shown) == ("unknown_event", True, False)


REFUSED: list[tuple[str, str, str]] = [
    ("funnelflux", "hit=c-1&rev={payout}", "bad_value"),  # a token that FunnelFlux does not know
    ("funnelflux", "hit=c-1&rev=-5", "bad_value"),
    ("clickflare", "click_id=c-1&payout=-5", "bad_value"),
    ("clickflare", "payout=5", "missing_field"),
    ("binom", "payout=5", "missing_field"),
    ("binom", "cnv_id={clickid}&payout=5", "bad_value"),
    ("keitaro", "subid={subid}&status=sale", "unknown_event"),
    ("funnelflux", "hit={hit}&rev=5", "unknown_event"),
]


@pytest.mark.parametrize(("name", "query", "code"), REFUSED)
def test_a_postback_that_cannot_be_true_is_quarantined(name: str, query: str, code: str, tmp_path: Path):
    assert quarantined(tmp_path, name, get(query))[0] == code


@pytest.mark.parametrize(("name", "query"), TRACKERS.items())
def test_macros_that_stayed_in_ids_of_ads_are_taken_off(name: str, query: str, tmp_path: Path):
    (item,) = posted(tmp_path, name, get(query + "&ad_id={t1}&network={source}&country={country}"))
    assert not {"ad_id", "network", "country"} & item.keys()
    assert (item["traffic"], item["properties"]) == ("review", {"ad_id": "{t1}"})


@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_s_address_holds_its_own_tokens_and_reads_as_what_they_become(name: str, tmp_path: Path):
    found = profile(name)
    filled: dict[str, Any] = dict(pair.partition("=")[::2] for pair in found.url.split("&"))
    assert all(token.startswith("{") and token.endswith("}") for token in filled.values())
    values = {"status": "sale", "cnv_status": "sale", "currency": "USD", "revenue": "5", "payout": "5", "rev": "5"}
    query = "&".join(f"{key}={values.get(key, f'x-{key}')}" for key in filled)
    (item,) = posted(tmp_path, name, get(query))
    assert (item["type"], item["revenue"], item.get("properties")) == ("conversion", "5", None)
