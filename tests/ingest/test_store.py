"""This module owns the promises of the record: each delivery counts once, however often it comes, in whatever order."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from journaling import Desk, click

from ingest.rejection import REASONS
from ingest.store import draining, steps

LOADS = "select sum(accepted)::int, sum(new_versions)::int, sum(duplicates)::int, sum(quarantined)::int from loads"
REPORT = {"type": "report", "day": "2026-11-22", "level": "ad", "network": "fb", "ad_id": "1", "clicks": 5, "cost": "2"}
MONEY = {"id": "r-1", "type": "revenue", "occurred_at": "2026-11-23T08:00:00Z", "click_id": "c-9"}


def test_what_was_posted_is_in_the_record(desk: Desk):
    passage = desk.post(
        click("1", revenue="0.42", country="us", visitor_id="v"),
        REPORT,
        {"type": "settlement", "day": "2026-11-20", "offer_id": "140", "revenue": "3.5"},
        {"type": "ad", "network": "fb", "ad_id": "1", "rac": "Quiet SUVs of 2026"},
    )
    done = desk.load()
    assert (done.deliveries, done.items, done.damaged) == (1, 4, [])
    assert desk.query(
        "select sender, type, id, occurred_at::varchar, revenue::varchar, country, delivery_id, item_index"
        " from interactions"
    ) == [("shop", "click", "1", "2026-11-23 08:00:00", "0.420000", "US", passage.delivery.delivery_id, 0)]
    assert desk.query("select network, ad_id, clicks, cost::varchar, item_index from reports") == [
        ("facebook", "1", 5, "2.000000", 1)
    ]
    assert desk.query("select offer_id, revenue::varchar, item_index from settlements") == [("140", "3.500000", 2)]
    assert desk.query("select ad_id, origin from ads where origin = 'posted'") == [("1", "posted")]
    assert desk.query(LOADS) == [(4, 0, 0, 0)]


def test_a_drain_ends_though_deliveries_keep_coming_and_the_next_one_takes_them(desk: Desk, monkeypatch):
    def commit(connection, chunk):
        loaded = real(connection, chunk)
        desk.post(click(f"during-{next(numbers)}"))
        return loaded

    real, numbers = draining.commit, itertools.count()
    desk.post(click("before"))
    monkeypatch.setattr(draining, "commit", commit)
    done = desk.load()
    assert (done.deliveries, done.more) == (1, False)
    assert desk.load().deliveries == 1
    assert desk.query("select id from interactions order by id") == [("before",), ("during-0",)]


def test_the_same_delivery_thrice_counts_once(desk: Desk):
    for load in (False, True, True):
        desk.post(click("1"), REPORT | {"occurred_at": "2026-11-23T00:00:00Z"})
        if load:
            desk.load()
    assert desk.query("select count(*) from interactions") == desk.query("select count(*) from reports") == [(1,)]
    assert desk.query(LOADS) == [(2, 0, 4, 0)]
    assert desk.query("select count(*) from quarantine") == [(0,)]


def test_the_same_item_twice_in_one_delivery_counts_once(desk: Desk):
    desk.post(click("1"), click("1"))
    desk.load()
    assert desk.query(LOADS) == [(1, 0, 1, 0)]


def test_a_retried_report_without_a_time_of_its_own_is_a_duplicate_and_the_next_one_a_version(desk: Desk):
    for message_id in ("msg_1", "msg_1", "msg_2"):
        desk.post(REPORT, message_id=message_id)
        desk.load()
    assert desk.query(LOADS) == [(1, 1, 1, 0)]


def test_one_id_at_two_senders_of_two_types_or_stages_is_not_the_same(desk: Desk):
    desk.post(click("1"))
    desk.post(click("1"), sender="feed")
    desk.post(click("1") | {"type": "impression"})
    desk.post(MONEY | {"revenue": "1", "revenue_stage": "estimated"}, MONEY | {"revenue": "1"})
    desk.load()
    assert desk.query(LOADS) == [(5, 0, 0, 0)]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [("US", "DE"), ("DE", "US")])
def test_of_two_clicks_with_one_id_the_same_one_counts_whichever_came_first(
    desk: Desk, order: tuple[str, str], together: bool
):
    posted = {}
    for country in order:
        for _ in range(2):
            posted.setdefault(country, desk.post(click("1", country=country)))
        if not together:
            desk.load()
    desk.load()
    assert desk.query("select country, delivery_id from interactions") == [("DE", posted["DE"].delivery.delivery_id)]
    ((code, field, identity, item, found, index, detail),) = desk.query(
        "select code, field, id, item, delivery_id, item_index, detail from quarantine"
    )
    assert (code, field, identity, index, detail) == ("id_conflict", "id", "1", 0, REASONS["id_conflict"])
    assert found == posted["US"].delivery.delivery_id
    assert {key: json.loads(item)[key] for key in ("type", "id")} == {"type": "click", "id": "1"}
    assert desk.query(LOADS) == [(1, 0, 2, 1)]
    assert desk.query("select count(*) from seen group by kept order by kept") == [(1,), (1,)]
    is_displaced = order[0] == "US" and not together
    assert desk.query("select delivery_id, item_index from displaced") == ([(found, 0)] if is_displaced else [])


VERSIONS: dict[str, list[dict[str, Any]]] = {
    "revenue": [MONEY | {"revenue": amount} for amount in ("1", "2", "3")],
    "conversions": [MONEY | {"type": "conversion", "revenue": amount} for amount in ("1", "2", "3")],
    "ad_clicks": [MONEY | {"type": "ad_click", "revenue": amount} for amount in ("1", "2", "3")],
    "reports": [REPORT | {"clicks": n, "occurred_at": f"2026-11-23T0{n}:00:00Z"} for n in (1, 2, 3)],
    "settlements": [{"type": "settlement", "day": "2026-11-20", "offer_id": "1", "revenue": n} for n in (1, 2, 3)],
    "ads": [{"type": "ad", "ad_id": "1", "rac": f"text {n}", "occurred_at": "2026-11-23T00:00:00Z"} for n in (1, 2)],
}
CONTENT = """
select type, id, revenue_stage, revenue::varchar, content_hash from interactions
union all select 'report', ad_id, stated_at::varchar, clicks::varchar, content_hash from reports
union all select 'settlement', offer_id, null, revenue::varchar, content_hash from settlements
union all select 'ad', ad_id, null, variant_id, content_hash from ads where origin = 'posted' order by all
"""


@pytest.mark.parametrize("kind", VERSIONS)
def test_other_content_of_what_has_versions_is_a_new_version(desk: Desk, kind: str):
    for version in VERSIONS[kind]:
        desk.post(version, message_id="one")
        desk.load()
    assert desk.query(LOADS) == [(1, len(VERSIONS[kind]) - 1, 0, 0)]
    assert len(desk.query(CONTENT)) == len(VERSIONS[kind])


def test_the_versions_that_are_kept_do_not_depend_on_order_or_batches(tmp_path: Path):
    one, two, three = VERSIONS["revenue"]
    found = []
    for order, is_loaded_each in [((one, two, three), False), ((three, one, two), False), ((three, two, one), True)]:
        with Desk(tmp_path / str(len(found))) as desk:
            for version in (*order, order[0]):
                desk.post(version)
                if is_loaded_each:
                    desk.load()
            desk.load()
            found.append(desk.query(CONTENT))
            assert desk.query(LOADS) == [(1, 2, 1, 0)]
    assert all(one == found[0] for one in found) and len(found[0]) == 3


def test_one_bad_item_among_a_thousand_is_quarantined_alone(desk: Desk):
    items = [click(str(n)) for n in range(1000)]
    items[500] = click("500", occurred_at="soon", visitor_id="v-secret")
    passage = desk.post(*items)
    desk.load()
    assert len(passage.accepted) == 999
    assert desk.query("select count(*), count(distinct item_index) from interactions") == [(999, 999)]
    ((code, field, index, identity, disposition, item),) = desk.query(
        "select code, field, item_index, id, disposition, item from quarantine"
    )
    assert (code, field, index, identity, disposition) == ("bad_time", "occurred_at", 500, "500", "accepted")
    assert json.loads(item)["occurred_at"] == "soon" and "v-secret" not in item
    assert desk.query(LOADS) == [(999, 0, 0, 1)]


def test_the_quarantine_keeps_the_same_body_once(desk: Desk):
    for load in (False, True, True):
        desk.post(click("1", occurred_at="soon"), click("2", occurred_at="soon"))
        desk.post(body=b"{")
        if load:
            desk.load()
    desk.post(click("1", occurred_at="sooner"))
    desk.load()
    assert desk.query("select code, item_index, count(*) from quarantine group by all order by all") == [
        ("bad_json", None, 1), ("bad_time", 0, 2), ("bad_time", 1, 1),
    ]  # fmt: skip
    assert desk.query(LOADS) == [(0, 0, 6, 4)]


def test_an_undecodable_body_is_kept_whole_in_the_journal_and_named_in_the_record(desk: Desk):
    passage = desk.post(body=b"\xff\xfe{")
    desk.load()
    assert desk.query("select code, field, item, item_index from quarantine") == [("bad_encoding", "body", "", None)]
    assert passage.delivery.body == b"\xff\xfe{"


@pytest.mark.parametrize("identity", ["a\0b", "a\ud83cb", "a\u2028b", "\U0001f69a", "' or 1=1 --", '{"a":'])
def test_hostile_text_passes_through_the_record_as_it_is(desk: Desk, identity: str):
    desk.post({"id": identity}, click("1", f"<b>{identity}</b> =cmd|' /C calc'!A0 $\\href{{x}}$", term=identity))
    assert desk.load().items == 1
    shown = identity.replace("\0", "\ufffd").replace("\ud83c", "\ufffd")
    assert desk.query("select term from interactions") == [(shown,)]
    ((raw,),) = desk.query("select creative_raw from creative_variants")
    assert raw == f"<b>{shown}</b> =cmd|' /C calc'!A0 $\\href{{x}}$"


def test_a_second_drain_loads_nothing_twice(desk: Desk):
    desk.post(click("1"))
    assert [desk.load().deliveries, desk.load().deliveries] == [1, 0]
    desk.post(click("2"))
    desk.seal()
    desk.post(click("3"))
    assert [desk.load().deliveries, desk.load().deliveries] == [2, 0]
    assert desk.query("select row, sealed from positions order by segment") == [(2, True), (1, False)]
    assert desk.query(LOADS) == [(3, 0, 0, 0)]


def test_refusals_are_loaded_once(desk: Desk):
    desk.journal.count_refusal("shop", "signature_wrong", 10)
    desk.seal()
    desk.load()
    desk.load()
    assert desk.query("select sender, code, deliveries, bytes from refusals") == [("shop", "signature_wrong", 1, 10)]


def test_a_batch_that_fails_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.post(click("1"))
    desk.load()
    desk.post(click("2"), click("3", occurred_at="soon"))
    broken = (*steps.INSERTS[:-1], "insert_nothing")  # the last step of all has no file
    with monkeypatch.context() as patch, pytest.raises(FileNotFoundError):
        patch.setattr(steps, "INSERTS", broken)
        desk.load()
    assert desk.query("select id from interactions") == [("1",)]
    assert desk.query("select row from positions") == [(1,)]
    assert desk.query("select count(*) from seen") == [(1,)]
    assert desk.load().deliveries == 1
