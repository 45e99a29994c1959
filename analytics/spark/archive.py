"""This module owns what Spark reads: the archive's Parquet, under the one statement of what of it counts.

`analytics/archived/sealed.sql` says it for analysts' views and for Spark alike: nothing that a later seal withdrew.
Files of older releases lack columns, and a kind may have no file: each kind has all its columns all the same.
"""

from typing import TYPE_CHECKING

from analytics.archived.views import text
from analytics.spark.dialect import in_spark, parse
from analytics.spark.errors import SparkError
from analytics.spark.shapes import Shape, schema, spark_type
from ingest.archive.layout import PARTITION

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Kinds whose rows a later seal may withdraw, and those that only add up.
WITHDRAWABLE = ("interactions", "reports", "settlements", "ads", "quarantine")
ADDED = ("decisions", "loads", "refusals")
_OF_ARCHIVE = {"creative_raw": "VARCHAR", "seal": "BIGINT", PARTITION: "DATE"}  # beside the record's columns
_WITHDRAWN: Shape = (("delivery_id", "VARCHAR"), ("item_index", "INTEGER"), ("seal", "BIGINT"), (PARTITION, "DATE"))
_NO_PATH = "PATH_NOT_FOUND"


def make_views(spark: "SparkSession", archive: str, record: dict[str, Shape]) -> None:
    """Make a view of the session over each kind that counts: `archive_<kind>`; `record` are the record's tables.

    Raises SparkError where there is no archive.
    """
    there = [kind for kind in (*WITHDRAWABLE, *ADDED) if _read(spark, archive, kind, _shape(record, kind))]
    if not there:
        raise SparkError(
            f"There is no archive at {archive}. Name the folder that holds interactions/, such as data/archive/current"
            " or s3a://bucket/archive/current, with --archive; seal what was received: whichad ingest archive seal."
        )
    _read(spark, archive, "withdrawn", _WITHDRAWN)
    # What was told of an archive later is in its files, too: a build reads all there is.
    spark.sql("select 4611686018427387904 as seal").createOrReplaceTempView("archive_reach")
    for kind in WITHDRAWABLE:
        counted = in_spark(parse(text("sealed")), {}).replace("archive_rows", f"archive_all_{kind}")
        spark.sql(counted).createOrReplaceTempView(f"archive_{kind}")


def _shape(record: dict[str, Shape], kind: str) -> Shape:
    own = dict(record[f"record_{kind}"])
    if kind == "loads":
        del own["load_id"], own["received_day"]
    return tuple((own | _OF_ARCHIVE).items())


def _read(spark: "SparkSession", archive: str, kind: str, shape: Shape) -> bool:
    """Make the view of a kind's files; whether there are any."""
    from pyspark.errors import AnalysisException

    name = f"archive_all_{kind}" if kind in WITHDRAWABLE else f"archive_{kind}"
    try:
        frame: DataFrame = spark.read.schema(schema(shape)).parquet(f"{archive.rstrip('/')}/{kind}")
        is_there = True
    except AnalysisException as error:
        if error.getCondition() != _NO_PATH:
            raise
        nothing = ", ".join(f"cast(null as {spark_type(kind_)}) as `{column}`" for column, kind_ in shape)
        frame, is_there = spark.sql(f"select {nothing} where false"), False
    frame.createOrReplaceTempView(name)
    return is_there
