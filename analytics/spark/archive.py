"""This module owns what Spark reads: the archive's Parquet, under the one statement of what of it counts.

`analytics/archived/sealed.sql` says it for analysts' views and for Spark alike: nothing that a later seal withdrew.
Files of older releases lack columns, and a kind may have no file: each kind has all its columns all the same. Where the
folder has a manifest, only the files that it names are read: beside them may lie what was compacted an hour ago.
"""

import json
from typing import TYPE_CHECKING

from analytics.archived.views import text
from analytics.spark.dialect import in_spark, parse
from analytics.spark.errors import SparkError
from analytics.spark.shapes import Shape, schema, spark_type
from ingest.archive.layout import MANIFEST, PARTITION

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
    files = _Files(spark, archive)
    there = [kind for kind in (*WITHDRAWABLE, *ADDED) if _read(spark, files, kind, _shape(record, kind))]
    if not there:
        raise SparkError(
            f"There is no archive at {archive}. Name the folder that holds interactions/, such as data/archive/current"
            " or s3a://bucket/archive/current, or that of a node, such as /mnt/whichad/nodes/main, with --archive; seal"
            " what was received: whichad ingest archive seal."
        )
    _read(spark, files, "withdrawn", _WITHDRAWN)
    # What was told of an archive later is in its files, too: a build reads all there is.
    spark.sql("select 4611686018427387904 as seal").createOrReplaceTempView("archive_reach")
    for kind in WITHDRAWABLE:
        spark.sql(counted(kind)).createOrReplaceTempView(f"archive_{kind}")


def counted(kind: str) -> str:
    """Spark's SELECT of what counts of a kind, of the views `archive_all_<kind>` and `archive_all_withdrawn`."""
    said = in_spark(parse(text("sealed")), {})
    return said.replace("archive_rows_kind", f"archive_all_{kind}").replace("archive_rows_", "archive_all_")


def _shape(record: dict[str, Shape], kind: str) -> Shape:
    own = dict(record[f"record_{kind}"])
    if kind == "loads":
        del own["load_id"], own["received_day"]
    return tuple((own | _OF_ARCHIVE).items())


class _Files:
    """Where the files of each kind lie."""

    def __init__(self, spark: "SparkSession", archive: str) -> None:
        """`archive` is a generation, a node's folder (docs/nodes.md), or a bare folder of kinds."""
        from pyspark.errors import AnalysisException

        self._root, self._named = archive.rstrip("/"), None
        try:
            row = spark.read.text(f"{self._root}/{MANIFEST}", wholetext=True).first()
        except AnalysisException as error:
            if error.getCondition() != _NO_PATH:
                raise
            return
        said = json.loads(row[0] if row else "{}")
        if "archive" in said:  # a node's word, which lies beside its files
            said, self._root = said["archive"], f"{self._root}/files"
        self._named = [(each["kind"], f"{PARTITION}={each['day']}/{each['file']}") for each in said["files"]]

    def base(self, kind: str) -> str:
        """The folder whose subfolders are days."""
        return f"{self._root}/{kind}"

    def of(self, kind: str) -> list[str]:
        """What to read of a kind: files, or the folder where nobody says which; empty for nothing."""
        if self._named is None:
            return [self.base(kind)]
        return [f"{self.base(kind)}/{path}" for of, path in self._named if of == kind]


def _read(spark: "SparkSession", files: _Files, kind: str, shape: Shape) -> bool:
    """Make the view of a kind's files; whether there are any."""
    from pyspark.errors import AnalysisException

    name = f"archive_{kind}" if kind in ADDED else f"archive_all_{kind}"
    nothing = ", ".join(f"cast(null as {spark_type(kind_)}) as `{column}`" for column, kind_ in shape)
    frame: DataFrame = spark.sql(f"select {nothing} where false")
    is_there = False
    try:
        if paths := files.of(kind):
            frame = spark.read.schema(schema(shape)).option("basePath", files.base(kind)).parquet(*paths)
            is_there = True
    except AnalysisException as error:
        if error.getCondition() != _NO_PATH:
            raise
    frame.createOrReplaceTempView(name)
    return is_there
