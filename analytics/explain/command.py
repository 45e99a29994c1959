"""This module owns `whichad analytics explain`: why a conversion is credited as it is, or what a number is made of."""

from typing import Annotated

import typer

from analytics.config import AnalyticsSettings
from analytics.explain.asked import Asked, told
from analytics.explain.explained import Explained, explained
from analytics.explain.flat import FLAT, flat
from analytics.explain.telling import JOURNEY, WHY_NOT, journey_rows, share_rows, why_not_rows
from analytics.explain.words import goal_rows
from ingest.commands import ConfigOption, Exit, Format, FormatOption, check_sender, errors_in_words, say, show
from ingest.config import ConfigError, load
from ingest.way import KindOption, SenderOption

ConversionArgument = Annotated[
    str | None,
    typer.Argument(help="An item's id, a transaction id, a click id, a receipt or a delivery id.", show_default=False),
]


def explain_command(
    conversion: ConversionArgument = None,
    sender: SenderOption = None,
    kind: KindOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a conversion's journey, each touch's share under each rule, and why a touch did not count."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        check_sender(settings, sender)
        if conversion is None:
            raise ConfigError("Name a conversion.")
        _explain(settings, Asked(conversion, sender, kind), form)


def _explain(settings: AnalyticsSettings, asked: Asked, form: Format) -> None:
    found, each = explained(settings, asked)
    if found.sentence:
        say(found.sentence)
        raise typer.Exit(Exit.FAILED)
    if form is Format.TABLE:
        for goal in each:
            _tables(goal, settings.headline_rule)
    else:
        show(FLAT, [row for goal in each for row in flat(goal)], form)
    if found.more:
        say(f"{found.more} more goals hang on {asked.what!r}: ask by the id of one of them.")
    say(f"As of the last build, {told(found.as_of)}.")


def _tables(of: Explained, headline_rule: str) -> None:
    head, *more = goal_rows(of, headline_rule)
    show(head, more, Format.TABLE)
    print()
    rows, hidden = journey_rows(of)
    show(JOURNEY, rows, Format.TABLE)
    if hidden:
        print(f"… and {hidden} interactions farther away, none of them a touch: --format csv")
    print()
    columns, shares = share_rows(of)
    show(columns, shares, Format.TABLE)
    if why_not := why_not_rows(of):
        print()
        show(WHY_NOT, why_not, Format.TABLE)
    print()
