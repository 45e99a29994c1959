"""This module owns `whichad ingest why`: an item's whole way on stdout, from the door to the cells it counts in."""

import typer

from analytics.config import AnalyticsSettings
from analytics.way import whole
from ingest.commands import ConfigOption, Exit, Format, FormatOption, check_sender, errors_in_words, show
from ingest.config import load
from ingest.way import COLUMNS, UNKNOWN, KindOption, SenderOption, WhatArgument, told


def way_command(
    what: WhatArgument,
    sender: SenderOption = None,
    kind: KindOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the whole way of a delivery or an item: received, judged, recorded, and every mart cell it counts in."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        check_sender(settings, sender)
        rows = told(whole(settings, what, sender, kind))
        show(COLUMNS, rows, form, UNKNOWN.format(what=what))
        if not rows:
            raise typer.Exit(Exit.FAILED)
