"""This module owns the promises of new rules: what they would change is said first, and nothing else changes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from journaling import Desk, click
from running import write_config
from typer.testing import CliRunner

from ingest import decisions
from ingest.__main__ import app
from ingest.creative import Creative, identify, variant_id
from ingest.identity import renormalise
from ingest.identity.rule_sets import DEFAULT, RULES
from ingest.store import RecordError
from ingest.terminal.commands import Exit

TABLES = ("creative_variants", "creatives", "creative_aliases", "ads", "interactions", "texts_seen")
LOUD, CALM, CRUISE, SHOUT, GONE, PLAIN = "Quiet SUVs!", "Quiet SUVs", "Cruises", "CRUISES", "Banner 7", "Phone plans"
MACRO = "{{ad.name}}"


def rac2(value: str) -> Creative:
    """Rules of tests: a final `!` says nothing, case does, a banner is no text, and a macro is one."""
    first = identify(value)
    key = first.text.rstrip("!")
    if not key or key.startswith("Banner"):
        return Creative("placeholder", first.text, None, None, ())
    return Creative("ok", first.text, key, "rac2_" + variant_id(key), ())


def mended(value: str) -> Creative:
    """rac/1 with an implementation that was wrong about a final `!`; ids stay what they are."""
    return identify(value.rstrip("!"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A record of six texts and a macro, two clicks each of the first; `rac/2` is known."""
    monkeypatch.setitem(RULES, "rac/2", rac2)
    with Desk(tmp_path) as desk:
        texts = (LOUD, LOUD, CALM, CRUISE, SHOUT, GONE, PLAIN, MACRO)
        desk.post(*(click(str(n), text, ad_id=f"a{n}", network="fb") for n, text in enumerate(texts)))
        desk.load()
        yield desk


def put_in_force(desk: Desk, version: str) -> str:
    found = renormalise.report(desk.record_path, version)
    decisions.append(desk.journal_dir, "rules", version, found.moved, "ada", "better")
    desk.load()
    return version


def rows(desk: Desk) -> dict[str, list]:
    return {table: desk.query(f"select * from {table} order by all") for table in TABLES}


def ids(desk: Desk) -> dict[str, str | None]:
    return dict(desk.query("select creative_raw, creative_id from creative_variants"))


def test_the_report_says_what_meets_parts_and_is_lost_before_anything_changes(desk: Desk):
    before = rows(desk)
    report = renormalise.report(desk.record_path, "rac/2")
    assert [(c.kind, c.before, c.after, c.variants, c.interactions) for c in report.changes] == [
        ("merge", f"{CALM} + {LOUD}", CALM, 2, 3),
        ("split", SHOUT, f"{SHOUT} + {CRUISE}", 2, 2),
        ("unusable", GONE, f"{GONE} (placeholder)", 1, 1),
        ("usable", MACRO, f"{MACRO} (ok)", 1, 1),
        ("reworded", f"{PLAIN} (ok)", f"{PLAIN} (ok)", 1, 1),
    ]
    assert rows(desk) == before


def test_the_rules_in_force_change_nothing_of_what_they_made(desk: Desk):
    report = renormalise.report(desk.record_path, None)
    assert (report.version, report.before, report.changes, report.is_news) == (DEFAULT, DEFAULT, [], False)


def test_once_decided_every_text_is_worked_out_again_and_no_interaction_is_touched(desk: Desk):
    before = rows(desk)
    put_in_force(desk, "rac/2")
    assert ids(desk) == {text: rac2(text).creative_id for text in (LOUD, CALM, CRUISE, SHOUT, GONE, PLAIN, MACRO)}
    assert desk.query("select distinct rules from creative_variants") == [("rac/2",)]
    assert {row[0] for row in desk.query("select creative_id from creatives")} == set(ids(desk).values()) - {None}
    for table in ("interactions", "texts_seen"):
        assert rows(desk)[table] == before[table]
    desk.post(click("new", "Loans!"))
    desk.load()
    assert ids(desk)["Loans!"] == rac2("Loans!").creative_id


def test_a_rebuild_from_the_journal_gives_the_same_rows(desk: Desk):
    put_in_force(desk, "rac/2")
    desk.post(click("new", "Loans!"))
    desk.load()
    found = rows(desk)
    desk.record_path.unlink()
    desk.load()
    assert rows(desk) == found


def test_going_back_brings_back_what_was(desk: Desk):
    before = rows(desk)
    put_in_force(desk, "rac/2")
    put_in_force(desk, DEFAULT)
    assert rows(desk) == before


