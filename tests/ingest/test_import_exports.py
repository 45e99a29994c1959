"""This module owns what each export becomes: checked to the field, from a file and through the door."""

from pathlib import Path
from typing import Any

import pytest
from exports import CASES, FILES, TABOOLA
from importing import Office
from journaling import Desk
from platforms import said, sample

from ingest.auth import sign, verifier
from ingest.door.request import Request
from ingest.importing.errors import ImportRefusedError
from ingest.profile import profile

PROFILES = sorted({case[0] for case in CASES.values()})
NEWEST = "qualify row_number() over (partition by key_hash order by stated_at desc, content_hash desc) = 1"
REPORTS = (
    "select day::varchar, level, account_id, campaign_id, adset_id, ad_id, country, impressions, clicks, cost::varchar,"
    f" platform_conversions, platform_revenue::varchar, currency from reports {NEWEST} order by level, ad_id, country"
)
SETTLEMENTS = (
    "select day::varchar, offer_id, campaign_id, ad_id, country, revenue::varchar, currency from settlements"
    f" {NEWEST} order by campaign_id, revenue"
)
ADS = (
    "select ad_id, valid_from::date::varchar, creative_raw from ads join creative_variants using (variant_id)"
    " where origin = 'posted' order by ad_id"
)


def office(folder: Path, name: str) -> Office:
    return Office(folder, export={"profile": name, "timezone": "UTC"})


@pytest.mark.parametrize("case", CASES)
def test_an_export_becomes_exactly_what_it_says(case: str, tmp_path: Path):
    name, options, file, reports, settlements, ads = CASES[case]
    there = office(tmp_path, name)
    if options:
        sender = there.settings.senders["export"].model_copy(update={"options": options})
        there.settings = there.settings.model_copy(update={"senders": {"export": sender}})
    done = there.again(FILES / file, "export")
    assert done.checked.quarantined == {}
    assert there.rows(REPORTS) == reports
    assert there.rows(SETTLEMENTS) == settlements
    assert not ads or there.rows(ADS) == ads


@pytest.mark.parametrize("name", [case for case in CASES if CASES[case][2].endswith(".json") and "name" not in case])
def test_the_same_answer_of_an_api_can_be_posted_to_the_door(name: str, tmp_path: Path):
    shipped, options, file, reports, settlements, _ = CASES[name]
    content = (FILES / file).read_bytes()
    with Desk(tmp_path, profile=shipped, options=options, timezone="UTC") as desk:
        passage = desk.put(Request("POST", content, {"content-type": "application/json"}))
        assert passage.quarantined == []
        desk.load()
        assert (desk.query(REPORTS), desk.query(SETTLEMENTS)) == (reports, settlements)


def test_taboola_s_day_comes_with_the_address_or_with_the_command_or_not_at_all(tmp_path: Path):
    body = (FILES / "taboola-2025-11-20.json").read_bytes()
    with Desk(tmp_path / "door", profile="taboola_items") as desk:
        dayless = desk.put(Request("POST", body, {"content-type": "application/json"}))
        assert (dayless.accepted, dayless.ignored) == ([], 1)
        desk.put(Request("POST", body, {"content-type": "application/json"}, "day=2025-11-20"))
        desk.load()
        assert desk.query(REPORTS) == TABOOLA
    there = office(tmp_path / "import", "taboola_items")
    with pytest.raises(ImportRefusedError, match="name it with --day"):
        there.take("a.json", body, "export")
    there.take("a.json", body, "export", day="2025-11-20")
    assert there.rows(REPORTS) == TABOOLA


PERIODS: dict[str, tuple[str, str, str]] = {
    "meta over a month": (
        "meta_insights", "Reporting starts,Reporting ends,Ad ID,Amount spent (USD)\n2025-11-01,2025-11-30,1202,300\n",
        "date_stop.* = '2025-11-30'|date_stop or",
    ),
    "taboola over a week": (
        "taboola_items", "date,date_end_period,item,spent\n2025-11-17,2025-11-23,7,3\n", "period = '2025-11-23'"
    ),
    "google without days": ("google_ads_report", "Ad ID,Cost\n1202,300\n", "no day.*reads day from date or “Day”"),
    "system1 by hour": (
        "system1_report", "DATA DATE,DATA HOUR,ADGROUP ID,PARTNER NET REVENUE\n2025-11-20,7,1,300\n", "an hourly report"
    ),
    "tonic's estimates": (
        "tonic_epc_final", "date,revenueUsd,revenue_type\n2025-11-20,3,estimated_revenue\n", "only final"
    ),
    "tiktok by age": (
        "tiktok_report", "By Day,Ad ID,Age,Cost\n2025-11-20,1,18-24,3\n2025-11-20,1,25-34,4\n", "rows 2 and 3 say"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PERIODS)
def test_what_would_count_wrongly_is_refused_with_its_reason(case: str, tmp_path: Path):
    name, content, words = PERIODS[case]
    with pytest.raises(ImportRefusedError, match=f"(?s){words}"):
        office(tmp_path, name).take("a.csv", content, "export")


def test_a_text_is_dated_by_its_row_s_day_so_a_rotation_stays_what_it_was(tmp_path: Path):
    there = office(tmp_path, "tiktok_report")
    export = (FILES / "tiktok.csv").read_text(encoding="utf-8")
    for day, text in (("2025-11-20", "First"), ("2025-11-21", "Second"), ("2025-11-22", "Second")):
        there.take(f"{day}.csv", export.replace("2025-11-20", day).replace("Quiet SUVs", text), "export")
    assert [row[1:] for row in there.rows(ADS.replace("by ad_id", "by valid_from"))] == [
        ("2025-11-20", "First"), ("2025-11-21", "Second"), ("2025-11-22", "Second"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", PROFILES)
def test_a_sample_passes_the_door_and_leaves_neither_money_nor_its_token(name: str, tmp_path: Path):
    found, request = sample(name)
    signed = sign(found.auth, "a-token-that-nobody-can-guess", request, "msg_1", 0)
    assert "a-token" not in repr(verifier(found.auth, ["a-token-that-nobody-can-guess"]).verify(signed, 0))
    with Desk(tmp_path, profile=name) as desk:
        test = desk.put(request)
        assert (test.accepted, test.quarantined, test.ignored > 0) == ([], [], True)
        real = said(desk.put(_without_mark(request)))
    assert {item["type"] for item in real} <= {"report", "settlement", "ad"}
    assert any(item.get("cost") or item.get("revenue") for item in real)


@pytest.mark.parametrize("name", PROFILES)
def test_a_page_says_where_the_file_comes_from_and_how_to_schedule_it(name: str):
    found: Any = profile(name)
    assert "import" in found.setup and "drop folder" in found.setup and found.confirmed and found.docs
    assert found.kind == "generic" or (found.unconfirmed and "very" in found.setup)
    assert ("settles" in found.setup) == (found.kind == "feed")


def _without_mark(request: Request) -> Request:
    headers = {key: value for key, value in request.headers.items() if key != "whichad-test"}
    return Request(request.method, request.body, headers, request.query)
