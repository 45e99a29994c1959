"""This module owns a build on Spark from end to end: built, checked, published as any version, told in status.json."""

import time
from contextlib import closing
from datetime import datetime
from typing import Any

import duckdb

from analytics.build import CheckFailedError, Inputs, Progress
from analytics.config import AnalyticsSettings
from analytics.publish import new_version, publish
from analytics.refresh import LOCK_FILE
from analytics.spark.building import Asked, build
from analytics.spark.errors import SparkError
from analytics.status.cycle import Outcome, write_status
from analytics.work.progress import PUBLISHING, unseen
from ingest.holding import HeldError, hold


def build_and_publish(
    settings: AnalyticsSettings, asked: Asked, as_of: datetime, progress: Progress = unseen
) -> Outcome:
    """Build from the archive as of a moment (naive UTC), and publish. Raises SparkError where the loop would undo it.

    A failure is an outcome: the version before it stays.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        lock = hold(settings.data_dir / LOCK_FILE)
    except HeldError as error:
        raise SparkError(
            f"The loop runs on {settings.data_dir} ({error.holder}), and its next version would take this one's place."
            " Stop it, or publish from another data_dir: whichad --config other.toml analytics build --engine spark"
        ) from None
    with closing(lock):
        started = time.monotonic()
        outcome, failed = _outcome(settings, asked, as_of, progress)
        write_status(settings.data_dir, outcome, as_of, round(time.monotonic() - started, 3), failed)
    return outcome


def _outcome(
    settings: AnalyticsSettings, asked: Asked, as_of: datetime, progress: Progress
) -> tuple[Outcome, dict[str, Any]]:
    try:
        build(asked, Inputs(as_of, settings), progress)
        progress(PUBLISHING, 0, 0)
        version = publish(asked.work, settings.published_link, as_of, new_version(as_of))
    except CheckFailedError as error:
        rows = [[str(value) for value in row] for row in error.rows[:20]]
        return _not_published(error), {"check": error.check, "rows": rows}
    except (SparkError, duckdb.Error, OSError) as error:
        return _not_published(error), {"error": type(error).__name__}
    return Outcome(True, f"published {version}, built on Spark from {asked.archive}", 0, version), {}


def _not_published(error: Exception) -> Outcome:
    return Outcome(False, f"Not published: {str(error).rstrip('.')}. The version before it stays.", 0, None)
