"""This module owns `whichad analytics explain`: why a conversion is credited as it is, or what a number is made of."""

import enum
from typing import Annotated

import typer

from analytics.config import AnalyticsSettings
from analytics.explain.asked import Asked, told
from analytics.explain.explained import Explained, explained
from analytics.explain.flat import FLAT, flat
from analytics.explain.meant import CANDIDATES_MAX
from analytics.explain.receipts import Number, Sought, check_rule, number
from analytics.explain.summed import ALL, COLUMNS, SHOWN, cost_rows, credit_rows
from analytics.explain.telling import JOURNEY, WHY_NOT, journey_rows, share_rows, why_not_rows
from analytics.explain.uncounted import is_void
from analytics.explain.words import clean, goal_rows, title, windows
from analytics.export.file import span
from ingest.config import ConfigError, load
from ingest.inspecting.way import KindOption, SenderOption
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, check_sender, errors_in_words, say, show

ConversionArgument = Annotated[
    str | None,
    typer.Argument(help="An item's id, a transaction id, a click id, a receipt or a delivery id.", show_default=False),
]


CreativeOption = Annotated[
    str | None,
    typer.Option("--creative", help="A creative_id, or a part of its text: the receipts behind its numbers."),
]
RuleOption = Annotated[
    str | None, typer.Option("--rule", help="Only this rule; with --creative the headline's unless set.")
]
WindowOption = Annotated[int | None, typer.Option("--window", help="With --creative: window_days.")]
ViewsOption = Annotated[bool, typer.Option("--views", help="With --creative: clicks and views (click_view).")]
DaysOption = Annotated[
    str | None, typer.Option("--days", "--day", help="With --creative: a day, or 2026-11-01..2026-11-23.")
]


class DateBasis(enum.StrEnum):
    """Which day a goal's credit stands on: its own, or that of the touch."""

    EVENT = "event"
    CLICK = "click"


BasisOption = Annotated[
    DateBasis, typer.Option("--date-basis", help="With --creative: day of the goal, or of the touch.")
]


def explain_command(
    conversion: ConversionArgument = None,
    sender: SenderOption = None,
    kind: KindOption = None,
    creative: CreativeOption = None,
    rule: RuleOption = None,
    window: WindowOption = None,
    views: ViewsOption = False,
    date_basis: BasisOption = DateBasis.EVENT,
    days: DaysOption = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show a conversion's journey, each touch's share under each rule, and why a touch did not count.

    Or, with --creative, what a creative's credit and cost are the sums of.
    """
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        check_sender(settings, sender)
        _check_words(conversion, creative, {"--sender": sender, "--type": kind}, {
            "--window": window, "--views": views, "--date-basis": date_basis != DateBasis.EVENT, "--days": days,
        })  # fmt: skip
        check_rule(rule)
        if conversion is not None:
            _explain(settings, Asked(conversion, sender, kind), (rule,) if rule else (), form)
        elif creative is not None:
            types = "click_view" if views else "click"
            asked_days = span(days) if days else None
            _receipts(
                settings, Sought(creative, rule or settings.headline_rule, window, types, date_basis, asked_days), form
            )


def _check_words(
    conversion: str | None, creative: str | None, of_conversion: dict[str, object], of_creative: dict[str, object]
) -> None:
    """A conversion or a creative is asked for, and with options that speak of it. Raises ConfigError."""
    if conversion is None and creative is None:
        raise ConfigError("Name a conversion (an id of an item, an order, a click or a receipt), or --creative.")
    if conversion is not None and creative is not None:
        raise ConfigError("A conversion and --creative are two questions: ask one or the other.")
    other = of_creative if creative is None else of_conversion
    if given := [name for name, value in other.items() if value]:
        what = "--creative" if creative is None else "a conversion"
        raise ConfigError(f"{', '.join(given)}: only with {what}.")


def _explain(settings: AnalyticsSettings, asked: Asked, rules: tuple[str, ...], form: Format) -> None:
    found, each = explained(settings, asked, rules)
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
    say(f"As of the last build, {told(found.as_of)}; markov and shapley by the fit {found.fit_id}.")


def _tables(of: Explained, headline_rule: str) -> None:
    head, *more = goal_rows(of, headline_rule)
    show(head, more, Format.TABLE)
    print()
    rows, hidden = journey_rows(of)
    show(JOURNEY, rows, Format.TABLE)
    if hidden:
        print(f"… and {hidden} interactions farther away, none of them a touch: --format csv")
    print()
    if is_void(of.known):
        return
    columns, shares = share_rows(of)
    show(columns, shares, Format.TABLE)
    if why_not := why_not_rows(of):
        print()
        show(WHY_NOT, why_not, Format.TABLE)
    print()


def _receipts(settings: AnalyticsSettings, sought: Sought, form: Format) -> None:
    with number(settings, sought) as of:
        if len(of.candidates) != 1:
            _candidates(of, sought, form)
            raise typer.Exit(Exit.FAILED)
        most = SHOWN if form is Format.TABLE else ALL
        credit, cost = credit_rows(settings, of, most), cost_rows(settings, of, most)
    creative_id, text = of.candidates[0]
    if form is Format.TABLE:
        show(COLUMNS, credit, form, "No goal is credited to it there.")
        print()
        show(COLUMNS, cost, form)
    else:
        show(COLUMNS, credit + cost, form)
    span_of = "all days" if sought.days is None else f"{sought.days[0]} to {sought.days[1]}"
    say(f"{creative_id} “{title(text)}”: {sought.rule}, {windows(of.windows)}, {sought.touch_types}, by the day of the"
        f" {'goal' if sought.date_basis == DateBasis.EVENT else 'touch'}, {span_of}.")  # fmt: skip
    say(f"As of the last build, {told(of.built_as_of)}.")


def _candidates(of: Number, sought: Sought, form: Format) -> None:
    """No creative is that, or several are."""
    if not of.candidates:
        say(f"No creative has the id {sought.creative!r}, or that in its text, as of {told(of.built_as_of)}.")
        return
    show(("creative_id", "creative_text"), [(each, clean(text)) for each, text in of.candidates], form)
    more = " and perhaps more" if len(of.candidates) == CANDIDATES_MAX else ""
    say(f"{len(of.candidates)} creatives{more} have that in their text: ask by one's creative_id.")
