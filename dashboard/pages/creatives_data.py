"""This module owns what fills the creatives page: from the URL's state and the version to cards, rows, figures."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard import kpis, numbers, queries, scorecard
from dashboard.components.cards import cards
from dashboard.components.grid import columns
from dashboard.components.panels import legend, sure_words
from dashboard.config import Settings
from dashboard.figures.certainty import certainty_figure, standings
from dashboard.figures.theme import scheme_of
from dashboard.figures.trend import trend_figure
from dashboard.marts import Freshness, Span
from dashboard.published import newest
from dashboard.state import PICKS_MAX, State, parse, short
from dashboard.words import MEASURES, kind_words

DEFAULT_PICKS = 3
TREND_DAYS_MIN = 14
_ALL_COUNTRIES = "Daily figures are not split by country: the lines show all countries."


def register(app: Dash, settings: Settings) -> None:
    """Each callback: find the newest file, ask the queries, hand the answer to a pure function."""
    for part in (_register_totals, _register_ranking, _register_trend, _register_certainty):
        part(app, settings)


def _register_totals(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("cards", "children"),
        Output("period", "children"),
        Output("ranking-note", "children"),
        Input("filters", "data"),
        Input("version", "data"),
    )
    def totals(filters: str | None, _version: str) -> tuple[list[Component], str, str]:
        """The cards, the days they are about, and what the reader of the ranking should know."""
        real, view = newest(settings.published_link), _view(filters)
        fresh, span = queries.freshness(real), _span(real, view)
        shown, untied = _totals(real, view, span, fresh)
        note = untied + _maturing(span, fresh, settings.maturity_days)
        return cards(shown, queries.formulas(real)), _period(span, fresh, view), note


def _register_ranking(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("grid", "columnDefs"),
        Output("grid", "rowData"),
        Output("found", "children"),
        Input("filters", "data"),
        Input("version", "data"),
    )
    def ranking(filters: str | None, _version: str) -> tuple[list[dict[str, Any]], list[dict[str, object]], str]:
        """The grid's columns and rows, and how many there are."""
        real, view = newest(settings.published_link), _view(filters)
        fresh = queries.freshness(real)
        frame = scorecard.with_objective(queries.ranking(real, view), fresh)
        rows = scorecard.rows(frame, queries.cells(real, view), fresh, view.pinned)
        found = f"{len(rows):,} creative{'' if len(rows) == 1 else 's'}"
        return columns(fresh.kind, scorecard.objective_of(frame, fresh)), rows, found


def _register_trend(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("trend", "figure"),
        Output("legend", "children"),
        Output("chosen", "data"),
        Output("trend-caption", "children"),
        Input("drawn", "data"),
        Input("version", "data"),
        Input("scheme", "data"),
    )
    def trend(
        drawn: str | None, _version: str, scheme: str | None
    ) -> tuple[go.Figure, list[Component], list[str], str]:
        """The lines, their legend, the ids they are of, and what they show in words."""
        return _trend(newest(settings.published_link), _view(drawn), _known(scheme), settings.maturity_days)

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "tick"),
        Output("grid", "selectedRows"),
        Input("chosen", "data"),
        Input("grid", "rowData"),
    )


def _register_certainty(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("certainty", "figure"),
        Output("certainty-caption", "children"),
        Input("filters", "data"),
        Input("version", "data"),
        Input("scheme", "data"),
    )
    def certainty(filters: str | None, _version: str, scheme: str | None) -> tuple[go.Figure, list[Component]]:
        """The dots and intervals, and how many of them are sure."""
        return _certainty(newest(settings.published_link), _view(filters), _known(scheme))


def picked(frame: pd.DataFrame, picks: Sequence[str]) -> list[tuple[str, str]]:
    """The (id, text) pairs that the trend draws: those picked and present, else the top three."""
    pairs = list(zip(frame["creative_id"].astype(str), frame["creative_text"].astype(str), strict=True))
    by_short = {short(ident): (ident, text) for ident, text in reversed(pairs)}
    return [by_short[name] for name in picks if name in by_short][:PICKS_MAX] or pairs[:DEFAULT_PICKS]


