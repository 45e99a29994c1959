"""This module owns `whichad analytics report`: the page and its CSV, each whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Annotated

import duckdb
import typer

from analytics.config import AnalyticsSettings
from analytics.export.file import write_csv
from analytics.report.page import page
from analytics.report.reading import read
from analytics.version.opened import OLDER, opened
from ingest.config import ConfigError, load
from ingest.durable import fsync
from ingest.terminal.commands import ConfigOption, errors_in_words, say

_SCORECARD = """
select c.creative_text, s.* from creative_scorecard s left join creatives c using (creative_id)
where s.window_days = $window order by s.scope, s.cost desc, s.creative_id, s.network, s.campaign_id, s.country
"""
ToOption = Annotated[Path, typer.Option("--to", help="The page to write; the scorecard goes beside it as .csv.")]
WindowOption = Annotated[int, typer.Option("--window", help="Days up to today: 1, 3, 7, 14, 28, or 0 for all.")]


def report_command(to: ToOption = Path("report.html"), window: WindowOption = 28, config: ConfigOption = None) -> None:
    """Write one page with all that is known of every ad, for people without the dashboard, and the scorecard as CSV."""
    with errors_in_words():
        if to.suffix.lower() not in (".html", ".htm"):
            raise ConfigError(f"{to}: name a file that ends in .html.")
        beside = to.with_suffix(".csv")
        try:
            with opened(load(AnalyticsSettings, config).published_link) as version:
                text = page(read(version, window))
                whole(beside, lambda file: write_csv(version.execute(_SCORECARD, {"window": window}), file))
            whole(to, lambda file: file.write(text))
        except duckdb.CatalogException:
            raise ConfigError(OLDER) from None
        say(f"wrote {to} and {beside}")


def whole(to: Path, write: Callable[[IO[str]], object]) -> None:
    """Write a text file aside, make it durable and rename it. Raises OSError; what was there before stays then."""
    aside = to.with_name(f".{to.name}.new")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            write(file)
        fsync(aside)
        aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)
    fsync(to.resolve().parent)
