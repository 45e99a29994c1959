"""This module owns the promise that a model means on Spark what it means in DuckDB, as far as that shows without Spark.

`make test-spark` proves it on a cluster. Here every model is translated, without Java: what sqlglot passes through
unchanged, drops, or alters in silence is rewritten by `analytics/spark/dialect.py`, or kept out of the models.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache

import pytest
import sqlglot
from sqlglot import exp

from analytics.build import Inputs
from analytics.config import AnalyticsSettings
from analytics.plan import MODELS, header, sql
from analytics.spark.archive import counted
from analytics.spark.cut import HEAVY, handed, on_spark
from analytics.spark.dialect import REWRITES, in_spark, parse, translated
from analytics.spark.errors import SparkError
from analytics.spark.shapes import shapes, spark_type

AS_OF = datetime(2026, 11, 23, 12)  # noqa: DTZ001 (as builds have it: naive UTC)
INPUTS = Inputs(AS_OF, AnalyticsSettings(timezone="America/Los_Angeles"), rates=())
SQL_MODELS = [model for model in MODELS if not model.endswith("()")]
# Functions that a rewrite of ours, or sqlglot, writes for Spark, and that sqlglot does not know as nodes of its own.
WRITTEN = {"convert_timezone", "unix_micros", "timestamp_micros", "rint", "translate"}
# A model's lists are of names that are never NULL: DuckDB's list keeps a NULL, and Spark's drops it.
LISTS_ON_SPARK = {"credits": "creatives of a path: a touch without one is none"}
# What each says in DuckDB, and what Spark has to be told.
REWRITTEN = {
    "epoch_us(t)": "UNIX_MICROS(CAST(t AS TIMESTAMP_LTZ))",
    "make_timestamp(us)": "CAST(TIMESTAMP_MICROS(us) AS TIMESTAMP_NTZ)",
    "t at time zone 'UTC' at time zone $timezone": "CONVERT_TIMEZONE('UTC', 'Asia/Kolkata', t)",
    "cast(t at time zone 'UTC' at time zone z.zone as date)": "CAST(CONVERT_TIMEZONE('UTC', z.zone, t) AS DATE)",
    "epoch_us(t at time zone 'UTC' at time zone z)": (
        "UNIX_MICROS(CAST(CONVERT_TIMEZONE('UTC', z, t) AS TIMESTAMP_LTZ))"
    ),
    "cast(round_even(x * pow(0.5, y), 0) as bigint)": "CAST(RINT(x * POWER(0.5, y)) AS BIGINT)",
    "lower(a)": "LOWER(TRANSLATE(a, 'İΣ', 'iσ'))",
    # What sqlglot does by itself, and should go on to do.
    "a // b % 24": "a DIV b % 24",
    "abs(a) % 1000000 * w // 1000000": "ABS(a) % 1000000 * w DIV 1000000",
    "json_extract_string(p, '$.sub_id')": "GET_JSON_OBJECT(p, '$.sub_id')",
    "json_extract_string(p, n.path)": "GET_JSON_OBJECT(p, n.path)",
    "strpos(a, 'x') > 0": "LOCATE('x', a) > 0",
    "list_sort(list(distinct a))": "ARRAY_SORT(COLLECT_LIST(DISTINCT a))",
    "row_number() over (order by a, b desc)": "ROW_NUMBER() OVER (ORDER BY a NULLS LAST, b DESC)",
    "a is not distinct from b": "a IS NOT DISTINCT FROM b",
    "a is distinct from b": "a IS DISTINCT FROM b",
    "max(a) filter (where b <= c)": "MAX(a) FILTER(WHERE b <= c)",
    "sum(a) over w from t window w as (partition by b)": "SUM(a) OVER w FROM t WINDOW w AS (PARTITION BY b)",
    "cast(a as varchar)": "CAST(a AS STRING)",
    "cast(a as timestamp)": "CAST(a AS TIMESTAMP_NTZ)",
    "cast(sum(a) as decimal(38, 6))": "CAST(SUM(a) AS DECIMAL(38, 6))",
}  # fmt: skip
LITERALS = {
    "x": (None, "NULL"), "n": (7, "7"), "price": (Decimal("0.10"), "0.10"), "target": (1.5, "CAST('1.5' AS DOUBLE)"),
    "name": ("it's a \\ and a 'quote'", r"'it\'s a \\ and a \'quote\''"), "yes": (True, "TRUE"),
    "day": (date(2026, 11, 23), "CAST('2026-11-23' AS DATE)"),
    "moment": (datetime(2026, 11, 23, 1, 2, 3, 4), "CAST('2026-11-23 01:02:03.000004' AS TIMESTAMP_NTZ)"),  # noqa: DTZ001
}  # fmt: skip


@cache
def tree(model: str) -> exp.Expression:
    return parse(sql("models", model))


@pytest.mark.parametrize("said", REWRITTEN)
def test_each_rewrite_says_in_spark_what_was_meant(said: str):
    assert in_spark(parse(f"select {said}"), {"timezone": "Asia/Kolkata"}) == f"SELECT {REWRITTEN[said]}"


@pytest.mark.parametrize("name", LITERALS)
def test_a_parameter_becomes_a_literal_of_its_type(name: str):
    value, text = LITERALS[name]
    assert in_spark(parse(f"select ${name}"), {name: value}) == f"SELECT {text}"


def test_a_parameter_that_no_build_knows_is_an_error():
    with pytest.raises(SparkError, match=r"\$elsewhere"):
        in_spark(parse("select $elsewhere"), {})


def test_tables_of_the_record_are_views_of_the_session():
    assert in_spark(parse("select * from record.ads r"), {}) == "SELECT * FROM record_ads AS r"


@pytest.mark.parametrize("model", SQL_MODELS)
def test_a_model_is_translated_into_what_spark_knows(model: str):
    text = translated(model, INPUTS.parameters)
    (written,) = sqlglot.parse(text, dialect="spark")
    assert written is not None
    unknown = {each.name.lower() for each in written.find_all(exp.Anonymous)} - WRITTEN
    assert unknown == set(), "Spark has no such function: rewrite it in dialect.py, or say it otherwise"
    assert not list(written.find_all(exp.Placeholder, exp.Parameter))
    assert all(each.args.get("nulls_first") is not None or "NULLS" in each.sql("spark") or each.args.get("desc")
               for each in written.find_all(exp.Ordered))  # fmt: skip


@pytest.mark.parametrize("model", SQL_MODELS)
def test_a_model_says_nothing_that_changes_on_the_way(model: str):
    found = tree(model)
    assert not list(found.find_all(exp.Collate, exp.Sign, exp.Struct))
    assert not [join for join in found.find_all(exp.Join) if join.kind in ("SEMI", "ANTI") or join.method]
    assert not [union for union in found.find_all(exp.Union) if union.args.get("by_name")]
    assert not [each for each in found.find_all(exp.Literal) if each.is_string and "\\" in each.name]
    for zone in found.find_all(exp.AtTimeZone):  # only the pair: naive UTC on the clocks of a zone
        inner = zone.this if isinstance(zone.this, exp.AtTimeZone) else zone
        assert inner.args["zone"].name == "UTC" and isinstance(
            zone.this if inner is not zone else zone.parent, exp.AtTimeZone
        )
    for path in found.find_all(exp.JSONExtractScalar):  # a key, by its plain name; or a column of such paths
        assert isinstance(path.expression, exp.Column) or len(path.expression.expressions) == 2, path.sql()


@pytest.mark.parametrize("model", SQL_MODELS)
def test_a_double_becomes_a_whole_number_by_round_even_only(model: str):
    """A cast of a double rounds in DuckDB, and cuts off in Spark."""
    for cast in tree(model).find_all(exp.Cast):
        if cast.to.this in (exp.DataType.Type.BIGINT, exp.DataType.Type.INT):
            is_rounded = isinstance(cast.this, exp.Anonymous) and cast.this.name == "round_even"
            assert is_rounded or not list(cast.this.find_all(exp.Div, exp.Pow)), cast.sql()


@pytest.mark.parametrize("model", SQL_MODELS)
def test_a_division_is_one_of_doubles(model: str):
    """`/` of DECIMALs is a double in DuckDB, and a DECIMAL in Spark."""
    for division in tree(model).find_all(exp.Div):
        is_cast = isinstance(division.this, exp.Cast) and division.this.to.this == exp.DataType.Type.DOUBLE
        assert is_cast or model == "credits", division.sql()  # there: of whole microseconds, a double in both


@pytest.mark.parametrize("model", [model for model in SQL_MODELS if on_spark(model)])
def test_lists_are_made_on_spark_of_what_is_never_null(model: str):
    assert not list(tree(model).find_all(exp.ArrayAgg)) or model in LISTS_ON_SPARK


def test_a_planted_name_is_found():
    """Or the lint above would prove nothing."""
    for planted in ("select list_aggregate(a, 'sum')", "select hash(a)", "select arg_max(a, b)"):
        (written,) = sqlglot.parse(in_spark(parse(planted), {}), dialect="spark")
        assert written is not None
        names = {each.name.lower() for each in written.find_all(exp.Anonymous)}
        assert names - WRITTEN or planted.startswith("select arg_max"), planted


def test_what_duckdb_makes_reads_no_row_of_an_event():
    for model in SQL_MODELS:
        if not on_spark(model) and model not in ("ad_daily", "creative_daily"):
            assert not set(header(sql("models", model)).reads) & set(HEAVY), model
    assert {"events", "credits", "facts_daily", "attribution_ledger", "orphans", "goals"} <= set(
        filter(on_spark, MODELS)
    )
    assert {"ad_identities", "markov_weights", "rules", "record.creative_variants"} <= handed()


def test_what_counts_of_the_archive_reads_views_that_the_session_has():
    tables = {table.name for table in sqlglot.parse_one(counted("reports"), dialect="spark").find_all(exp.Table)}
    assert tables == {"archive_all_reports", "archive_all_withdrawn", "archive_reach"}


def test_every_column_of_every_model_has_a_type_in_spark():
    found = shapes(INPUTS)
    assert set(HEAVY) <= {name.replace("record_", "record.") for name in found}
    assert {spark_type(kind) for shape in found.values() for _, kind in shape} >= {"timestamp_ntz", "decimal(38,6)"}
    assert spark_type("VARCHAR[]") == "array<string>" and spark_type("HUGEINT") == "decimal(38,0)"
    with pytest.raises(SparkError, match="INTERVAL"):
        spark_type("INTERVAL")


def test_every_rewrite_is_used_by_a_model():
    kinds = {type(node) for model in SQL_MODELS for node in tree(model).walk()}
    assert set(REWRITES) <= kinds
