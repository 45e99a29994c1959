"""This module owns `python -m ingest why`: an item's way up to the record; `whichad ingest why` goes on from there."""

from ingest.config import IngestSettings, load
from ingest.inspecting.way import KindOption, SenderOption, WhatArgument, tell, told, ways
from ingest.terminal.commands import ConfigOption, Format, FormatOption, check_sender, errors_in_words, say


def why(
    what: WhatArgument,
    sender: SenderOption = None,
    kind: KindOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what became of a delivery or an item, up to the record; `whichad ingest why` goes on to the marts."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        check_sender(settings, sender)
        tell(told(ways(settings, what, sender, kind)), what, form)
        say(f"The rest of the way, down to the cells it counts in: whichad ingest why {what}")
