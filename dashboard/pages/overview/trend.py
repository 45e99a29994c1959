"""This module owns the trend: the total, or the creatives that are picked, over the period and its comparison."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.figures import unfinished
from dashboard.figures.maturing import hatch
from dashboard.look import Look
from dashboard.maturity import maturing_from, maturing_words
from dashboard.pages.overview import hourly, sums
from dashboard.pages.overview.trend_figure import Line, lines_figure, lines_table, moment
from dashboard.panels.panel import Drawn, Panel
from dashboard.people.annotations import within
from dashboard.people.marking import listed, mark
from dashboard.spans import Span
from dashboard.state import link, short
from dashboard.words import MEASURES, Measure, kind_words

DAYS_MIN = 14  # a line through fewer days shows no trend
_MARKS = ("●", "■", "◆", "▲", "✚", "★")  # the figures' shapes, in the same order
_TOTAL = "All creatives, and what belongs to none"


def fill(look: Look) -> Drawn:
    """The lines with what they are of, by day or by hour, and the annotations of these days."""
    picked, hours = picks(look), hourly.span_of(look)
    drawn = _by_hour(look, hours, picked) if hours is not None else _by_day(look, picked)
    figure = lines_figure(drawn.lines, drawn.measure, look.scheme, look.fresh.currency, drawn.hourly)
    unfinished.opened(figure, running(look, drawn.hourly))
    hatch(figure, max(maturing_from(look), drawn.span.first), drawn.span.last, look.scheme, hourly=drawn.hourly)
    said = within(look.settings.data_dir, drawn.span.first, drawn.span.last, look.state.network, look.state.campaign)
    mark(figure, said, look.scheme, drawn.hourly)
    notes = listed(said)
    parts = caption(look, drawn, picked)
    return Drawn(figure, [*parts, notes] if notes else parts, lines_table(drawn.lines, drawn.measure, drawn.hourly))


@dataclass(frozen=True)
class Trend:
    """What is drawn, and where its comparison is from."""

    lines: Sequence[Line]
    measure: Measure
    span: Span
    before: Span | None
    hourly: bool


def _by_day(look: Look, picked: Sequence[tuple[str, str]]) -> Trend:
    measure, span = measure_of(look), span_of(look)
    before = look.before if span == look.period else None  # a span drawn longer than what is compared has none
    ids = tuple(ident for ident, _text in picked)

    def values(days: Span) -> list[pd.Series]:
        if not ids:
            return [sums.values(measure, sums.daily(look, days))]
        found = sums.daily_per_creative(look, days, ids)
        return [by_day(found, ident, measure, days) for ident in ids]

    return Trend(_lines(picked, values(span), values(before) if before else None), measure, span, before, hourly=False)


def _by_hour(look: Look, span: Span, picked: Sequence[tuple[str, str]]) -> Trend:
    before = hourly.before_of(look) if span == look.period else None
    ids = tuple(ident for ident, _text in picked) or None
    now = hourly.hours_of(look, span, ids)
    measure = hourly.measure_of(measure_of(look), now)

    def values(hours: hourly.Hours) -> list[pd.Series]:
        return [hourly.by_hour(hours, measure, look, ident) for ident in ids or (None,)]

    earlier = values(hourly.hours_of(look, before, ids)) if before else None
    return Trend(_lines(picked, values(now), earlier), measure, span, before, hourly=True)


def _lines(
    picked: Sequence[tuple[str, str]], values: Sequence[pd.Series], earlier: Sequence[pd.Series] | None
) -> list[Line]:
    """A line each; the comparison beside it where there is only one: a dashed line each would be a thicket."""
    lines = [Line(text, one) for (_ident, text), one in zip(picked or [("", _TOTAL)], values, strict=True)]
    return [_beside(lines[0], earlier[0])] if earlier and len(lines) == 1 else lines


def running(look: Look, is_hourly: bool) -> str:
    """The day or hour that is not over, as the lines spell it."""
    now = look.fresh.as_of.astimezone(look.fresh.zone)
    return moment(now if is_hourly and now.hour else now.date())


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
    found = sums.per_creative(look, look.period, look.state.pick)
    texts = zip(found["creative_id"].astype(str), found["creative_text"].astype(str), strict=True)
    by_short = {short(ident): (ident, text) for ident, text in texts}
    return [by_short[name] for name in look.state.pick if name in by_short]


def _beside(line: Line, earlier: pd.Series) -> Line:
    """The line with its comparison moved onto its own days (a month has not always as many)."""
    moved = pd.Series(earlier.to_numpy()[: len(line.values)], line.values.index[: len(earlier)])
    was = pd.DatetimeIndex(earlier.index)[: len(line.values)]
    index = line.values.index
    return Line(line.text, line.values, moved.reindex(index), pd.DatetimeIndex([*was, *index[len(was) :]]))


def by_day(days: pd.DataFrame, creative_id: str, measure: Measure, span: Span) -> pd.Series:
    """A creative's measure per day of the span: NaN before its first day and where nothing divides."""
    index = pd.date_range(span.first, span.last)
    own = days[days["creative_id"] == creative_id]
    if own.empty:
        return pd.Series(float("nan"), index)
    own = own.set_index(pd.DatetimeIndex(pd.to_datetime(own["day"])))
    values = sums.values(measure, own.drop(columns=["day", "creative_id"]).reindex(index, fill_value=0))
    return values.where(index >= own.index.min())