def _view(search: str | None) -> State:
    if search is None:  # before the URL has been read
        raise PreventUpdate
    return parse(search)


def _known(scheme: str | None) -> str:
    if scheme is None:  # before the browser has said light or dark
        raise PreventUpdate
    return scheme


def _span(real: Path, view: State) -> Span:
    span = queries.span(real, view.days)
    if span is None:
        raise PreventUpdate
    return span


def _totals(real: Path, view: State, span: Span, fresh: Freshness) -> tuple[list[kpis.Kpi], str]:
    if view.country:
        sums = queries.ranking(real, view)
        goals = queries.goals(real, view, span.first, span.last)
        return kpis.cards_without_days(sums, goals, fresh.kind, fresh.currency), ""
    first = span.before.first if span.before else span.first
    days = queries.daily(real, view, first, span.last)
    goals = queries.goals(real, view, first, span.last)
    frame = kpis.complete(days, goals, first, span.last)
    return kpis.cards(frame, span, fresh.kind, fresh.currency, fresh.today), _untied(frame, span, fresh.currency)


def _untied(frame: pd.DataFrame, span: Span, currency: str) -> str:
    now = frame.loc[pd.Timestamp(span.first) :]
    cost, revenue = float(now["untied_cost"].sum()), float(now["untied_revenue"].sum())
    if not cost and not revenue:
        return ""
    spent, earned = numbers.money(cost, currency, 2), numbers.money(revenue, currency, 2)
    return f"{spent} of spend and {earned} of revenue belong to no known creative: in the totals, not in the ranking. "


def _maturing(span: Span, fresh: Freshness, days: int) -> str:
    if days < 1 or span.last <= fresh.today - timedelta(days=days):
        return ""
    return (
        f"The last {days} days are still maturing: their money can change." if days > 1 else "Today is still maturing."
    )


def _period(span: Span, fresh: Freshness, view: State) -> str:
    sentences = [numbers.days_between(span.first, span.last)]
    if view.country:
        sentences.append("Days are not split by country, so there is nothing to compare with")
    elif span.before:
        sentences[0] += f", compared with {numbers.days_between(span.before.first, span.before.last)}"
    else:
        sentences.append("The data does not reach back to an earlier period")
    if span.last == fresh.today:
        sentences.append("Today is not over: it is in the numbers, not in the changes")
    return ". ".join(sentences) + "."


def _trend(
    real: Path, view: State, scheme: str, maturity_days: int
) -> tuple[go.Figure, list[Component], list[str], str]:
    fresh, span = queries.freshness(real), _span(real, view).at_least(TREND_DAYS_MIN)
    pairs = picked(queries.ranking(real, view.filters), view.pick)
    ids = tuple(ident for ident, _text in pairs)
    metric = view.metric if view.metric in kind_words(fresh.kind).trends else State.metric
    frame = queries.trend(real, view.filters, ids, span.first, span.last)
    maturing = fresh.today - timedelta(days=maturity_days - 1)
    figure = trend_figure(frame, pairs, MEASURES[metric], span, maturing, scheme_of(scheme), fresh.currency)
    caption = f"{MEASURES[metric].title} per day, {numbers.days_between(span.first, span.last)}."
    note = f" {_ALL_COUNTRIES}" if view.country else ""
    return figure, legend(pairs), list(ids), caption + note


def _certainty(real: Path, view: State, scheme: str) -> tuple[go.Figure, list[Component]]:
    fresh = queries.freshness(real)
    frame = scorecard.with_objective(queries.ranking(real, view), fresh)
    measure = MEASURES[scorecard.objective_of(frame, fresh)]
    rows = scorecard.rows(frame, queries.cells(real, view), fresh, view.pinned)
    top = standings(frame, {str(row["id"]) for row in rows if row["early"]}, measure.better)
    return certainty_figure(top, measure, scheme_of(scheme), fresh.currency), sure_words(top)
