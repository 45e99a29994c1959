"""This module owns the promise that every creative can be explained: its steps, places, aliases and decisions."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from journaling import Desk, click
from running import write_config
from typer.testing import CliRunner

from ingest import decisions
from ingest.__main__ import app
from ingest.creative import ad_identity, identify, variant_id
from ingest.identity.explanation import Row, explained
from ingest.store import RecordError
from ingest.terminal.commands import Exit

FULL = "Quiet SUVs of 2026: the new electric models nobody told you about. See prices near you."
CUT, TERM, OTHER = FULL[:61], "used suv", "Cruises for over-60s"
ENCODED = "Quiet%20SUVs%20&amp;%20vans"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A cut text and the whole one on one ad, a search term, an encoded text and a macro; one merge is decided."""
    with Desk(tmp_path_factory.mktemp("explained")) as desk:
        ad = {"ad_id": "7", "network": "fb", "account_id": "9"}
        desk.post(click("1", CUT, **ad), click("2", FULL, **ad), click("3", FULL.upper()), click("4", "{{ad.name}}"))
        desk.post(click("5", TERM, term="Used SUV"), click("6", ENCODED), click("7", OTHER), sender="feed")
        decisions.append(
            desk.journal_dir, "merge", identify(OTHER).creative_id, identify(FULL).creative_id, "ada", "same"
        )
        desk.load()
        yield desk


def about(desk: Desk, what: str) -> list[Row]:
    return explained(desk.record_path, what)


def value(rows: list[Row], what: str) -> list[str | None]:
    return [row[1] for row in rows if row[0] == what]


def test_a_plain_text_is_explained_step_by_step_without_a_record(tmp_path: Path):
    rows = explained(tmp_path / "none.duckdb", ENCODED)
    assert [row[:2] for row in rows] == [
        ("raw", ENCODED),
        ("step: percent", "Quiet SUVs &amp; vans"),
        ("step: entities", "Quiet SUVs & vans"),
        ("text", "Quiet SUVs & vans"),
        ("status", "ok"),
        ("flags", "html_entity residual_percent"),
        ("key", "quiet suvs & vans"),
        ("creative_id", identify(ENCODED).creative_id),
    ]


def test_an_id_without_a_record_says_that_there_is_none(tmp_path: Path):
    with pytest.raises(RecordError, match="There is no record"):
        explained(tmp_path / "none.duckdb", identify(FULL).creative_id or "")


def test_a_text_that_was_seen_shows_its_places_and_what_it_counts_as(desk: Desk):
    rows = about(desk, CUT)
    assert value(rows, "place") == ["shop · facebook / 9 / 7"]
    assert value(rows, "interactions") == ["1"]
    assert value(rows, "counts as (truncated)") == [f"{identify(FULL).creative_id}: {FULL}"]
    assert value(rows, "flag: shorter_than_known_text") == [FULL]
    assert ("flag: truncated", None, "It is cut off; see what it counts as.") in rows


def test_a_creative_shows_each_raw_text_its_aliases_and_its_decisions(desk: Desk):
    rows = about(desk, str(identify(FULL).creative_id))
    assert set(value(rows, "raw")) == {FULL, FULL.upper()}
    assert value(rows, "has alias (truncated)") == [f"{identify(CUT).creative_id}: {CUT}"]
    assert value(rows, "has alias (merge)") == [f"{identify(OTHER).creative_id}: {OTHER}"]
    (decided,) = [row for row in rows if row[0] == "decided: merge"]
    assert decided[2] is not None and decided[2].endswith("UTC, ada: same")


def test_a_variant_leads_to_its_creative(desk: Desk):
    rows = about(desk, variant_id(FULL.upper()))
    assert rows[0] == ("variant", variant_id(FULL.upper()), f"of the creative {identify(FULL).creative_id}")
    assert value(rows, "decided: merge")


def test_a_text_that_is_none_is_explained_too(desk: Desk):
    for what in ("{{ad.name}}", variant_id("{{ad.name}}")):
        rows = about(desk, what)
        assert value(rows, "status") == ["unresolved_macro"] and value(rows, "creative_id") == [None]
        assert value(rows, "interactions") == ["1"]


def test_a_text_that_is_the_search_term_of_its_visits_is_flagged(desk: Desk):
    assert value(about(desk, TERM), "flag: equals_terms") == [None]
    assert value(about(desk, OTHER), "flag: equals_terms") == []


def test_an_ad_without_a_text_is_named(desk: Desk):
    assert about(desk, ad_identity("facebook", "9", "7"))[0] == ("ad", "facebook / 9 / 7", None)


@pytest.mark.parametrize("unknown", ["rac1_" + "0" * 32, "ad1_" + "0" * 32, "0" * 32])
def test_an_unknown_id_is_explained_by_nothing(desk: Desk, unknown: str):
    assert about(desk, unknown) == []


def test_a_text_nobody_sent_says_so(desk: Desk):
    assert about(desk, "Loans for everybody")[-1][:2] == ("seen", "never")


def ask(desk: Desk, *arguments: str) -> tuple[int, str, str]:
    config = write_config(desk.data_dir.parent, {})
    done = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(
        app, ["creatives", *arguments, "--config", str(config)]
    )
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_list_aliases_and_decisions_as_data(desk: Desk):
    code, out, _ = ask(desk, "aliases", "--format", "json")
    assert code == Exit.OK
    assert [(row["kind"], row["creative_text"], row["canonical_text"]) for row in json.loads(out)] == [
        ("merge", OTHER, FULL), ("truncated", CUT, FULL),
    ]  # fmt: skip
    (decision,) = json.loads(ask(desk, "decisions", "--format", "json")[1])
    assert (decision["kind"], decision["actor"], decision["reason"]) == ("merge", "ada", "same")


def test_the_explanation_is_a_table_json_or_csv(desk: Desk):
    assert "counts as (truncated)" in ask(desk, "explain", CUT)[1]
    (first, *_) = json.loads(ask(desk, "explain", CUT, "--format", "json")[1])
    assert first == {"what": "raw", "value": CUT, "detail": f"variant {variant_id(CUT)}"}
    header, *_ = csv.reader(io.StringIO(ask(desk, "explain", CUT, "--format", "csv")[1]))
    assert header == ["what", "value", "detail"]


def test_the_explanation_of_nothing_fails_with_a_sentence(desk: Desk):
    code, out, err = ask(desk, "explain", "0" * 32)
    assert (code, out.strip()) == (Exit.FAILED, "") and "holds no creative and no text with the id" in err
