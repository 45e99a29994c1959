"""This module owns the promises about what texts mean in the record: variants, learned ads, and what people decided."""

from pathlib import Path
from typing import Any

import pytest
from journaling import Desk, click

from ingest import decisions
from ingest.creative import identify

TEXT, OTHER, THIRD = "Quiet SUVs of 2026", "Cruises for over-60s, last cabins", "Phone plans without a contract"
ONE, TWO, THREE = (identify(text).creative_id for text in (TEXT, OTHER, THIRD))
FULL = "Quiet SUVs of 2026: the new electric models nobody told you about. See prices near you."
ALIASES = "select creative_id, canonical_id, kind from creative_aliases order by creative_id"


def decide(desk: Desk, kind: str, subject: str | None, target: str | None = None, reason: str = "the same ad") -> str:
    return decisions.append(desk.journal_dir, kind, subject, target, "ada", reason)


def test_texts_become_variants_of_one_creative_shown_as_people_write_it(desk: Desk):
    desk.post(click("1", TEXT.upper()), click("2", "Quiet%20SUVs%20of%202026"), click("3", TEXT), click("4", None))
    desk.post(click("5", "{{ad.name}}"), click("6", "Learn More"))
    desk.load()
    assert desk.query("select creative_id, creative_text, status from creatives") == [(ONE, TEXT, "ok")]
    assert desk.query("select status, count(*)::int from creative_variants group by status order by status") == [
        ("ok", 3), ("placeholder", 1), ("unresolved_macro", 1),
    ]  # fmt: skip
    assert desk.query("select count(*) from interactions where variant_id is null") == [(1,)]


TIMES = {"a": "2026-11-20T00:00:00Z", "b": "2026-11-21T00:00:00Z", "c": "2026-11-22T00:00:00Z"}


@pytest.mark.parametrize("is_loaded_each", [True, False])
def test_when_a_text_was_first_seen_does_not_depend_on_the_order_of_arrival(tmp_path: Path, is_loaded_each: bool):
    found = set()
    for order in ("abc", "bca", "cab"):
        with Desk(tmp_path / order) as desk:
            for each in order:
                desk.post(click(each, occurred_at=TIMES[each], ad_id="7", network="fb"))
                if is_loaded_each:
                    desk.load()
            desk.load()
            found |= {
                (table, *row)
                for table in ("texts_seen", "creative_variants", "creatives")
                for row in desk.query(f"select first_seen::varchar from {table}")
            }
    assert found == {(table, "2026-11-20 00:00:00") for table in ("texts_seen", "creative_variants", "creatives")}


def test_a_text_seen_with_an_ad_teaches_what_the_ad_shows(desk: Desk):
    desk.post(click("1", ad_id="7", network="FB", account_id="9"), click("2", ad_id="7", network="FB", account_id="9"))
    desk.post(click("3", None, ad_id="8"), click("4"))
    desk.load()
    desk.load()
    assert desk.query("select network, account_id, ad_id, origin from ads") == [("facebook", "9", "7", "learned")]


def test_a_cut_text_and_a_headline_become_aliases_of_the_full_text(desk: Desk):
    cut, headline = FULL[:61], TEXT
    desk.post(click("1", cut), click("2", FULL, ad_id="7"), click("3", headline, ad_id="7"))
    desk.load()
    full = identify(FULL).creative_id
    assert set(desk.query(ALIASES)) == {
        (identify(cut).creative_id, full, "truncated"), (identify(headline).creative_id, full, "headline"),
    }  # fmt: skip


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Three creatives that have nothing to do with each other."""
    desk.post(click("1", TEXT), click("2", OTHER), click("3", THIRD))
    desk.load()
    assert desk.query(ALIASES) == []
    return desk


def test_a_merge_counts_one_creative_as_another_until_it_is_undone(three: Desk):
    decision = decide(three, "merge", ONE, TWO)
    assert three.load().deliveries == 1
    assert three.query(ALIASES) == [(ONE, TWO, "merge")]
    assert three.query("select reason from creative_aliases") == [("ada: the same ad",)]
    assert three.query("select decision_id, kind, subject, object, actor, reason from decisions") == [
        (decision, "merge", ONE, TWO, "ada", "the same ad")
    ]
    decide(three, "unmerge", ONE)
    three.load()
    assert three.query(ALIASES) == []
    assert three.query("select count(*)::int from decisions") == [(2,)]
    assert three.query("select count(*)::int from interactions") == [(3,)]


def test_the_last_of_two_merges_counts_also_when_both_come_in_one_batch(three: Desk):
    decide(three, "merge", ONE, TWO)
    decide(three, "merge", ONE, THREE)
    three.load()
    assert three.query(ALIASES) == [(ONE, THREE, "merge")]


def test_a_chain_of_merges_ends_at_its_end(three: Desk):
    decide(three, "merge", ONE, TWO)
    decide(three, "merge", TWO, THREE)
    three.load()
    assert set(three.query(ALIASES)) == {(ONE, THREE, "merge"), (TWO, THREE, "merge")}


@pytest.mark.parametrize(
    "ring", [[(ONE, TWO), (TWO, ONE)], [(ONE, TWO), (TWO, THREE), (THREE, ONE)], [(ONE, ONE)]], ids=len
)
def test_a_ring_of_merges_stays_apart_until_it_is_opened(three: Desk, ring: list[tuple[str, str]]):
    for subject, target in ring:
        decide(three, "merge", subject, target)
    three.load()
    assert three.query(ALIASES) == []
    decide(three, "unmerge", ring[0][0])
    three.load()
    assert len(three.query(ALIASES)) == len(ring) - 1


def test_a_merge_into_a_ring_stays_apart_too(three: Desk):
    for subject, target in ((ONE, TWO), (TWO, THREE), (THREE, TWO)):
        decide(three, "merge", subject, target)
    three.load()
    assert three.query(ALIASES) == []


def test_an_unmerge_overrules_an_alias_that_was_derived_also_before_the_texts_arrive(desk: Desk):
    cut = identify(FULL[:61]).creative_id
    decide(desk, "unmerge", cut, reason="another offer")
    desk.load()
    desk.post(click("1", FULL[:61]), click("2", FULL))
    desk.load()
    assert desk.query(ALIASES) == []
    decide(desk, "merge", cut, identify(FULL).creative_id)
    desk.load()
    assert desk.query(ALIASES) == [(cut, identify(FULL).creative_id, "merge")]


def test_decisions_outlive_the_record(three: Desk):
    decide(three, "merge", ONE, TWO)
    three.load()
    three.record_path.unlink()
    three.load()
    assert three.query(ALIASES) == [(ONE, TWO, "merge")]


@pytest.mark.parametrize("kind", ["", "Merge", "delete", "merge; drop table"])
def test_there_are_no_other_decisions(desk: Desk, kind: Any):
    with pytest.raises(ValueError, match="is not a decision"):
        decide(desk, kind, ONE, TWO)
    assert desk.load().deliveries == 0
