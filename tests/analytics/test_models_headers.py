"""This module owns the promises of the SQL files: their headers are true, and they keep to a portable subset."""

from collections.abc import Callable
from functools import cache

import pytest
import sqlglot
from journeys import Books, Played
from running import ROOT
from sqlglot import ErrorLevel, exp

from analytics import dictionary
from analytics.build import run_checks
from analytics.inputs.joined import TABLES
from analytics.plan import CHECKS, MODELS, header, sql
from analytics.version.marts import HISTORY, MARTS

SQL_MODELS = [model for model in MODELS if not model.endswith("()")]
PYTHON_MODELS = [model.removesuffix("()") for model in MODELS if model.endswith("()")]
FILES = [("models", name) for name in SQL_MODELS] + [("checks", name) for name in CHECKS]
SETTINGS = set(TABLES)  # made from whichad.toml before the models
# Every ad click of that world names its click, and so does everything else there.
NOTHING_TO_SHOW = {("arbitrage", "uncredited"), ("arbitrage", "orphans"), ("arbitrage", "stitches")}
# Every function a model may use, by sqlglot's name, with the reason why it travels.
FUNCTIONS = {
    **dict.fromkeys(("And", "Or", "If", "Case", "Cast", "Coalesce", "Abs"), "the same in every dialect"),
    **dict.fromkeys(("Count", "Sum", "Min", "Max"), "plain aggregates"),
    **dict.fromkeys(("RowNumber", "Lag", "Lead"), "SQL:2003 windows; always with a total order"),
    "Greatest": "skips NULL in DuckDB and Spark alike",
    "LogicalOr": "bool_or in DuckDB, Spark and PostgreSQL",
    "ArrayAgg": "only list(distinct …) of names to show, sorted by ArraySort: it has no order of its own",
    "ArraySort": "list_sort; array_sort in Spark",
    "ArrayContains": "list_contains; array_contains in Spark",
    **dict.fromkeys(("Lower", "Length"), "plain text functions"),
    "StrPosition": "strpos; locate in Spark",
    "JSONExtractScalar": "json_extract_string; get_json_object in Spark",
    "Exists": "a subquery that has a row; the same in every dialect",
    "Pow": "time_decay's half-life; doubles only until points are whole numbers",
    "Median": "of a sender's days; percentile(0.5) in older Spark",
    "UnixToTime": "make_timestamp: an hour's beginning, of whole microseconds; timestamp_micros in Spark",
    "round_even": "a double as a whole number: a cast rounds in DuckDB and cuts off in Spark; rint in Spark",
    "epoch_us": "whole microseconds, exact where a window ends; unix_micros in Spark",
    "isfinite": "in checks only: DuckDB's guard over doubles that Python computed",
}  # fmt: skip


@cache
def parsed(folder: str, name: str) -> exp.Expression:
    """A file's one statement; the tests only look at it."""
    (tree,) = sqlglot.parse(sql(folder, name), dialect="duckdb")
    assert isinstance(tree, exp.Expression)
    return tree


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_a_file_opens_with_its_header(folder: str, name: str) -> None:
    words = [
        line.removeprefix("-- ").partition(":")[0] for line in sql(folder, name).splitlines() if line.startswith("-- ")
    ]
    expected = ["what", "grain", "reads", "promise"] if folder == "models" else ["what", "reads"]
    assert words[: len(expected)] == expected
    said = header(sql(folder, name))
    assert said.what and not said.what.endswith(".")


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_a_header_names_exactly_the_tables_that_are_read(folder: str, name: str) -> None:
    tree = parsed(folder, name)
    named = {each.alias for each in tree.find_all(exp.CTE)}
    tables = {f"{table.db}.{table.name}".lstrip(".") for table in tree.find_all(exp.Table)} - named
    assert tables == set(header(sql(folder, name)).reads)


def test_models_read_only_what_is_built_before_them() -> None:
    built = set(SETTINGS)
    for model in MODELS:
        if not model.endswith("()"):
            reads = {table for table in header(sql("models", model)).reads if not table.startswith("record.")}
            assert reads <= built, model
        built.add(model.removesuffix("()"))


