"""This module owns `whichad ingest why`: an item's whole way on stdout, from the door to the cells it counts in."""

from analytics.config import AnalyticsSettings
from analytics.why.way import whole
from ingest.config import load
from ingest.inspecting.way import KindOption, SenderOption, WhatArgument, tell, told
from ingest.terminal.commands import ConfigOption, Format, FormatOption, check_sender, errors_in_words


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
        tell(told(whole(settings, what, sender, kind)), what, form)
