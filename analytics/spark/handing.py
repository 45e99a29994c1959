"""This module owns handing tables over between Spark and DuckDB: as Parquet in one folder that both see."""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analytics.spark.shapes import Shape, cast, schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Handing:
    """The folder of a build's tables; a table that one engine made, the other reads from there."""

    def __init__(self, spark: "SparkSession", folder: Path, shapes: dict[str, Shape]) -> None:
        """`folder` is seen by this machine and by all workers under the same name."""
        self._spark, self._folder, self.shapes = spark, folder, shapes

    def to_duckdb(self, table: str, query: str) -> None:
        """Let Spark make a table of a query in its dialect; from then on both have it."""
        frame = cast(self._spark.sql(query), self.shapes[table], table)
        frame.write.mode("overwrite").parquet(self._url(table))
        self._see(table)

    def to_spark(self, connection: duckdb.DuckDBPyConnection, table: str, of: str = "") -> None:
        """Let Spark see a table of DuckDB's."""
        folder = self._folder / table
        folder.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(
            f'cast("{name}" as decimal(38, 0)) as "{name}"' if kind == "HUGEINT" else f'"{name}"'
            for name, kind in self.shapes[table]
        )
        quoted = str(folder / "0.parquet").replace("'", "''")
        chosen = f"select {columns} from {of or table}"  # noqa: S608 (our own names)
        connection.execute(f"copy ({chosen}) to '{quoted}' (format parquet)")
        self._see(table)

    def files(self, table: str) -> str:
        """DuckDB's SELECT of a table that Spark made, in DuckDB's types."""
        quoted = f"{self._folder / table}/*.parquet".replace("'", "''")
        columns = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in self.shapes[table])
        return f"select {columns} from read_parquet('{quoted}')"  # noqa: S608 (our own names, and a path that is quoted)

    def _see(self, table: str) -> None:
        frame = self._spark.read.schema(schema(self.shapes[table])).parquet(self._url(table))
        frame.createOrReplaceTempView(table)

    def _url(self, table: str) -> str:
        return (self._folder / table).as_uri()
