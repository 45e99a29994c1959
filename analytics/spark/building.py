"""This module owns the build on Spark: the plan of models as it is, each made by the engine that `cut.py` names.

What Spark makes is written as Parquet once it is made, and read from there by whoever needs it next: so no model is
worked out twice, and what a worker loses is made again from files. DuckDB has a view over that Parquet, or a table
where it is a mart. The steps in Python, the checks and the publish do not know which engine made what they read.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import duckdb

from analytics.build import Inputs, Progress, open_work, run_checks, run_model
from analytics.inputs.exchange_rates import rates
from analytics.inputs.joined import TABLES, settings_tables
from analytics.plan import MODELS
from analytics.spark import record
from analytics.spark.archive import make_views
from analytics.spark.cut import handed, is_view, on_spark
from analytics.spark.dialect import translated
from analytics.spark.errors import in_words
from analytics.spark.handing import Handing
from analytics.spark.session import Cluster, opened
from analytics.spark.shapes import shapes
from analytics.version.marts import MARTS
from analytics.version.ordered import in_order
from analytics.work import engine
from analytics.work.progress import CHECKS, unseen

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import SparkSession

READING = "reading the archive"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the archive lies, the folder for what is made of it, and which Spark does it."""

    archive: str
    out: Path
    cluster: Cluster

    @property
    def work(self) -> Path:
        """DuckDB's file of the models, which is what gets published."""
        return self.out / "work.duckdb"

    @property
    def record(self) -> Path:
        """The small record."""
        return self.out / "record.duckdb"

    @property
    def tables(self) -> Path:
        """The Parquet of what one engine made and the other reads."""
        return self.out / "whichad-tables"


def build(asked: Asked, inputs: Inputs, progress: Progress = unseen) -> None:
    """Make every model in `asked.work`, and run every check. Raises SparkError, CheckFailedError, duckdb.Error."""
    inputs = inputs if inputs.rates is not None else replace(inputs, rates=tuple(rates(inputs.settings)))
    progress(READING, 0, 0)
    _clear(asked)
    with in_words(), opened(asked.cluster) as spark:
        handing = Handing(spark, asked.tables.resolve(), shapes(inputs))
        make_views(spark, asked.archive, handing.shapes)
        inputs = replace(inputs, received_to=cast("datetime | None", record.newest(spark)))
        with closing(_opened(asked.record, inputs)) as connection:
            record.make(connection, spark, handing)
        with _working(asked, inputs) as connection:
            _hand_over(connection, handing)
            for index, model in enumerate(MODELS):
                progress(model, index, len(MODELS))
                _make(model, connection, spark, handing, inputs)
    progress(CHECKS, len(MODELS), len(MODELS))
    with _working(asked, inputs) as connection:  # Spark's memory is free by now
        run_checks(connection, inputs)
        connection.execute("checkpoint")


def _make(
    model: str, connection: duckdb.DuckDBPyConnection, spark: "SparkSession", handing: Handing, inputs: Inputs
) -> None:
    """One model, by its engine, for both to read."""
    table = model.removesuffix("()")
    if not on_spark(model):
        run_model(connection, model, inputs)
        if table in handed():
            handing.to_spark(connection, table)
    elif is_view(model):
        spark.sql(translated(model, inputs.parameters)).createOrReplaceTempView(model)
        run_model(connection, model, inputs)
    else:
        handing.to_duckdb(model, translated(model, inputs.parameters))
        kind, text = (
            ("table", in_order(model, handing.files(model))) if model in MARTS else ("view", handing.files(model))
        )
        connection.execute(f"create {kind} {model} as\n{text}")


def _hand_over(connection: duckdb.DuckDBPyConnection, handing: Handing) -> None:
    """The settings, and what Spark's models read of the small record."""
    for table in TABLES:
        handing.to_spark(connection, table)
    for table in handed():
        if table.startswith("record."):
            handing.to_spark(connection, table.replace(".", "_"), table)


def _clear(asked: Asked) -> None:
    """What another build left in the folder is of another moment."""
    asked.out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(asked.tables, ignore_errors=True)
    for path in (asked.work, asked.record):
        for suffix in ("", ".wal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def _working(asked: Asked, inputs: Inputs) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file with the small record attached, and the settings' tables."""
    connection = _opened(asked.work, inputs)
    try:
        quoted = str(asked.record).replace("'", "''")
        connection.execute(f"attach '{quoted}' as record (read_only)")
        settings_tables(connection, inputs.settings, inputs.rates or ())
        yield connection
        connection.execute("detach record")
    finally:
        connection.close()


def _opened(path: Path, inputs: Inputs) -> duckdb.DuckDBPyConnection:
    connection = open_work(path)
    engine.limit(connection, inputs.settings.refresh)
    return connection
