"""This module owns the promise that the dictionary describes every column, and that data/README.md is that page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from journeys import Books
from running import ROOT

from analytics import dictionary
from analytics.metrics import METRICS
from analytics.version.marts import PUBLISHED

COMMAND = (
    'export WHICHAD_DATA_DIR="$(mktemp -d)"; .venv/bin/python -m analytics build'
    " && .venv/bin/python -m analytics dictionary --write data/README.md"
)
MONEY_AND_COUNTS = [
    "cost", "cost_direct", "cost_allocated", "revenue", "revenue_settled", "revenue_provisional", "refunds", "profit",
    "amount", "impressions", "clicks", "landing_views", "search_clicks", "results_views", "ad_clicks", "conversions",
    "sessions", "reported_impressions", "reported_clicks", "reported_conversions", "reported_revenue", "events",
]  # fmt: skip


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A fresh build on an empty record."""
    return Books(tmp_path_factory.mktemp("empty")).build()


@contextmanager
def version(books: Books) -> Iterator[duckdb.DuckDBPyConnection]:
    """What was built, as it is published."""
    books.publish()
    with duckdb.connect(str(books.settings.published_link.resolve()), read_only=True) as connection:
        yield connection


def test_every_column_of_every_mart_is_described(empty: Books) -> None:
    with version(empty) as built:
        described = {
            (mart, column): dictionary.describe(mart, column)
            for mart in PUBLISHED
            for column, _ in dictionary.columns(built, mart)
        }
    assert len(described) > 150
    assert all(len(words) > 3 for words in described.values())


def test_a_column_nobody_described_is_named() -> None:
    with pytest.raises(KeyError, match=r"facts_daily\.no_such_column has no line in analytics/dictionary\.toml"):
        dictionary.describe("facts_daily", "no_such_column")


def test_no_line_of_the_dictionary_describes_a_column_that_is_gone(empty: Books) -> None:
    words = dictionary._words()
    with version(empty) as built:
        columns = {mart: {name for name, _ in dictionary.columns(built, mart)} for mart in PUBLISHED}
    everywhere = set[str]().union(*columns.values())
    assert set(words["columns"]) - everywhere == set()
    for mart, own in words["tables"].items():
        assert set(own) - columns[mart] == set(), mart
    assert set(words["python"]) <= set(PUBLISHED)


def test_every_metric_is_described_by_its_parts(empty: Books) -> None:
    assert empty.query("select metric, title, formula from metrics") == [
        (m.metric, m.title, m.formula) for m in METRICS
    ]
    assert len({metric.metric for metric in METRICS}) == len(METRICS)


def test_money_is_decimal_and_counts_are_whole(empty: Books) -> None:
    doubles = empty.query(
        "select table_name, column_name from duckdb_columns() where data_type in ('DOUBLE', 'FLOAT', 'HUGEINT')"
        " and table_name in (select unnest($1)) and column_name in (select unnest($2))",
        list(PUBLISHED), MONEY_AND_COUNTS,
    )  # fmt: skip
    assert doubles == []


def test_the_page_in_the_data_folder_is_the_dictionary(empty: Books) -> None:
    with version(empty) as built:
        page = dictionary.page(built)
    kept = ROOT / "data" / "README.md"
    assert kept.is_file() and kept.read_text(encoding="utf-8") == page, f"write it again with:\n{COMMAND}"


def test_the_page_does_not_depend_on_the_data(empty: Books, tmp_path: Path) -> None:
    other = Books(tmp_path, kind="arbitrage", timezone="Europe/Berlin").build()
    with version(empty) as one, version(other) as two:
        assert dictionary.page(one) == dictionary.page(two)
