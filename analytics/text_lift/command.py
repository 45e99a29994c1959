"""This module owns `whichad analytics words`: what in the texts goes with a better or a worse rate."""

from typing import Annotated

import duckdb
import typer

from analytics.config import AnalyticsSettings
from analytics.version.opened import OLDER, opened
from ingest.config import load
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show

COLUMNS = (
    "metric", "feature_kind", "feature", "lift", "lift_low", "lift_high", "q_value", "holds", "families_with",
    "families_without", "campaigns", "note",
)  # fmt: skip
_ROWS = """
select metric, feature_kind, feature, round(lift, 3), round(lift_low, 3), round(lift_high, 3), round(q_value, 4), holds,
  families_with, families_without, campaigns, note
from text_lift where holds or $every order by holds desc, metric, q_value, p_value, feature_kind, feature
"""
_NOTES = "select coalesce(metric || ', ', '') || 'through ' || through_day || ': ' || note from text_lift_fits"
EveryOption = Annotated[bool, typer.Option("--all", help="Every feature tested, also what could be chance.")]


def words_command(every: EveryOption = False, config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show which words and forms of the ad texts go with a better or a worse rate, within campaigns."""
    with errors_in_words():
        try:
            with opened(load(AnalyticsSettings, config).published_link) as connection:
                rows = connection.execute(_ROWS, {"every": every}).fetchall()
                notes = connection.execute(f"{_NOTES} order by metric").fetchall()
        except duckdb.CatalogException:
            say(OLDER)
            raise typer.Exit(Exit.FAILED) from None
        show(COLUMNS, rows, form, "Nothing holds.")
        for (note,) in notes:
            say(note)
