"""This module owns the commands that make what is published: `build`, `refresh` and `check`."""

from typing import Annotated

import duckdb
import typer

from analytics.build import CheckFailedError, Inputs, open_work, run_checks
from analytics.config import AnalyticsSettings
from analytics.fit.standing import clear
from analytics.refresh import Refresher, run, utc_now
from analytics.spark.command import (
    ArchiveOption,
    ConfOption,
    Engine,
    EngineOption,
    MasterOption,
    OutOption,
    built_on_spark,
)
from analytics.status.cycle import Outcome
from analytics.work.interrupting import interruptible
from ingest.config import ConfigError, load
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.terminal.commands import ConfigOption, Exit, errors_in_words, say


def build(
    config: ConfigOption = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Learn the markov and shapley weights anew, not only once a day.")
    ] = False,
    engine: EngineOption = Engine.DUCKDB,
    archive: ArchiveOption = None,
    out: OutOption = None,
    master: MasterOption = "local[*]",
    conf: ConfOption = None,
) -> None:
    """Drain the journal, build every model, run every check, publish; once.

    With --engine spark: the same models, of the archive's Parquet as far as it is sealed, on Apache Spark, such as:
    whichad analytics build --engine spark --archive s3a://ads/archive/current --out /mnt/shared/build
    --master spark://head:7077
    """
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        if engine is Engine.SPARK:
            outcome = built_on_spark(settings, archive, out, master, conf or [])
        else:
            if fit:
                _drop_fit(settings)
            outcome = _built(settings)
    say(outcome.sentence)
    if not outcome.ok:
        raise typer.Exit(Exit.FAILED)


def _built(settings: AnalyticsSettings) -> Outcome:
    """One cycle, with its progress shown; Ctrl-C ends it at any moment."""
    with interruptible(settings.published_link, settings.work_path.with_suffix(".duckdb.seconds")) as progress:
        return Refresher(settings).guarded_cycle(utc_now(), force=True, progress=progress)


def refresh(config: ConfigOption = None, supervised: SupervisedOption = 0) -> None:
    """Keep building and publishing as deliveries arrive, until Ctrl-C."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        if supervised:
            stop_with_parent("refresh", supervised)
        run(settings)


def check(config: ConfigOption = None) -> None:
    """Run every check on the last build; exit code 1 names the first that found something."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        if not settings.work_path.exists():
            raise ConfigError("There is no build yet. Make one with: whichad analytics build")
        connection = open_work(settings.work_path)
        try:
            run_checks(connection, Inputs(utc_now(), settings))
        except CheckFailedError as error:
            say(str(error))
            raise typer.Exit(Exit.FAILED) from None
        finally:
            connection.close()
    say("All checks hold.")


def _drop_fit(settings: AnalyticsSettings) -> None:
    try:
        connection = open_work(settings.work_path)
        clear(connection)
        connection.close()
    except duckdb.Error as error:
        say(f"The fit stays as it was: {error}. Try again between two cycles of the loop.")
        raise typer.Exit(Exit.FAILED) from None
