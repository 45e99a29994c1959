"""This module owns analytics' commands: `python -m analytics …`, the same verbs as `whichad analytics …`."""

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from analytics import dictionary, sources
from analytics.build import CheckFailedError, Inputs, open_work, run_checks
from analytics.compare.command import compare_command
from analytics.config import AnalyticsSettings
from analytics.experiments.command import experiments_command
from analytics.explain.command import explain_command
from analytics.export import export
from analytics.fit.standing import clear
from analytics.history.diff_command import diff_command
from analytics.interrupting import interruptible
from analytics.querying.command import sql_command
from analytics.refresh import Refresher, run, utc_now
from analytics.report.command import report_command
from analytics.serving.command import serve_sql_command
from analytics.spark.command import (
    ArchiveOption,
    ConfOption,
    Engine,
    EngineOption,
    MasterOption,
    OutOption,
    built_on_spark,
)
from analytics.status import Outcome
from analytics.text_lift.command import words_command
from ingest.commands import ConfigOption, Exit, errors_in_words, say
from ingest.config import ConfigError, load
from ingest.orphan import SupervisedOption, stop_with_parent

app = typer.Typer(
    no_args_is_help=True,
    help="Work out what every creative earned: build, check, publish, look.",
    epilog="Analysts: duckdb -readonly data/creatives.duckdb; data/README.md explains every column.",
)


@app.command()
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


@app.command()
def refresh(config: ConfigOption = None, supervised: SupervisedOption = False) -> None:
    """Keep building and publishing as deliveries arrive, until Ctrl-C."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        if supervised:
            stop_with_parent("refresh")
        run(settings)


@app.command()
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


@app.command(name="export")
def export_mart(
    mart: Annotated[str, typer.Argument(help="The mart, such as rac_compliance; data/README.md lists them.")],
    to: Annotated[Path | None, typer.Option("--to", help="A .csv, .parquet or .json file; without it CSV.")] = None,
    where_day: Annotated[
        str | None, typer.Option("--where-day", help="A day, or the first and the last: 2026-11-01..2026-11-23.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write a published mart to a file, whole or not at all, or as CSV to stdout."""
    with errors_in_words():
        connection = _published(load(AnalyticsSettings, config))
        try:
            count = export(connection, mart, to, where_day)
        finally:
            connection.close()
        if to is not None:
            say(f"wrote {count} rows to {to}")


app.command(name="compare")(compare_command)
app.command(name="diff")(diff_command)
app.command(name="explain")(explain_command)
app.command(name="words")(words_command)
app.command(name="experiments")(experiments_command)
app.command(name="report")(report_command)
app.command(name="serve-sql")(serve_sql_command)
app.command(name="sql")(sql_command)


@app.command(name="dictionary")
def dictionary_page(
    config: ConfigOption = None,
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
    dbt: Annotated[bool, typer.Option("--dbt", help="As sources.yml for dbt, instead of Markdown.")] = False,
) -> None:
    """Print the data dictionary of the published file, as Markdown or for dbt."""
    with errors_in_words():
        connection = _published(load(AnalyticsSettings, config))
        try:
            text = sources.page(connection) if dbt else dictionary.page(connection)
        finally:
            connection.close()
        if write is None:
            print(text)
        else:
            write.write_text(text, encoding="utf-8")
            say(f"wrote {write}")


def _drop_fit(settings: AnalyticsSettings) -> None:
    try:
        connection = open_work(settings.work_path)
        clear(connection)
        connection.close()
    except duckdb.Error as error:
        say(f"The fit stays as it was: {error}. Try again between two cycles of the loop.")
        raise typer.Exit(Exit.FAILED) from None


def _published(settings: AnalyticsSettings) -> duckdb.DuckDBPyConnection:
    if not settings.published_link.exists():
        raise ConfigError("Nothing is published yet. Start the loop with: whichad up")
    return duckdb.connect(str(settings.published_link.resolve()), read_only=True)


if __name__ == "__main__":
    app()
