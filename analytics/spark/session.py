"""This module owns the session: which Spark, with the settings under which SQL means there what it means in DuckDB."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from analytics.spark.errors import SparkError, first_line, require

# What makes the same SQL mean the same. A user's own settings come before none of them.
MEANING = {
    "spark.sql.session.timeZone": "UTC",  # the record's moments are naive, in UTC
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # TIMESTAMP is naive, as in DuckDB
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.ansi.enabled": "true",  # what overflows or cannot be cast is an error, and no NULL
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # a product keeps its places, as in DuckDB
    "spark.sql.caseSensitive": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.adaptive.enabled": "true"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which Spark: its master's address, and settings of the user's own, such as the keys of an object store."""

    master: str = "local[*]"
    settings: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def opened(cluster: Cluster) -> Iterator[Any]:
    """A SparkSession, stopped at the end. Raises SparkError where Spark or Java is not there."""
    require()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("whichad").master(cluster.master)
    for name, value in (QUIET | dict(cluster.settings) | MEANING).items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, RuntimeError, OSError) as error:
        raise SparkError(
            f"Spark did not start ({first_line(error)}). It needs Java 17 or 21 (`java -version`), and a master that"
            f" answers at {cluster.master}."
        ) from error
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()
