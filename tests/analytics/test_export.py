"""This module owns the promises of exports: whole files or none, one order, and nothing that a spreadsheet runs."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from journeys import START, Books, item
from typer.testing import CliRunner

from analytics.__main__ import app
from analytics.version.marts import MARTS
from ingest.terminal.commands import Exit
from ingest.terminal.spreadsheet import safe_cell

HOSTILE = (
    '=HYPERLINK("http://x.example";"free")',
    "+1 for free",
    "-5 % today",
    "@SUM(A1)",
    "＝1+1",
    "=cmd|' /C calc'!A0",
)
PLAIN = 'Quiet "SUVs", vans; and\ntrucks = more'


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Clicks on hostile texts on four days, published; a whichad.toml beside them."""
    folder = tmp_path_factory.mktemp("export")
    books = Books(folder)
    for number, text in enumerate((*HOSTILE, PLAIN)):
        at = START + timedelta(days=number % 4)
        fields = {"network": "facebook", "ad_id": f"{number}", "referrerAdCreative": text, "cost": "0.10"}
        books.post(item("click", f"{number}", at, **fields))
    books.build()
    books.publish()
    (folder / "whichad.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    return books


def ask(books: Books, *arguments: str) -> tuple[int, str, str]:
    config = books.settings.data_dir.parent / "whichad.toml"
    done = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(
        app, ["export", *arguments, "--config", str(config)]
    )
    return done.exit_code, done.stdout, done.stderr


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_mart_is_csv_on_stdout_and_nothing_is_said_there(books: Books) -> None:
    code, out, err = ask(books, "rac_compliance")
    assert (code, err) == (Exit.OK, "")
    found = rows(out)
    assert len(found) == len(HOSTILE) + 1
    assert {row["creative_raw"] for row in found} == {f"'{text}" for text in HOSTILE} | {PLAIN}
    assert {row["senders"] for row in found} == {"shop"}


def test_no_text_of_any_mart_begins_as_a_formula_and_numbers_stay_numbers(books: Books) -> None:
    for mart in MARTS:
        for row in rows(ask(books, mart)[1]):
            for name, cell in row.items():
                assert not cell.startswith(("=", "+", "@", "＝", "\t")), (mart, name, cell)
                assert not cell.startswith("-") or float(cell) <= 0, (mart, name, cell)
    assert any(row["profit"].startswith("-") for row in rows(ask(books, "creative_scorecard")[1]))


@pytest.mark.parametrize("value", [None, 7, -7, -0.5, True, "plain", "a=b", "1-2", "", "'=1"])
def test_what_a_spreadsheet_shows_anyway_stays(value: object) -> None:
    assert safe_cell(value) == value


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_may_run_is_shown_instead(first: str) -> None:
    assert safe_cell(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_a_file_holds_every_row_and_nothing_is_left_beside_it(books: Books, tmp_path: Path, suffix: str) -> None:
    to = tmp_path / f"it's evidence.{suffix}"
    code, out, err = ask(books, "rac_compliance", "--to", str(to))
    assert (code, out) == (Exit.OK, "")
    assert err.strip() == f"wrote {len(HOSTILE) + 1} rows to {to}"
    assert sorted(tmp_path.iterdir()) == [to, tmp_path / f"{to.name}.json"]
    assert read_texts(to) == {*HOSTILE, PLAIN}


def read_texts(path: Path) -> set[str]:
    """The raw texts in an export, without the apostrophes of CSV."""
    if path.suffix == ".parquet":
        return {text for (text,) in duckdb.from_parquet(str(path)).select("creative_raw").fetchall()}
    text = path.read_text(encoding="utf-8")
    found = rows(text) if path.suffix == ".csv" else json.loads(text)
    return {row["creative_raw"].removeprefix("'") for row in found}


def test_beside_a_file_stands_what_its_rows_are(books: Books, tmp_path: Path) -> None:
    to = tmp_path / "scores.parquet"
    ask(books, "creative_daily", "--to", str(to), "--where-day", f"{START.date()}")
    said = json.loads((tmp_path / "scores.parquet.json").read_text(encoding="utf-8"))
    rows = duckdb.from_parquet(str(to))
    assert (said["rows"], said["filters"]) == (len(rows.fetchall()), {"days": str(START.date())})
    assert said["sha256"] == hashlib.sha256(to.read_bytes()).hexdigest()
    assert [column["name"] for column in said["columns"]] == rows.columns
    assert all(column["meaning"] for column in said["columns"])
    assert (said["version"], said["headline_rule"], said["timezone"], said["contract"]) == (
        books.settings.published_link.resolve().stem, "last_paid", "UTC", "v1",
    )  # fmt: skip
    ask(books, "creative_scorecard", "--to", str(to))
    assert json.loads((tmp_path / "scores.parquet.json").read_text())["windows_days"] == [0]


def test_the_same_version_gives_the_same_file(books: Books, tmp_path: Path) -> None:
    for mart in MARTS:
        ask(books, mart, "--to", str(tmp_path / "one.csv"))
        ask(books, mart, "--to", str(tmp_path / "two.csv"))
        assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize(
    ("mart", "days", "count"),
    [
        ("creative_daily", str(START.date()), 2),
        ("creative_daily", f"{START.date()}..{(START + timedelta(days=1)).date()}", 4),
        ("creative_daily", "2001-01-01..2001-12-31", 0),
        ("rac_compliance", str((START + timedelta(days=3)).date()), 1),
        ("click_cohorts", str(START.date()), 2 * 7),
    ],
)
def test_days_are_chosen_inclusively(books: Books, mart: str, days: str, count: int) -> None:
    assert len(rows(ask(books, mart, "--where-day", days)[1])) == count


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["no_such_mart"], "no mart named 'no_such_mart'. There are: creatives"),
        (["facts_daily; drop table x"], "no mart named"),
        (["creatives", "--to", "file.xlsx"], "name a file that ends in .csv, .parquet, .json"),
        (["metrics", "--where-day", "2026-11-23"], "has no days to choose from"),
        (["facts_daily", "--where-day", "yesterday"], "is no day and no span of days"),
        (["facts_daily", "--where-day", "2026-02-30"], "is no day and no span of days"),
        (["facts_daily", "--where-day", "2026-11-23..2026-11-01"], "ends before it begins"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(books: Books, arguments: list[str], sentence: str) -> None:
    code, out, err = ask(books, *arguments)
    assert (code, out) == (Exit.WRONG_SETTINGS, "") and sentence in err


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_what_cannot_be_written_is_said_and_leaves_nothing_behind(books: Books, tmp_path: Path, suffix: str) -> None:
    taken = tmp_path / f"taken.{suffix}"
    taken.mkdir()
    for to in (taken, tmp_path / "no" / f"file.{suffix}"):
        code, out, err = ask(books, "creatives", "--to", str(to))
        assert (code, out) == (Exit.FAILED, "") and err.startswith("whichad: ")
    assert list(tmp_path.iterdir()) == [taken] and list(taken.iterdir()) == []


def test_without_a_published_version_it_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "whichad.toml").write_text('data_dir = "data"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["export", "creatives", "--config", str(tmp_path / "whichad.toml")])
    assert done.exit_code == Exit.WRONG_SETTINGS and "Nothing is published yet." in done.stderr


QUERIES = (
    "copy (select 1) to '{}'", "from read_csv('{}')", "attach '{}' as other", "set enable_external_access = true",
)  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_reaches_no_file_and_changes_no_setting(books: Books, tmp_path: Path, query: str):
    config, target = books.settings.data_dir.parent / "whichad.toml", tmp_path / "escaped"
    done = CliRunner().invoke(app, ["sql", query.format(target), "--config", str(config)])
    assert done.exit_code == Exit.FAILED and not target.exists(), done.stdout
    assert CliRunner().invoke(app, ["sql", "from freshness", "--config", str(config)]).exit_code == Exit.OK
