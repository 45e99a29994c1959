"""This module owns the small record: what a build needs besides rows of events, made from the archive.

The texts, with whom each was seen, are what Spark adds up of all rows; from there on it is the code of the record
itself that says what a text is, which stand for which, and which ads taught them (`ingest/store/identity.py`). The
interactions stay where they are: the small record has the table, and no row of it.
"""

from typing import TYPE_CHECKING

import duckdb

from analytics.spark.dialect import in_spark, parse
from analytics.spark.handing import Handing
from analytics.spark.shapes import SCHEMA, Shape
from ingest.store.identity import refresh_identity

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# As ingest/store/retext.sql has it, of all that counts.
_TEXTS = """
select variant_id, min(creative_raw) as creative_raw, sender, network, account_id, ad_id, min(first_seen) as first_seen
from (
  select variant_id, creative_raw, sender, network, account_id, ad_id, occurred_at as first_seen
  from archive_interactions where variant_id is not null and traffic <> 'test'
  union all
  select variant_id, creative_raw, sender, network, account_id, ad_id,
    case when valid_from > timestamp '2000-01-01' then valid_from else received_at end
  from archive_ads where variant_id is not null) seen
group by variant_id, sender, network, account_id, ad_id
"""
_LOADS = """
select cast(0 as bigint) as load_id, max(loaded_at) as loaded_at, sender, received_day,
  cast(sum(deliveries) as bigint) as deliveries, cast(sum(items) as bigint) as items,
  cast(sum(accepted) as bigint) as accepted, cast(sum(new_versions) as bigint) as new_versions,
  cast(sum(duplicates) as bigint) as duplicates, cast(sum(quarantined) as bigint) as quarantined,
  cast(sum(ignored) as bigint) as ignored
from archive_loads group by sender, received_day
"""
_TEXTS_SHAPE: Shape = (
    ("variant_id", "VARCHAR"), ("creative_raw", "VARCHAR"), ("sender", "VARCHAR"), ("network", "VARCHAR"),
    ("account_id", "VARCHAR"), ("ad_id", "VARCHAR"), ("first_seen", "TIMESTAMP"),
)  # fmt: skip
# What the small record holds of the archive as it is; the raw items of the quarantine are looked at by nobody here.
_HELD = ("reports", "settlements", "ads", "decisions", "refusals", "quarantine")
_NEWEST = """
select max(received_at) as newest from (
  select received_at from archive_interactions union all select received_at from archive_reports
  union all select received_at from archive_settlements union all select received_at from archive_ads) received
"""


def make(connection: duckdb.DuckDBPyConnection, spark: "SparkSession", handing: Handing) -> None:
    """Make the record's tables in the current database, which is empty, and Spark's views of them."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    shapes = handing.shapes
    columns = ", ".join(name for name, _ in shapes["record_interactions"])
    spark.sql(f"select {columns} from archive_interactions").createOrReplaceTempView("record_interactions")  # noqa: S608 (our own names)
    for table in _HELD:
        columns = ", ".join("'' as item" if name == "item" else name for name, _ in shapes[f"record_{table}"])
        _insert(connection, handing, table, f"select {columns} from archive_{table}")  # noqa: S608 (the same)
    _insert(connection, handing, "loads", _LOADS)
    handing.shapes["texts_in"] = _TEXTS_SHAPE
    handing.to_duckdb("texts_in", _asked(_TEXTS))
    connection.execute(f"create temp table texts_in as {handing.files('texts_in')}")
    connection.execute(
        "insert into texts_seen select variant_id, sender, network, account_id, ad_id, first_seen from texts_in"
    )
    connection.execute("create temp table decisions_in as from decisions")
    refresh_identity(connection, texts_left=True)


def _insert(connection: duckdb.DuckDBPyConnection, handing: Handing, table: str, query: str) -> None:
    """Fill a table with what Spark makes of the archive."""
    handing.shapes[f"of_archive_{table}"] = handing.shapes[f"record_{table}"]
    handing.to_duckdb(f"of_archive_{table}", _asked(query))
    connection.execute(f"insert into {table} {handing.files(f'of_archive_{table}')}")


def newest(spark: "SparkSession") -> object:
    """When the newest row was received, by the clock of then; None where there is none."""
    return spark.sql(_asked(_NEWEST)).collect()[0][0]


def _asked(query: str) -> str:
    return in_spark(parse(query), {})
