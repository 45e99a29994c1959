"""This module owns the promises of the page Data dictionary: it says what the file says, whichever version made it."""

from pathlib import Path

import duckdb
import pytest
from dashboard_looks import look_at

from analytics import dictionary
from analytics.metrics import METRICS
from analytics.version.marts import PUBLISHED
from dashboard.pages.dictionary import PAGE, catalog, marts
from dashboard.pages.dictionary.panels import NOT_FOUND, fill_columns, fill_how, fill_marts, fill_metrics


def test_every_mart_is_told_with_its_grain_and_promise(real_arbitrage: Path):
    rows = {str(row["id"]): row for row in fill_marts(look_at(real_arbitrage)).rows}
    assert set(rows) == set(PUBLISHED)
    for name, row in rows.items():
        what, grain, promise = dictionary.about(name)
        assert (str(row["what"]).lower(), row["grain"], row["promise"]) == (what.lower(), ", ".join(grain), promise)
        assert row["shape"] == PUBLISHED[name]
    assert rows["creatives"]["href"] == "/dictionary?period=all&of=creatives"


def test_every_column_is_told_with_its_type_and_meaning(real_arbitrage: Path):
    answer = fill_columns(look_at(real_arbitrage))
    told = {str(row["id"]): (row["kind"], row["meaning"]) for row in answer.rows}
    assert told["lags.touch_basis"] == ("VARCHAR", dictionary.describe("lags", "touch_basis"))
    assert len(told) == len(answer.rows) and "(the file does not say)" not in {
        meaning for _kind, meaning in told.values()
    }
    with duckdb.connect(str(real_arbitrage), read_only=True) as con:
        assert con.execute(
            "select count(*) from information_schema.columns where table_schema = 'main'"
        ).fetchone() == (len(told),)


def test_every_metric_is_told_with_its_formula(real_arbitrage: Path):
    rows = {str(row["id"]): row for row in fill_metrics(look_at(real_arbitrage)).rows}
    assert {name: row["formula"] for name, row in rows.items()} == {each.metric: each.formula for each in METRICS}
    assert rows["cpa"]["direction"] == "less is better"


def test_a_search_finds_by_all_its_words_in_any_case(real_arbitrage: Path):
    look = look_at(real_arbitrage, "?q=LAST+delivery+sender")
    assert {"sender_activity"} <= {row["id"] for row in fill_marts(look).rows}
    names = {row["id"] for row in fill_columns(look).rows}
    assert "sender_activity.last_delivery" in names and "creatives.creative_text" not in names
    assert {row["id"] for row in fill_metrics(look_at(real_arbitrage, "?q=spend")).rows} >= {"cost"}
    nothing = fill_marts(look_at(real_arbitrage, "?q=no+such+thing+anywhere"))
    assert (nothing.rows, nothing.empty) == ([], NOT_FOUND)


def test_a_chosen_mart_shows_its_columns_and_an_unknown_one_all(real_arbitrage: Path):
    assert {row["mart"] for row in fill_columns(look_at(real_arbitrage, "?of=lags")).rows} == {"lags"}
    assert len(fill_columns(look_at(real_arbitrage, "?of=lags'--")).rows) > 500
    assert "from lags limit 10" in str(fill_how(look_at(real_arbitrage, "?of=lags")))
    items = marts(look_at(real_arbitrage, "?of=lags")).children.children
    assert [item.children.children for item in items] == ["All marts", "lags"]


def test_a_file_of_another_version_explains_itself(tmp_path: Path):
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("create table things (a integer, b varchar)")
        con.execute("comment on table things is 'Only what it is'")
        con.execute("comment on column things.a is '<b>bold</b>'")
        con.execute("create view seen as select a from things")
        con.execute("create table metrics (metric varchar, formula varchar)")
        con.execute("insert into metrics values ('x', 'y / z')")
    found = {mart.name: mart for mart in catalog.marts(other)}
    assert (found["things"].what, found["things"].grain, found["seen"].is_view) == ("Only what it is", "", True)
    assert [(field.name, field.meaning) for field in catalog.columns(other) if field.mart == "things"] == [
        ("a", "<b>bold</b>"), ("b", "")]  # fmt: skip
    assert catalog.metrics(other)[0]["formula"] == "y / z" and catalog.metrics(other)[0]["unit"] is None


def test_a_file_without_metrics_has_none(tmp_path: Path):
    other = tmp_path / "bare.duckdb"
    duckdb.connect(str(other)).close()
    assert (catalog.marts(other), catalog.columns(other), catalog.metrics(other)) == ([], [], [])


@pytest.mark.parametrize(("wanted", "found"), [(None, True), ("", True), ("ledger MONEY", True), ("money lost", False)])
def test_every_word_must_be_said(wanted: str | None, found: bool):
    assert catalog.says(("Money ledger", None, 3), wanted) is found


def test_an_empty_install_has_a_dictionary_too(real_empty: Path):
    look = look_at(real_empty)
    assert PAGE.needs_creatives is False
    assert len(fill_marts(look).rows) == len(PUBLISHED) and fill_metrics(look).rows


def test_each_metric_is_computed_as_the_file_says(real_arbitrage: Path):
    """Over all days the scorecard says the same of every creative, but for what it takes of mature clicks only."""
    with duckdb.connect(str(real_arbitrage), read_only=True) as connection:
        told = connection.execute(
            "select metric, expression, mart from metrics where mart = 'creative_daily'"
        ).fetchall()
        assert {metric for metric, *_ in told} >= {"cost", "revenue", "ctr", "cpc", "lp_rate"}
        for metric, expression, mart in told:
            if metric in ("epc", "profit_per_click", "roas"):
                continue
            wrong = connection.execute(
                f"select s.creative_id, s.{metric}, d.worth from creative_scorecard s join (select creative_id,"
                f" {expression} as worth from {mart} group by creative_id) d using (creative_id)"
                f" where s.scope = 'all' and s.window_days = 0 and s.{metric} is not null"
                f" and abs(s.{metric} - d.worth) > 1e-6 * (1 + abs(d.worth))"
            ).fetchall()
            assert wrong == [], metric
        for metric in METRICS:  # the others are valid SQL over their mart
            connection.execute(f"select {metric.expression} from {metric.mart}").fetchall()
