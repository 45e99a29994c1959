"""This module owns `whichad ingest hash`: the hashes that visitors are kept as, to join a customer list of your own."""

import sys
from typing import Annotated

import typer

from ingest.config import ConfigError, IngestSettings, load
from ingest.terminal.commands import ConfigOption, Format, FormatOption, errors_in_words, show
from ingest.visitors.key import KEY_NAME, visitor_hash, visitor_key

STDIN = "-"


def hash_command(
    visitors: Annotated[
        list[str],
        typer.Argument(help="Ids as the sender sends them as visitor_id; - reads them from stdin, one a line."),
    ],
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what visitor ids are kept as (`interactions.visitor`), to join a list of customers; nothing is stored."""
    with errors_in_words():
        settings = load(IngestSettings, config)
        if not (settings.data_dir / KEY_NAME).exists():  # made anew, its hashes would match nobody
            raise ConfigError(f"There is no {settings.data_dir / KEY_NAME} yet, so no visitor has a hash. Restore it?")
        key = visitor_key(settings.data_dir)
        given = (line for line in sys.stdin) if visitors == [STDIN] else iter(visitors)
        ids = [each.strip() for each in given if each.strip()]
        show(["visitor_id", "visitor"], [(each, visitor_hash(key, each)) for each in ids], form, "No ids were given.")
