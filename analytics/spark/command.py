"""This module owns what `whichad analytics build --engine spark` is asked: its options, and where they lead."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.config import AnalyticsSettings
from analytics.spark.errors import SparkError, require
from analytics.status.cycle import Outcome
from analytics.work.interrupting import interruptible
from ingest.archive.layout import Archive
from ingest.forgetting.leftovers import SPARK

if TYPE_CHECKING:
    from analytics.spark.building import Asked


class Engine(StrEnum):
    """What makes the models."""

    DUCKDB = "duckdb"
    SPARK = "spark"


EngineOption = Annotated[
    Engine, typer.Option("--engine", help="spark: build from the archive on Apache Spark (docs/spark.md).")
]
ArchiveOption = Annotated[
    str | None, typer.Option("--archive", metavar="PATH", help="Spark: the archive; by default data/archive/current.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="Spark: for its Parquet; by default data/spark.")
]
MasterOption = Annotated[str, typer.Option("--master", help="Spark: its master, such as spark://head:7077.")]
ConfOption = Annotated[
    list[str] | None,
    typer.Option("--conf", metavar="NAME=VALUE", help="Spark: a setting of yours, such as spark.executor.memory=4g."),
]


def built_on_spark(
    settings: AnalyticsSettings, archive: str | None, out: Path | None, master: str, conf: list[str]
) -> Outcome:
    """Build on Spark and publish, with its progress shown. Raises SparkError."""
    require()
    from analytics.refresh import utc_now
    from analytics.spark.publishing import build_and_publish

    asked = _asked(settings, archive, out, master, conf)
    asked.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    with interruptible(settings.published_link, asked.out / "seconds.json") as progress:
        return build_and_publish(settings, asked, utc_now(), progress)


def _asked(settings: AnalyticsSettings, archive: str | None, out: Path | None, master: str, conf: list[str]) -> "Asked":
    from analytics.spark.building import Asked
    from analytics.spark.session import Cluster

    pairs = [each.partition("=") for each in conf]
    if wrong := [name for name, equals, _ in pairs if not (name and equals)]:
        raise SparkError(f"--conf takes NAME=VALUE, such as spark.executor.memory=4g, and {wrong[0]!r} is none.")
    # A generation stays as it is while it is read; the link moves on with the next seal.
    archive = archive or Archive(settings.data_dir).current.resolve().as_uri()
    cluster = Cluster(master, {name: value for name, _, value in pairs})
    return Asked(archive, out or settings.data_dir / SPARK, cluster)
