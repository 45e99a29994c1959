"""This module owns the promises of the feeds system1, ads_com and admedia: pixels and postbacks become funnel steps."""

from pathlib import Path

import pytest
from journaling import Desk
from postbacks import UNIX, get, ignored, in_force, posted, put, quarantined

from ingest.profile import profile

BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15"
REVIEWER = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"


@pytest.mark.parametrize(
    ("ct", "step"),
    [("impression", "landing_view"), ("IMPRESSION", "landing_view"), ("search", "search_click"), ("click", "ad_click")],
)
def test_system1_s_pixels_are_the_steps_of_its_flow(ct: str, step: str, tmp_path: Path):
    (item,) = posted(tmp_path, "system1", get(f"ct={ct}&click_id=c-1&headline=Used%20SUVs&segment=rsoc1&sub_id=9"))
    assert (item["type"], item["click_id"], item["creative_raw"], item["offer_id"], item["properties"]) == (
        step, "c-1", "Used SUVs", "rsoc1", {"sub_id": "9"},
    )  # fmt: skip
    assert not {"revenue", "revenue_stage"} & item.keys()


def test_system1_answers_a_browser_with_a_pixel():
    assert (profile("system1").answer, profile("system1").keep_headers) == ("gif", ("user-agent",))


def test_system1_s_steps_of_one_click_are_items_each_and_a_reload_is_none(tmp_path: Path):
    pixels = [get(f"ct={ct}&click_id=c-1") for ct in ("impression", "impression", "search", "click", "click")]
    with Desk(tmp_path, profile="system1") as desk:
        put(desk, *pixels, get("ct=click&click_id=c-2"), get("ct=click&click_id=c-1&cb=77"))
        assert in_force(desk, "type", "click_id") == [
            ("landing_view", "c-1"), ("search_click", "c-1"), ("ad_click", "c-1"), ("ad_click", "c-2"),
            ("ad_click", "c-1"),
        ]  # fmt: skip


@pytest.mark.parametrize(("agent", "traffic"), [(BROWSER, None), (REVIEWER, "review"), ("curl/8.5.0", "suspect")])
def test_system1_s_pixel_is_loaded_by_the_visitor_whose_user_agent_says_who_counts(
    agent: str, traffic: str | None, tmp_path: Path
):
    (item,) = posted(tmp_path, "system1", get("ct=search&click_id=c-1", user_agent=agent))
    assert item.get("traffic") == traffic
    assert agent not in str(item)


def test_a_system1_pixel_whose_macros_nobody_filled_in_is_a_review_bot_s(tmp_path: Path):
    (item,) = posted(tmp_path, "system1", get("ct=impression&click_id={cf_click_id}&headline={{ad.name}}"))
    assert (item["traffic"], item.get("click_id"), item["creative_raw"]) == ("review", None, "{{ad.name}}")


@pytest.mark.parametrize("step", ["purchase", "REPLACE_STEP", ""])
def test_a_system1_pixel_of_no_known_step_is_quarantined_by_name(step: str, tmp_path: Path):
    code, detail, _ = quarantined(tmp_path, "system1", get(f"ct={step}&click_id=c-1"))
    assert (code, detail) == ("unknown_event", f"ct = {step!r}")


def test_a_system1_pixel_without_a_click_is_nobody_s(tmp_path: Path):
    assert quarantined(tmp_path, "system1", get("ct=search&cb=7"))[0] == "missing_field"


def test_ads_com_s_second_click_is_an_ad_click_with_an_estimate(tmp_path: Path):
    query = (
        "cid=c-1&click_id=v-7&ref_keyword=New%20Electric%20Cars%20in%202026&ref_adnetwork=FB&ref_pubsite=feed"
        "&domain=suvs.example&subid1=2384&fbclid=IwAR1&click-id=&revenue=0.42&ad_id=1202&country=us&ip=192.0.2.1"
    )
    (item,) = posted(tmp_path, "ads_com", get(query), currency="EUR")
    assert {name: item[name] for name in item.keys() - {"id", "transaction_id", "occurred_at", "stated_at"}} == {
        "type": "ad_click", "click_id": "c-1", "creative_raw": "New Electric Cars in 2026", "network": "facebook",
        "placement": "feed", "offer_id": "suvs.example", "ad_id": "1202", "country": "US", "revenue": "0.42",
        "revenue_stage": "estimated", "currency": "EUR", "click_ids": {"fbclid": "IwAR1"},
        "properties": {"subid1": "2384"},
    }  # fmt: skip
    assert item["id"] == item["transaction_id"]