def test_a_mended_implementation_of_the_same_rules_is_reported_and_waits_to_be_decided(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    before = rows(desk)
    monkeypatch.setitem(RULES, DEFAULT, mended)
    report = renormalise.report(desk.record_path, None)
    assert [(c.kind, c.before, c.after, c.variants, c.interactions) for c in report.changes] == [
        ("merge", f"{CALM} + {LOUD}", CALM, 2, 3)
    ]
    desk.load()
    assert rows(desk) == before
    put_in_force(desk, DEFAULT)
    assert ids(desk)[LOUD] == identify(CALM).creative_id
    assert not renormalise.report(desk.record_path, None).is_news


def test_a_merge_that_a_person_decided_follows_its_texts(desk: Desk):
    decisions.append(desk.journal_dir, "merge", ids(desk)[PLAIN], ids(desk)[CALM], "ada", "the same offer")
    desk.load()
    (before,) = desk.query("select * from creative_aliases")
    put_in_force(desk, "rac/2")
    assert desk.query("select creative_id, canonical_id, kind from creative_aliases") == [
        (rac2(PLAIN).creative_id, rac2(CALM).creative_id, "merge")
    ]
    decisions.append(desk.journal_dir, "unmerge", rac2(PLAIN).creative_id, None, "bob", "it is not")
    desk.load()
    assert desk.query("select * from creative_aliases") == []
    put_in_force(desk, DEFAULT)
    assert desk.query("select * from creative_aliases") == []
    decisions.append(desk.journal_dir, "merge", ids(desk)[PLAIN], ids(desk)[CALM], "ada", "the same offer")
    desk.load()
    assert desk.query("select * from creative_aliases") == [before]


def test_both_parts_of_a_split_creative_keep_its_merge_but_nothing_is_merged_into_one_of_two(desk: Desk):
    decisions.append(desk.journal_dir, "merge", ids(desk)[CRUISE], ids(desk)[PLAIN], "ada", "the same offer")
    decisions.append(desk.journal_dir, "merge", ids(desk)[LOUD], ids(desk)[CRUISE], "ada", "the same, too")
    desk.load()
    put_in_force(desk, "rac/2")
    found = set(desk.query("select creative_id, canonical_id from creative_aliases"))
    assert found == {(rac2(text).creative_id, rac2(PLAIN).creative_id) for text in (CRUISE, SHOUT)}


def test_rules_that_this_program_lacks_stop_the_loading_and_lose_nothing(desk: Desk):
    before = rows(desk)
    decisions.append(desk.journal_dir, "rules", "rac/3", None, "ada", "a newer whichad did it")
    desk.post(click("new", "Loans"))
    with pytest.raises(RecordError, match=r"'rac/3' are in force .* knows only rac/1, rac/2.*--to rac/1 --apply"):
        desk.load()
    assert rows(desk) == before
    decisions.append(desk.journal_dir, "rules", DEFAULT, None, "ada", "back")
    desk.load()
    assert ids(desk)["Loans"] == identify("Loans").creative_id


def ask(desk: Desk, *arguments: str) -> tuple[int, str, str]:
    config = write_config(desk.data_dir.parent, {})
    done = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(
        app, ["creatives", "renormalise", *arguments, "--config", str(config)]
    )
    return done.exit_code, done.stdout, done.stderr


def test_the_command_reports_and_changes_nothing_by_itself(desk: Desk):
    code, out, err = ask(desk, "--to", "rac/2", "--format", "json")
    assert code == Exit.OK
    assert [row["kind"] for row in json.loads(out)] == ["merge", "split", "unusable", "usable", "reworded"]
    assert "7 texts under rac/2 (rac/1 is in force): 5 changes" in err and "Nothing was changed." in err
    assert desk.load().deliveries == 0


def test_the_command_applies_after_its_report_and_only_with_a_reason(desk: Desk):
    assert ask(desk, "--to", "rac/2", "--apply")[0] == Exit.WRONG_SETTINGS
    code, out, err = ask(desk, "--to", "rac/2", "--apply", "--reason", "a final ! says nothing")
    assert code == Exit.OK and f"{CALM} + {LOUD}" in out and "Decided (" in err
    desk.load()
    assert desk.query("select kind, subject, reason from decisions") == [("rules", "rac/2", "a final ! says nothing")]
    assert ids(desk)[LOUD] == rac2(CALM).creative_id
    assert "There is nothing to put in force." in ask(desk, "--apply", "--reason", "again")[2]


def test_rules_that_nobody_wrote_are_named_with_those_that_exist(desk: Desk):
    code, out, err = ask(desk, "--to", "rac/9")
    assert (code, out) == (Exit.WRONG_SETTINGS, "") and "'rac/9'" in err and "rac/1, rac/2" in err
