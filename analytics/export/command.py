"""This module owns the commands that hand out what is published: `export` and `dictionary`."""

from pathlib import Path
from typing import Annotated

import typer

from analytics import dictionary
from analytics.config import AnalyticsSettings
from analytics.export.dbt import page as dbt_page
from analytics.export.file import export
from analytics.version.opened import opened
from ingest.config import load
from ingest.terminal.commands import ConfigOption, errors_in_words, say


def export_mart(
    mart: Annotated[str, typer.Argument(help="The mart, such as rac_compliance; data/README.md lists them.")],
    to: Annotated[Path | None, typer.Option("--to", help="A .csv, .parquet or .json file; without it CSV.")] = None,
    where_day: Annotated[
        str | None, typer.Option("--where-day", help="A day, or the first and the last: 2026-11-01..2026-11-23.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write a published mart to a file, whole or not at all, or as CSV to stdout.

    Such as: whichad analytics export creative_daily --to daily.parquet --where-day 2026-11-01..2026-11-23

    Beside the file, daily.parquet.json says what it is: filter, version, settings, columns, rows and hash.
    """
    with errors_in_words():
        with opened(load(AnalyticsSettings, config).published_link) as connection:
            count = export(connection, mart, to, where_day)
        if to is not None:
            say(f"wrote {count} rows to {to}")


def dictionary_page(
    config: ConfigOption = None,
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
    dbt: Annotated[bool, typer.Option("--dbt", help="As sources.yml for dbt, instead of Markdown.")] = False,
) -> None:
    """Print the data dictionary of the published file, as Markdown or for dbt."""
    with errors_in_words():
        with opened(load(AnalyticsSettings, config).published_link) as connection:
            text = dbt_page(connection) if dbt else dictionary.page(connection)
        if write is None:
            print(text)
        else:
            write.write_text(text, encoding="utf-8")
            say(f"wrote {write}")
