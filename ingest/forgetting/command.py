"""This module owns `whichad ingest forget`: who is meant, what would go, the question, the receipt."""

import json
import sys
from typing import Annotated

import typer

from ingest.archive.layout import ArchiveError
from ingest.config import ConfigError, IngestSettings, load
from ingest.forgetting import erase
from ingest.forgetting.errors import ForgetError
from ingest.forgetting.person import Person
from ingest.forgetting.receipt import Receipt
from ingest.nodes.standing import forget_where
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, check_reason, errors_in_words, say, show

COLUMNS = ("what", "where", "value")
STDIN = "-"


def forget(
    visitor: Annotated[
        str | None, typer.Argument(help="The visitor's id as its sender sends it; - reads it from stdin.")
    ] = None,
    click_id: Annotated[str | None, typer.Option("--click-id", help="A click of the person, or all you know.")] = None,
    keep_orders: Annotated[
        bool, typer.Option("--keep-orders", help="Keep order numbers, so that late refunds and updates find theirs.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the decision. Name nobody.")] = "asked for it",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be changed, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Erase one person from the journal, the record and the archive, and print a receipt.

    Ids become random tokens, raw bodies go; counts, money and journeys stay. What a kill interrupted is ended first.
    """
    with errors_in_words():
        settings = load(IngestSettings, config)
        try:
            run(settings, _read(visitor), click_id, keep_orders, reason, dry_run, yes, form)
        except ArchiveError as error:
            raise ForgetError(str(error)) from None


def run(
    settings: IngestSettings, visitor: str | None, click_id: str | None, keep_orders: bool, reason: str, dry_run: bool,
    yes: bool, form: Format,
) -> None:  # fmt: skip
    """End what was begun, then forget who is named. Raises ConfigError, ForgetError, ArchiveError."""
    if not dry_run and (receipt := erase.resume(settings, say)) is not None:
        tell(receipt, form)
        if not visitor and not click_id:
            return
    if not visitor and not click_id:
        raise ConfigError("Say who is meant: whichad ingest forget <visitor id>, or --click-id <id>.")
    check_reason(reason)
    if any(each and each in reason for each in (visitor, click_id)):
        raise ConfigError("The reason names the person, and is kept. Give one without the id.")
    person = erase.person_of(settings, visitor, click_id, not keep_orders)
    counts = erase.looked(settings, person)
    if not counts:
        say("Nothing is known of this person: no row and no body holds the id. Is it the id as the sender sends it?")
        raise typer.Exit(Exit.FAILED)
    if dry_run:
        show(COLUMNS, [("would change", place, str(rows)) for place, rows in counts.items()], form)
        _warn(person, keep_orders)
        return
    _ask(person, counts, keep_orders, yes)
    tell(erase.carry_out(settings, erase.begin(settings, person, reason, not keep_orders), say), form)
    if elsewhere := forget_where(settings):
        say(elsewhere)


def tell(receipt: Receipt, form: Format) -> None:
    """Print a receipt."""
    if form is Format.JSON:
        print(json.dumps(receipt.plain(), ensure_ascii=False))
    else:
        show(COLUMNS, receipt.rows(), form)


def _read(visitor: str | None) -> str | None:
    """The id itself; from stdin it stands in no list of processes and in no shell's history."""
    return sys.stdin.readline().strip() if visitor == STDIN else visitor


def _warn(person: Person, keep_orders: bool) -> None:
    if person.orders and not keep_orders:
        say(f"{len(person.orders)} order numbers go, too: an update or a refund that comes later finds no order, and"
            " counts by itself. Keep them with --keep-orders.")  # fmt: skip


def _ask(person: Person, counts: dict[str, int], keep_orders: bool, yes: bool) -> None:
    _warn(person, keep_orders)
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("This cannot be undone. Look first with --dry-run, then say --yes.")
    what = ", ".join(f"{rows} in {place}" for place, rows in counts.items())
    if not typer.confirm(f"Rows that change: {what}. This cannot be undone. Forget this person?", err=True):
        say("Nothing was changed.")
        raise typer.Exit(Exit.FAILED)