def test_no_model_takes_the_name_of_a_table_of_settings() -> None:
    assert not SETTINGS & {*SQL_MODELS, *PYTHON_MODELS}


def test_every_sql_file_is_in_the_plan_and_every_mart_is_built() -> None:
    for folder, names in (("models", SQL_MODELS), ("checks", CHECKS)):
        assert sorted(path.stem for path in (ROOT / "analytics" / folder).glob("*.sql")) == sorted(names)
    assert set(MARTS) <= {*SQL_MODELS, *PYTHON_MODELS}


@pytest.mark.parametrize("kind", ["shop", pytest.param("arbitrage", marks=pytest.mark.long)])
def test_every_grain_is_unique_in_a_built_world(played: Callable[[str], Played], kind: str) -> None:
    books: Books = played(kind).books
    grains = {model: header(sql("models", model)).grain for model in SQL_MODELS}
    grains |= {model: dictionary.about(model)[1] for model in PYTHON_MODELS if model in MARTS}
    with books.opened() as connection:
        for table, grain in grains.items():
            columns = ", ".join(grain) or "'one row'"
            repeated = connection.execute(
                f"select {columns}, count(*) from {table} group by {columns} having count(*) > 1 limit 3"
            ).fetchall()
            assert repeated == [], table
            if table in HISTORY:  # the loop fills those: tests/analytics/test_history.py
                continue
            empty = connection.execute(f"select 1 from {table} limit 1").fetchall() == []
            allowed = (kind, table) in NOTHING_TO_SHOW
            allowed |= table == "creative_fatigue"  # twelve days are too young: tests/analytics/test_fatigue.py
            allowed |= table == "network_clicks"  # in these worlds every event names its click itself
            allowed |= kind == "shop" and table.startswith(("settlement", "feed_days", "creative_term"))
            allowed |= table.startswith("experiment")  # none is declared there: tests/analytics/test_experiments.py
            assert not empty or allowed, f"{table} is empty: nothing was shown"


@pytest.mark.parametrize("kind", ["arbitrage", "shop"])
def test_the_checks_pass_on_a_built_world_and_find_nothing_in_it(played: Callable[[str], Played], kind: str) -> None:
    with played(kind).books.opened() as connection:
        run_checks(connection, played(kind).books.inputs())


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_a_file_is_one_select_of_portable_sql(folder: str, name: str) -> None:
    tree = parsed(folder, name)
    assert isinstance(tree, exp.Select | exp.Union)
    tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
    used = {each.name if isinstance(each, exp.Anonymous) else type(each).__name__ for each in tree.find_all(exp.Func)}
    assert used - set(FUNCTIONS) == set()
    if folder == "models":
        assert "isfinite" not in used


@pytest.mark.parametrize(("folder", "name"), FILES)
def test_what_sqlglot_passes_on_unchanged_or_drops_is_not_used(folder: str, name: str) -> None:
    tree = parsed(folder, name)
    assert not list(tree.find_all(exp.Qualify, exp.Lambda, exp.Slice, exp.Bracket, exp.Pivot, exp.Unnest))
    assert all(join.method.lower() != "asof" for join in tree.find_all(exp.Join))
    assert all(not aggregate.find(exp.Order) for aggregate in tree.find_all(exp.ArrayAgg))
    assert all(not group.args.get("all") for group in tree.find_all(exp.Group))
    assert all(not star.args.get("except_") and not star.args.get("replace") for star in tree.find_all(exp.Star))


@pytest.mark.parametrize("name", SQL_MODELS)
def test_a_window_that_numbers_rows_has_an_order(name: str) -> None:
    tree = parsed("models", name)
    for window in tree.find_all(exp.Window):
        if isinstance(window.this, exp.RowNumber | exp.Lag | exp.Lead):
            assert window.args.get("order"), window.sql()


def test_every_function_on_the_list_is_used() -> None:
    used = set()
    for folder, name in FILES:
        tree = parsed(folder, name)
        used |= {
            each.name if isinstance(each, exp.Anonymous) else type(each).__name__ for each in tree.find_all(exp.Func)
        }
    assert set(FUNCTIONS) - used == set()
