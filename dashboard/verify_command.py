"""This module owns `whichad verify`: the recount of journal, record and marts, and of what the dashboard keeps."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.verify_command import recount
from dashboard.people import checking
from ingest.terminal.commands import ConfigOption, Format, FormatOption


def verify_command(
    receipts: Annotated[Path | None, typer.Option(help="A log of receipts, one a line (or JSON lines).")] = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Recount everything from the journal to the marts: a balance sheet, and exit code 1 where it does not balance.

    With --receipts: hold a sender's own log of receipts against the journal instead, offline.
    """
    recount(receipts, config, form, checking.lines)
