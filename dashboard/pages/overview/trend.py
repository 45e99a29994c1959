"""This module owns the trend: the total, or the creatives that are picked, over the period and its comparison."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.figures.maturing import hatch, maturing_from
from dashboard.look import Look
from dashboard.marts import Span
from dashboard.pages.overview import sums
from dashboard.pages.overview.lines import Line, lines_figure, lines_table
from dashboard.panels.panel import Drawn, Panel
from dashboard.state import link, short
from dashboard.words import MEASURES, Measure, kind_words

DAYS_MIN = 14  # a line through fewer days shows no trend
_MARKS = ("●", "■", "◆", "▲", "✚", "★")  # the figures' shapes, in the same order
_TOTAL = "All creatives, and what belongs to none"


def fill(look: Look) -> Drawn:
    """The lines with what they are of."""
    measure, span = measure_of(look), span_of(look)
    picked = picks(look)
    lines = _of_creatives(look, span, picked, measure) if picked else [_total(look, span, measure)]
    figure = lines_figure(lines, measure, look.scheme, look.fresh.currency, hourly=False)
    hatch(figure, max(maturing(look), span.first), span.last, look.scheme)
    return Drawn(figure, caption(look, span, measure, picked, lines), lines_table(lines, measure, hourly=False))


def maturing(look: Look) -> date:
    """The first day whose money can still change."""
    return maturing_from(look.fresh.today, look.fresh.maturity_days)


def choices(look: Look) -> list[tuple[str, str]]:
    """What the lines can show: the measures of the kind whose steps somebody reports, as (key, title)."""
    offered = sums.told(kind_words(look.fresh.kind).trends, sums.reported(look))
    return [(measure.key, measure.title) for measure in offered]


def measure_of(look: Look) -> Measure:
    """What the lines show; profit where the kind does not offer it."""
    offered = [key for key, _title in choices(look)]
    return MEASURES[look.state.metric if look.state.metric in offered else "profit"]


def span_of(look: Look) -> Span:
    """The days that are drawn: more than a short period has, where nothing is compared."""
    return look.period if look.before is not None and look.period.days >= 2 else look.period.at_least(DAYS_MIN)


def picks(look: Look) -> list[tuple[str, str]]:
    """The (id, text) of the creatives that are picked and have anything in the period, in the order of picking."""
    if not look.state.pick:
        return []
    found = sums.per_creative(look, look.period)
    texts = zip(found["creative_id"].astype(str), found["creative_text"].astype(str), strict=True)
    by_short = {short(ident): (ident, text) for ident, text in texts}
    return [by_short[name] for name in look.state.pick if name in by_short]


def _total(look: Look, span: Span, measure: Measure) -> Line:
    values = sums.values(measure, sums.daily(look, span))
    before = _before(look, span)
    if before is None:
        return Line(_TOTAL, values)
    return _beside(Line(_TOTAL, values), sums.values(measure, sums.daily(look, before)))


def _before(look: Look, span: Span) -> Span | None:
    """The comparison, day by day of the drawn span; None where the span is drawn longer than what is compared."""
    return look.before if span == look.period and look.before is not None else None


def _beside(line: Line, earlier: pd.Series) -> Line:
    """The line with its comparison moved onto its own days (a month has not always as many)."""
    moved = pd.Series(earlier.to_numpy()[: len(line.values)], line.values.index[: len(earlier)])
    was = pd.DatetimeIndex(earlier.index)[: len(line.values)]
    index = line.values.index
    return Line(line.text, line.values, moved.reindex(index), pd.DatetimeIndex([*was, *index[len(was) :]]))


def _of_creatives(look: Look, span: Span, picked: Sequence[tuple[str, str]], measure: Measure) -> list[Line]:
    ids = tuple(ident for ident, _text in picked)
    days = sums.daily_per_creative(look, span, ids)
    lines = [Line(text, by_day(days, ident, measure, span)) for ident, text in picked]
    before = _before(look, span)
    if len(lines) != 1 or before is None:  # a dashed line each would be a thicket
        return lines
    return [_beside(lines[0], by_day(sums.daily_per_creative(look, before, ids), ids[0], measure, before))]


def by_day(days: pd.DataFrame, creative_id: str, measure: Measure, span: Span) -> pd.Series:
    """A creative's measure per day of the span: NaN before its first day and where nothing divides."""
    index = pd.date_range(span.first, span.last)
    own = days[days["creative_id"] == creative_id]
    if own.empty:
        return pd.Series(float("nan"), index)
    own = own.set_index(pd.DatetimeIndex(pd.to_datetime(own["day"])))
    values = sums.values(measure, own.drop(columns=["day", "creative_id"]).reindex(index, fill_value=0))
    return values.where(index >= own.index.min())


def caption(
    look: Look, span: Span, measure: Measure, picked: Sequence[tuple[str, str]], lines: Sequence[Line]
) -> list[Component | str]:
    """What is drawn, in words; the picked texts beside their marks; and the way to compare them."""
    words = f"{measure.title} per day, {numbers.days_between(span.first, span.last)}"
    if lines and lines[0].before is not None and look.before is not None:
        words += f"; dashed: {numbers.days_between(look.before.first, look.before.last)}"
    if maturing(look) <= span.last:
        words += "; hatched: still maturing"
    parts: list[Component | str] = [html.Span(f"{words}.")]
    if not picked:
        return [*parts, html.Span(f" {_TOTAL}. Tick creatives below to draw and compare them.")]
    items = [
        html.Li([html.Span(_MARKS[place % len(_MARKS)], className=f"line-{place % 6}", **aria(hidden="true")),
                 html.Span(text, dir="auto")])
        for place, (_ident, text) in enumerate(picked)
    ]  # fmt: skip
    return [*parts, html.Ul(items, className="legend"), _compare(look, len(picked))]


def _compare(look: Look, many: int) -> Component:
    if many < 2:
        return html.P("Tick one more to compare them.", className="quiet")
    return dcc.Link(f"Compare these {many}", href=link("/compare", look.state), className="button compare")


PANEL = Panel("overview-trend", "Day by day", "figure", "facts_daily", fill, height=360, wide=False)
