"""This module owns the promises about what is refused or loses its key: counted once, kept once, forgotten never."""

from pathlib import Path

import pytest
from journaling import Desk, click

from ingest.store import Record

LOADS = "select sum(accepted)::int, sum(new_versions)::int, sum(duplicates)::int, sum(quarantined)::int from loads"


def test_a_body_that_comes_again_is_a_duplicate_after_the_quarantine_let_go_of_it_too(desk: Desk):
    desk.post(click("1", occurred_at="soon"), click("2"))
    desk.load()
    with Record(desk.record_path) as record:
        record.connection.execute("delete from quarantine")
    desk.post(click("1", occurred_at="soon"), click("2"))
    desk.post(click("1", occurred_at="soon"), click("2"))
    desk.load()
    assert desk.query("select count(*) from quarantine") == [(0,)]
    assert desk.query(LOADS) == [(1, 0, 4, 1)]


def test_what_is_kept_for_diagnosis_counts_once_too(tmp_path: Path):
    with Desk(tmp_path, strict=True) as desk:
        for _ in range(2):
            desk.post(click("1", occurred_at="soon"))
        desk.load()
        desk.post(click("1", occurred_at="soon"))
        desk.load()
        assert desk.query("select disposition, count(*) from quarantine group by all") == [("diagnosis", 1)]
        assert desk.query(LOADS) == [(0, 0, 2, 1)]


def test_the_same_body_of_another_sender_is_another(desk: Desk):
    for sender in ("shop", "feed"):
        desk.post(click("1", occurred_at="soon"), sender=sender)
    desk.load()
    assert desk.query(LOADS) == [(0, 0, 0, 2)]


@pytest.mark.parametrize("shared", [True, False])
def test_the_text_of_what_lost_its_key_is_known_no_more_unless_something_else_says_it(desk: Desk, shared: bool):
    texts = ["A quiet car for the city", "Warm coats for cold days", "Beans, ground this morning"]
    others = [click(f"o{n}", text) for n, text in enumerate(texts)] if shared else []
    if others:
        desk.post(*others)
    for text in texts:
        desk.post(click("1", text))
        desk.load()
    (left,) = desk.query(
        "select creative_raw from interactions join creative_variants using (variant_id) where id = '1'"
    )
    known = texts if shared else [*left]
    for query in (
        "select creative_raw from creative_variants order by 1",
        "select creative_text from creatives order by 1",
        "select creative_raw from texts_seen join creative_variants using (variant_id) order by 1",
    ):
        assert desk.query(query) == [(text,) for text in sorted(known)]
    assert desk.query(LOADS) == [(1 + len(others), 0, 0, 2)]


def test_what_lost_its_key_is_a_duplicate_when_it_comes_again(desk: Desk):
    for _ in range(2):
        for country in ("US", "DE", "FR"):
            desk.post(click("1", country=country))
            desk.load()
    assert desk.query(LOADS) == [(1, 0, 3, 2)]
    assert desk.query("select count(*), count(distinct content_hash), count(*) filter (kept) from seen") == [(3, 3, 1)]


def test_two_keys_of_one_hash_are_two(desk: Desk):
    desk.post(click("1"))
    desk.load()
    with Record(desk.record_path) as record:  # as if another id had this hash: the full key says that it is another
        record.connection.execute("update interactions set id = 'another'")
    desk.post(click("1", country="DE"))
    desk.load()
    assert desk.query("select id from interactions order by id") == [("1",), ("another",)]
    assert desk.query(LOADS) == [(2, 0, 0, 0)]
