"""This module owns the proof of the build on Spark: on a real cluster every table equals DuckDB's, row for row.

`make test-spark` runs it, in an environment that has pyspark. It is none of `make test`: each world takes minutes,
nearly all of them Spark's fixed cost of a statement.
"""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import NOW, Books
from spark.cluster import cluster, settings
from spark.worlds import WORLDS

from analytics.build import build
from analytics.incremental.baseline import TABLE
from analytics.publish import publish
from analytics.spark.archive import make_views
from analytics.spark.building import Asked
from analytics.spark.publishing import build_and_publish
from analytics.spark.session import Cluster, opened
from analytics.spark.shapes import shapes

pytestmark = pytest.mark.timeout(3600)
# What the proof is about, to be sure that it is not about empty tables.
TOLD = {"events", "credits", "facts_daily", "attribution_ledger", "money_ledger", "goals", "click_outcomes"}
HEURISTIC = (
    "same_click",
    "last_paid",
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "time_decay",
    "w_shaped",
)
_NAMES = (
    "select table_name from information_schema.tables where table_schema = 'main'"
    " and table_catalog = current_database() order by 1"
)
ITS_OWN = {"freshness": ("version",)}  # each version has a name of its own


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Every table and view with its columns, their types, and its rows in order."""
    found = {}
    for (name,) in connection.execute(_NAMES).fetchall():
        left_out = ITS_OWN.get(name, ())
        columns = [row[:2] for row in connection.execute(f"describe {name}").fetchall() if row[0] not in left_out]
        listed = ", ".join(f'"{column}"' for column, _ in columns)
        found[name] = columns, connection.execute(f"select {listed} from {name} order by all").fetchall()
    return found


def built(path: Path, record: Path) -> dict[str, Any]:
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(f"set timezone = 'UTC'; attach '{record}' as record (read_only)")
        return tables(connection)


def published(books: Books) -> dict[str, Any]:
    with closing(duckdb.connect(os.path.realpath(books.settings.published_link), read_only=True)) as connection:
        return tables(connection)


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


@pytest.mark.parametrize("world", WORLDS)
def test_every_table_and_every_published_mart_equals_duckdbs(tmp_path: Path, address: str, world: str):
    books, as_of = WORLDS[world](tmp_path)
    build(books.settings.work_path, books.settings.record_path, books.inputs(as_of))
    publish(books.settings.work_path, books.settings.published_link, as_of)
    expected, shown = built(books.settings.work_path, books.settings.record_path), published(books)
    del expected[TABLE]  # what a refresh goes on from: a build on Spark is always whole
    archive = (books.settings.data_dir / "archive" / "current").resolve().as_uri()
    asked = Asked(archive, tmp_path / "out", Cluster(address, settings(address)))
    outcome = build_and_publish(books.settings, asked, as_of)
    assert outcome.ok, outcome.sentence
    found = built(asked.work, asked.record)
    assert all(found[name][1] for name in TOLD)
    assert {row[0] for row in found["credits"][1]} >= set(HEURISTIC) - {"same_click"}
    assert differing(expected, found) == []
    assert differing(shown, published(books)) == []


def test_of_a_node_s_folder_only_what_its_manifest_names_is_read(tmp_path: Path):
    day = tmp_path / "a" / "files" / "interactions" / "received_day=2026-11-20"
    day.mkdir(parents=True)
    for name, count in (("1", 3), ("2", 4)):  # the second is what the first was compacted from
        duckdb.execute(f"copy (select 'i' || range as id, 1 as seal from range({count})) to '{day / name}.parquet'")
    named = {"kind": "interactions", "day": "2026-11-20", "file": "1.parquet"}
    (tmp_path / "a" / "manifest.json").write_text(json.dumps({"archive": {"files": [named]}}), encoding="utf-8")
    inputs = Books(tmp_path).inputs(NOW)
    with opened(Cluster("local[1]", settings("local[1]"))) as spark:
        make_views(spark, (tmp_path / "a").as_uri(), shapes(inputs))
        rows = spark.sql("select id, received_day from archive_interactions order by id").collect()
        assert [tuple(row) for row in rows] == [(f"i{number}", date(2026, 11, 20)) for number in range(3)]
        assert spark.sql("select * from archive_reports").count() == 0
        make_views(spark, (tmp_path / "a" / "files").as_uri(), shapes(inputs))  # a folder without one: all there is
        assert spark.sql("select * from archive_interactions").count() == 7


def test_an_archive_that_is_not_there_is_said(tmp_path: Path, address: str):
    asked = Asked((tmp_path / "nowhere").as_uri(), tmp_path / "out", Cluster(address, settings(address)))
    outcome = build_and_publish(Books(tmp_path).settings, asked, NOW)
    assert not outcome.ok and "There is no archive at" in outcome.sentence and "--archive" in outcome.sentence
