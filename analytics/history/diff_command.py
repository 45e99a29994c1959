"""This module owns `whichad analytics diff`: what changed since it was said, and why: rows, and a sentence."""

from datetime import datetime
from typing import Annotated

import typer

from analytics.config import AnalyticsSettings
from analytics.history.diff import COLUMNS, Asked, restatement
from ingest.config import load
from ingest.terminal.commands import ConfigOption, Format, FormatOption, errors_in_words, say, show

SHOWN_MAX = 60


def diff_command(
    since: Annotated[
        str | None, typer.Option(help="A closed day, or the name of a kept version; without it each day's own closing.")
    ] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only this day.")] = None,
    creative: Annotated[str | None, typer.Option(help="Only this creative_id.")] = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what changed of closed days since it was said, and why: totals first, then cells by money.

    The causes: late data, revision, refund, settlement, ad text, merge, new settings, new models, replay, forget.
    """
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        found = restatement(settings.published_link, Asked(since, day.date() if day else None, creative))
        rows = found.rows if form is not Format.TABLE else found.rows[:SHOWN_MAX]
        show(COLUMNS, rows, form)
        if len(rows) < len(found.rows):
            say(f"{len(found.rows) - len(rows)} more rows: --format csv, or --day, or --creative.")
        say(found.sentence)
