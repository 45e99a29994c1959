"""This module owns the columns of every table: their names and types are DuckDB's, whichever engine made the rows.

They are asked of DuckDB itself, which makes every model of a record without a row. So a sum is as wide in Spark's
Parquet as in work.duckdb, and a model whose columns come out otherwise is an error and no surprise.
"""

import re
from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb

from analytics.build import Inputs, run_model
from analytics.inputs.joined import settings_tables
from analytics.plan import MODELS
from analytics.spark.errors import SparkError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Shape = tuple[tuple[str, str], ...]  # (column, type in DuckDB), in their order
_TYPES = {
    "VARCHAR": "string", "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint",
    "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp_ntz", "BLOB": "binary",
    "HUGEINT": "decimal(38,0)", "FLOAT": "float",
}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_COLUMNS = """
select table_name, column_name, data_type from duckdb_columns()
where database_name = current_database() and not internal order by table_name, column_index
"""
SCHEMA = files("ingest.store").joinpath("schema.sql").read_text(encoding="utf-8")


def shapes(inputs: Inputs) -> dict[str, Shape]:
    """The columns of every model, of the tables of settings, and of the record's tables, as `record_<table>`."""
    with closing(duckdb.connect()) as connection:
        connection.execute("set timezone = 'UTC'").execute("set threads = 1")
        connection.execute("attach ':memory:' as record").execute("use record").execute(SCHEMA)
        found = {f"record_{name}": shape for name, shape in _of(connection).items()}
        connection.execute("attach ':memory:' as work").execute("use work")
        settings_tables(connection, inputs.settings, inputs.rates or ())
        for model in MODELS:
            run_model(connection, model, inputs)
        return found | _of(connection)


def spark_type(kind: str) -> str:
    """Spark's name of one of DuckDB's types. Raises SparkError for one that no model has."""
    if kind.endswith("[]"):
        return f"array<{spark_type(kind[:-2])}>"
    if found := _DECIMAL.fullmatch(kind):
        return f"decimal({found[1]},{found[2]})"
    if kind not in _TYPES:
        raise SparkError(f"Spark has no type for DuckDB's {kind}")
    return _TYPES[kind]


def schema(shape: Shape) -> str:
    """A shape as the schema that Spark reads files by."""
    return ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in shape)


def cast(frame: "DataFrame", shape: Shape, name: str) -> "DataFrame":
    """The frame with exactly these columns and types. Raises SparkError where it has others."""
    if [column.lower() for column in frame.columns] != [column.lower() for column, _ in shape]:
        raise SparkError(f"{name} has the columns {frame.columns} in Spark, and {[c for c, _ in shape]} in DuckDB")
    return frame.selectExpr(*(f"cast(`{column}` as {spark_type(kind)}) as `{column}`" for column, kind in shape))


def _of(connection: duckdb.DuckDBPyConnection) -> dict[str, Shape]:
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in connection.execute(_COLUMNS).fetchall():
        found.setdefault(table, []).append((column, kind))
    return {table: tuple(columns) for table, columns in found.items()}