def test_ads_com_s_clicks_of_one_click_id_add_up_and_a_better_estimate_replaces(tmp_path: Path):
    with Desk(tmp_path, profile="ads_com") as desk:
        put(
            desk,
            get("cid=c-1&click_id=v-1&revenue=0.40"),
            get("cid=c-1&click_id=v-1&revenue=0.40"),  # a retry
            get("cid=c-1&click_id=v-2&revenue=0.30"),  # another ad, the same visitor
            get("cid=c-1&click_id=v-1&revenue=0.55"),  # what it was worth
        )
        found = in_force(desk, "click_id", "transaction_id", "revenue", "count")
    assert sorted((click, money, count) for click, _, money, count in found) == [
        ("c-1", "0.300000", 1), ("c-1", "0.550000", 1),
    ]  # fmt: skip
    assert len({transaction for _, transaction, _, _ in found}) == 2


def test_ads_com_s_clicks_that_nothing_tells_apart_are_one(tmp_path: Path):
    with Desk(tmp_path, profile="ads_com") as desk:
        put(desk, get("cid=c-1&revenue=0.40"), get("cid=c-1&revenue=0.30"))
        assert in_force(desk, "click_id", "revenue") == [("c-1", "0.300000")]


def test_an_ads_com_postback_without_money_has_none(tmp_path: Path):
    (item,) = posted(tmp_path, "ads_com", get("cid=c-1&ref_keyword=&revenue="))
    assert not {"revenue", "creative_raw"} & item.keys()
    assert item["revenue_stage"] == "estimated"  # part of the key: the estimate that follows replaces this row


@pytest.mark.parametrize("event", ["search", "1st_click", "view"])
def test_ads_com_s_earlier_steps_are_ignored_by_name(event: str, tmp_path: Path):
    assert "second click only" in ignored(tmp_path, "ads_com", get(f"cid=c-1&event={event}"))


@pytest.mark.parametrize("query", ["ref_keyword=Used%20SUVs&revenue=0.4", "cid=c-1&event=refund", "cid={cid}"])
def test_an_ads_com_postback_that_names_no_click_is_quarantined(query: str, tmp_path: Path):
    code, detail, _ = quarantined(tmp_path, "ads_com", get(query))
    assert (code, "fbclid = " in detail and "event = " in detail) == ("unknown_event", True)


def test_an_ads_com_macro_that_stayed_is_no_money(tmp_path: Path):
    code, _, shown = quarantined(tmp_path, "ads_com", get("cid=c-1&revenue={revenue}&ip=192.0.2.1"))
    assert (code, "192.0.2.1" in shown) == ("bad_value", False)


def test_admedia_s_postback_is_an_ad_click_at_the_moment_it_names(tmp_path: Path):
    query = f"ts={UNIX - 3600}&click_id=c-1&keyword=used+suv&subid1=2384&subid2=&adtitle=Used+SUVs&ip=192.0.2.1"
    (item,) = posted(tmp_path, "admedia", get(query))
    assert {name: item[name] for name in item.keys() - {"id"}} == {
        "type": "ad_click", "occurred_at": "2026-11-23 08:00:00", "stated_at": "2026-11-23 08:00:00",
        "click_id": "c-1", "term": "used suv", "creative_raw": "Used SUVs", "properties": {"subid1": "2384"},
    }  # fmt: skip


AGENTS = [(BROWSER, None), (REVIEWER, "review"), ("{user_agent}", None), ("", None)]


@pytest.mark.parametrize(("agent", "traffic"), AGENTS)
def test_admedia_names_the_visitor_s_user_agent(agent: str, traffic: str | None, tmp_path: Path):
    (item,) = posted(tmp_path, "admedia", get(f"ts={UNIX}&click_id=c-1&keyword=k&user_agent={agent.replace(' ', '+')}"))
    assert item.get("traffic") == traffic


def test_admedia_s_clicks_differ_by_second_and_keyword(tmp_path: Path):
    with Desk(tmp_path, profile="admedia") as desk:
        keyed = [(0, "a"), (0, "a"), (1, "a"), (0, "b")]
        put(desk, *(get(f"ts={UNIX + at}&click_id=c-1&keyword={word}") for at, word in keyed))
        assert sorted((at.second, term) for at, term in in_force(desk, "occurred_at", "term")) == [
            (0, "a"), (0, "b"), (1, "a"),
        ]  # fmt: skip


def test_an_admedia_postback_without_a_time_happened_when_it_came(tmp_path: Path):
    (item,) = posted(tmp_path, "admedia", get("ts={timestamp}&click_id=c-1&keyword=k"))
    assert item["occurred_at"] == "2026-11-23 09:00:00"


def test_an_admedia_postback_without_a_click_id_is_quarantined(tmp_path: Path):
    assert quarantined(tmp_path, "admedia", get(f"ts={UNIX}&keyword=k"))[0] == "unknown_event"