def caption(look: Look, drawn: Trend, picked: Sequence[tuple[str, str]]) -> list[Component | str]:
    """What is drawn, in words; the picked texts beside their marks; and the way to compare them."""
    per = "hour" if drawn.hourly else "day"
    words = f"{drawn.measure.title} per {per}, {numbers.days_between(drawn.span.first, drawn.span.last)}"
    if drawn.before is not None and drawn.lines[0].before is not None:
        words += f"; dashed: {numbers.days_between(drawn.before.first, drawn.before.last)}"
    told = [f"{words}.", maturing_words(look, drawn.span, hatched=True), _why_so(look, drawn)]
    if look.period.last >= look.fresh.today:
        told.insert(1, unfinished.words(drawn.hourly))
    parts: list[Component | str] = [html.Span(" ".join([*filter(None, told), ""]))]
    if not picked:
        return [*parts, html.Span(f"{_TOTAL}. Tick creatives below to draw and compare them.")]
    items = [
        html.Li([html.Span(_MARKS[place % len(_MARKS)], className=f"line-{place % 6}", **aria(hidden="true")),
                 html.Span(text, dir="auto")])
        for place, (_ident, text) in enumerate(picked)
    ]  # fmt: skip
    return [*parts, html.Ul(items, className="legend"), _compare(look, len(picked))]


def _why_so(look: Look, drawn: Trend) -> str:
    """Where another thing is drawn than was asked for, why."""
    if look.state.by == "hour" and not drawn.hourly:
        kept = f"Hours are kept for the last {hourly.KEPT_DAYS} days: these are drawn by day. "
        return kept if hourly.are_kept(look) else "This published file has no hours: its days are drawn. "
    cut = drawn.hourly and drawn.span != look.period
    kept = f"Hours are kept for the last {hourly.KEPT_DAYS} days. " if cut else ""
    if drawn.measure != measure_of(look):
        return f"{kept}Spend is reported by the day and has no hour, so revenue is drawn. "
    return kept


def _compare(look: Look, many: int) -> Component:
    if many < 2:
        return html.P("Tick one more to compare them.", className="quiet")
    return dcc.Link(f"Compare these {many}", href=link("/compare", look.state), className="button compare")


PANEL = Panel("overview-trend", "Day by day", "figure", "facts_daily", fill, height=360, wide=False)
