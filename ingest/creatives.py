"""This module owns the commands about creatives: `python -m ingest creatives …`. They look, and append decisions."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from ingest import decisions, inspect
from ingest.commands import ConfigOption, Exit, errors_in_words, say
from ingest.config import IngestSettings, load

creatives = typer.Typer(no_args_is_help=True, help="Merge and un-merge creatives; every decision is kept.")


@creatives.command()
def merge(
    creative: Annotated[str, typer.Argument(help="The creative_id that shall count as the other one.")],
    into: Annotated[str, typer.Argument(help="The creative_id it is merged into.")],
    reason: Annotated[str, typer.Option(prompt="Why")],
    config: ConfigOption = None,
) -> None:
    """Count one creative as another from now on, history included. Nothing is rewritten."""
    _decide("merge", creative, into, reason, config)


@creatives.command()
def unmerge(
    creative: Annotated[str, typer.Argument(help="The creative_id to set apart again.")],
    reason: Annotated[str, typer.Option(prompt="Why")],
    config: ConfigOption = None,
) -> None:
    """Undo a merge, or overrule an alias that was derived."""
    _decide("unmerge", creative, None, reason, config)


def _decide(kind: str, subject: str, target: str | None, reason: str, config: Path | None) -> None:
    with errors_in_words():
        settings = load(IngestSettings, config)
        unknown = inspect.unknown_creatives(settings, [subject, *([target] if target else [])])
        if unknown:
            say(f"No text creative has the id {unknown[0]}. The mart `creatives` lists them.")
            raise typer.Exit(Exit.FAILED)
        if target and inspect.canonical(settings, target) == subject:
            say("That would close a ring: the other one counts as this one already. Un-merge it first.")
            raise typer.Exit(Exit.FAILED)
        decision = decisions.append(settings.journal_dir, kind, subject, target, getpass.getuser(), reason)
        say(f"Decided ({decision}); it shows with the next refresh.")
