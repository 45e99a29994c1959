"""This module owns the promises of an editor's merges: checked, journaled, audited, and pending until applied."""

import time
from dataclasses import replace
from pathlib import Path

import duckdb
import orjson
import pytest
from dashboard_looks import look_at
from dashboard_planted import INTO, MERGED

from dashboard.config import Settings
from dashboard.pages.creative import merging
from dashboard.pages.creative.deciding import REASON_MAX, Refused, is_mergeable, merge, pending, unmerge
from dashboard.people import audit
from dashboard.people.visitor import LOCAL, Visitor
from dashboard.state import short
from ingest.journal import segments
from ingest.segments.segment import SegmentReader

VIEWER, EDITOR = Visitor("vera", "viewer", 7), Visitor("eddie", "editor", 8)


@pytest.fixture
def ids(real_arbitrage: Path) -> dict[str, str]:
    """Creative ids by text, the merged one's included."""
    with duckdb.connect(str(real_arbitrage), read_only=True) as con:
        found = con.execute("select creative_text, creative_id from creatives union all"
                            " select alias_text, alias_id from creative_aliases where in_force").fetchall()  # fmt: skip
    return dict(found)


def journaled(settings: Settings) -> list[dict]:
    """Every decision that the journal holds."""
    found = []
    for path in segments(settings.journal_dir):
        with SegmentReader(path) as reader:
            found += [orjson.loads(row.delivery.items)["decisions"][0] for row in reader.after(0, 100)]
    return found


def test_a_merge_is_journaled_audited_and_pending_until_a_version_shows_it(settings, real_arbitrage, ids):
    subject, into = ids["Planted loser: a mattress"], ids["Planted in the middle: mattresses tested"]
    assert "pending" in merge(settings, real_arbitrage, EDITOR, subject, into, "  the same\x00 ad  ")
    (decision,) = journaled(settings)
    assert (decision["kind"], decision["subject"], decision["object"]) == ("merge", subject, into)
    assert (decision["actor"], decision["reason"]) == ("eddie", "the same ad")
    (entry,) = audit.entries(settings.data_dir)
    assert (entry.who, entry.action, entry.subject) == ("eddie", "merge", subject)
    assert entry.after == {"into": into, "reason": "the same ad", "decision_id": decision["decision_id"]}
    for one in (subject, into):
        (waiting,) = pending(settings, real_arbitrage, one)
        assert waiting.who == "eddie" and waiting.into == into
        look = look_at(real_arbitrage, f"?creative={short(one)}", settings=settings)
        assert "Pending" in str(merging.fill(look).children)
    assert pending(settings, real_arbitrage, ids[INTO]) == []


def test_a_decision_that_a_version_shows_is_not_pending(settings, real_arbitrage, ids):
    with duckdb.connect(str(real_arbitrage), read_only=True) as con:
        ((applied,),) = con.execute(
            "select decision_id from creative_aliases where alias_text = ?", [MERGED]
        ).fetchall()
    for ident in (applied, "x-not-applied"):
        after = {"into": ids[INTO], "reason": "so", "decision_id": ident}
        audit.record(settings.data_dir, int(time.time()), "maria", "merge", ids[MERGED], None, after)
    assert len(pending(settings, real_arbitrage, ids[INTO])) == 1


def test_an_alias_is_set_apart_by_who_may_and_only_from_what_it_counts_as(settings, real_arbitrage, ids):
    unmerge(settings, real_arbitrage, LOCAL, ids[INTO], ids[MERGED], "they sell different things")
    (decision,) = journaled(settings)
    assert (decision["kind"], decision["subject"], decision["object"]) == ("unmerge", ids[MERGED], None)
    with pytest.raises(Refused, match="counts as this one"):
        unmerge(settings, real_arbitrage, LOCAL, ids["Planted loser: a mattress"], ids[MERGED], "wrong place")


@pytest.mark.parametrize(
    ("who", "into", "reason", "said"),
    [
        (VIEWER, "other", "because", "Only editors"),
        (EDITOR, "other", "   ", "Say why"),
        (EDITOR, "other", None, "Say why"),
        (EDITOR, "", "because", "Choose the creative"),
        (EDITOR, None, "because", "Choose the creative"),
        (EDITOR, {"a": 1}, "because", "Choose the creative"),
        (EDITOR, "itself", "because", "into itself"),
        (EDITOR, "rac1_" + "0" * 32, "because", "no text that is published"),
        (EDITOR, "ad", "because", "no text that is published"),
        (EDITOR, "'; drop table creatives; --", "because", "no text that is published"),
    ],
)
def test_what_must_not_be_merged_is_refused_and_nothing_is_written(
    settings, real_arbitrage, ids, who, into, reason, said
):
    subject = ids["Planted loser: a mattress"]
    ad = next(ident for ident in ids.values() if not is_mergeable(ident))
    target = {"other": ids[INTO], "itself": subject, "ad": ad}.get(into, into) if not isinstance(into, dict) else into
    with pytest.raises(Refused, match=said):
        merge(settings, real_arbitrage, who, subject, target, reason)
    assert journaled(settings) == [] and audit.entries(settings.data_dir) == []


def test_a_ring_is_refused_while_its_first_half_is_pending(settings, real_arbitrage, ids):
    one, two = ids["Planted loser: a mattress"], ids[INTO]
    merge(settings, real_arbitrage, EDITOR, one, two, "first")
    with pytest.raises(Refused, match="close a ring"):
        merge(settings, real_arbitrage, EDITOR, two, one, "and back")
    assert len(journaled(settings)) == 1


def test_a_reason_is_kept_up_to_its_length_and_a_viewer_sees_no_form(settings, real_arbitrage, ids):
    merge(settings, real_arbitrage, EDITOR, ids["Planted loser: a mattress"], ids[INTO], "\ud83c" + "x" * 2000)
    assert len(journaled(settings)[0]["reason"]) == REASON_MAX
    look = look_at(real_arbitrage, f"?creative={short(ids[INTO])}", settings=settings)
    seen = {who.name: str(merging.fill(replace(look, visitor=who)).children) for who in (VIEWER, EDITOR)}
    assert "creative-merge-do" in seen["eddie"] and "creative-unmerge-do" in seen["eddie"]
    assert "creative-merge-do" not in seen["vera"] and "Editors can merge" in seen["vera"]
