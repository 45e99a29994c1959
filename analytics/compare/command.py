"""This module owns `whichad analytics compare`: why one creative, or one period, brings more than another."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import timedelta
from typing import Annotated, Any

import duckdb
import typer

from analytics.compare.parts import Part, of_creatives, of_periods
from analytics.compare.reading import Amounts, Days, Published, amounts, first_day, published
from analytics.compare.words import creatives_sentence, periods_sentence
from analytics.config import AnalyticsSettings
from analytics.explain.asked import told
from analytics.explain.meant import CANDIDATES_MAX, candidates
from analytics.explain.words import clean, title
from analytics.export.file import span
from analytics.version.opened import opened
from ingest.config import ConfigError, load
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show

PERIOD_DAYS = 7
COLUMNS = ("compared", "against", "part", "formula", "value", "value_against", "gap", "gap_low", "gap_high")
CreativesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Two creatives or more, each by its creative_id, its text or a part of it: all against the first.",
        show_default=False,
    ),
]
Found = tuple[str, str]


def compare_command(
    creatives: CreativesArgument = None,
    days: Annotated[
        str | None,
        typer.Option("--days", help="Days such as 2026-11-16..2026-11-22. Of creatives, unless set: every mature day."),
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="Days to compare with; unless set, as many just before.")
    ] = None,
    creative: Annotated[
        str | None, typer.Option("--creative", help="Compare periods of this creative only, else of everything.")
    ] = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show why one creative, or one period, brings more than another: parts that sum to the gap.

    A B: profit per click, in the steps of the funnel. Without creatives: the profit of the last 7 mature days against
    the 7 before, in volume (clicks), mix (between creatives) and the steps within creatives.
    """
    with errors_in_words():
        _check_words(creatives or [], against, creative)
        with opened(load(AnalyticsSettings, config).published_link) as connection:
            file = published(connection)
            if creatives:
                rows, sentences = _creatives(connection, file, creatives, days)
            else:
                rows, sentences = _periods(connection, file, days, against, creative)
        show(COLUMNS, rows, form)
        for sentence in sentences:
            say(sentence)


def _check_words(creatives: Sequence[str], against: str | None, creative: str | None) -> None:
    if len(creatives) == 1:
        raise ConfigError(
            "Name a second creative to compare with; or two periods of one: --creative, --days, --against."
        )
    if creatives and (against is not None or creative is not None):
        raise ConfigError("Two creatives, or two periods: --against and --creative are only for periods.")


def _creatives(
    connection: duckdb.DuckDBPyConnection, file: Published, asked: Sequence[str], days: str | None
) -> tuple[list[tuple[Any, ...]], list[str]]:
    found = [_one(connection, each) for each in asked]
    if len({creative_id for creative_id, _ in found}) < len(found):
        raise ConfigError("That names a creative twice: compare it with another, or two of its periods.")
    chosen = span(days) if days else (first_day(connection) or file.mature_day, file.mature_day)
    if chosen[1] < chosen[0]:
        raise ConfigError(f"There is no mature day yet: the first is {chosen[0]}. Name the days: --days")
    each = [amounts(connection, chosen, [creative_id]) for creative_id, _ in found]
    for (_, text), side in zip(found, each, strict=True):
        if not side.total("clicks"):
            raise ConfigError(f"“{title(text)}” has no clicks from {chosen[0]} to {chosen[1]}. Choose other --days.")
    rows, sentences = [], []
    for other, side in zip(found[1:], each[1:], strict=True):
        parts = of_creatives(each[0], side, file.kind, file.steps)
        rows += [(other[0], found[0][0], *_cells(part)) for part in parts]
        sentences.append(creatives_sentence(parts, f"“{title(found[0][1])}”", f"“{title(other[1])}”"))
        sentences += _about_cost(parts, (each[0], side))
    ran = sum(all(bool(side.values[0, day, 0]) for side in each) for day in range(each[0].values.shape[1]))
    sentences.append(f"From {chosen[0]} to {chosen[1]}; on {ran} of these days all of them had clicks. Observational:"
                     " nobody drew lots who sees which.")  # fmt: skip
    return rows, [*sentences, *_about_days(parts, file, chosen)]


def _periods(
    connection: duckdb.DuckDBPyConnection, file: Published, days: str | None, against: str | None, creative: str | None
) -> tuple[list[tuple[Any, ...]], list[str]]:
    one_day = timedelta(days=1)
    second: Days = span(days) if days else (file.mature_day - (PERIOD_DAYS - 1) * one_day, file.mature_day)
    before = second[0] - one_day
    first: Days = span(against) if against else (before - (second[1] - second[0]), before)
    if ahead := [each for each in (first, second) if each[1] > file.today]:
        raise ConfigError(
            f"{_named(ahead[0])} is not over: the last day there is is {file.today}. Choose earlier days."
        )
    if first[0] <= second[1] and second[0] <= first[1]:
        raise ConfigError(f"{_named(first)} and {_named(second)} have days in common: choose periods that have none.")
    chosen = None if creative is None else _one(connection, creative)
    names = [chosen[0]] if chosen else _names(connection, first, second)
    sides = [amounts(connection, each, names) for each in (first, second)]
    if not any(side.values.any() for side in sides):
        raise ConfigError(f"There is nothing in {_named(first)} and {_named(second)}. Choose other --days.")
    parts = of_periods(sides[0], sides[1], file.kind, file.steps)
    rows = [(_named(second), _named(first), *_cells(part)) for part in parts]
    of = f"“{title(chosen[1])}”: " if chosen else ""
    sentence = of + periods_sentence(parts, _named(first), _named(second), file.currency, is_one=chosen is not None)
    return rows, [sentence, *_about_days(parts, file, first, second)]


def _names(connection: duckdb.DuckDBPyConnection, *spans: Days) -> list[Any]:
    """Every creative of some periods, and nobody (None)."""
    return sorted({name for each in spans for name in amounts(connection, each).creatives}, key=lambda n: n or "")


def _one(connection: duckdb.DuckDBPyConnection, what: str) -> Found:
    """The creative that is meant. Exits where none or several are."""
    found = candidates(connection, what, "creatives")
    if len(found) == 1:
        return found[0]
    if not found:
        say(f"No published creative has the id {what!r}, or that in its text.")
    for creative_id, text in found:
        say(f"  {creative_id}  {clean(text)}")
    if found:
        more = " and perhaps more" if len(found) == CANDIDATES_MAX else ""
        say(f"{len(found)} creatives{more} have {what!r} in their text: ask by one's creative_id.")
    raise typer.Exit(Exit.FAILED)


def _cells(part: Part) -> tuple[Any, ...]:
    return astuple(part)


def _named(days: Days) -> str:
    return f"{days[0]}..{days[1]}" if days[0] != days[1] else f"{days[0]}"


def _about_cost(parts: Sequence[Part], sides: Sequence[Amounts]) -> list[str]:
    if "cost" in str(parts[-1].formula):
        return []
    which = "either of them" if not any(side.total("cost") for side in sides) else "one of them"
    return [f"No cost is known of {which}: revenue per click is compared, not profit."]


def _about_days(parts: Sequence[Part], file: Published, *spans: Days) -> list[str]:
    told_of = [] if max(days[1] for days in spans) <= file.mature_day else [file.maturing]
    if parts[-1].low is None:
        told_of.append("Too few days to say how sure that is.")
    return [*told_of, f"As published, {told(file.as_of)}."]
