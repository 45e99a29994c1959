"""This module owns the drawings of waiting: lag curves, maturity curves, and the days that are still maturing."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import DASHES, SHAPES, Scheme, base, blank, label, stacked, ticks
from dashboard.pages.funnel.step_figures import pale
from dashboard.pages.funnel.waiting import BASES, kind_title, within

WHAT = {
    "conversions": "Conversions",
    "revenue": "Revenue",
    "settlement": "Settled money",
}
_LEGEND: dict[str, Any] = {
    "orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)",
}  # fmt: skip


def lag_figure(lags: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """Share of goals that had come by each step of hours: a line per kind and basis, solid from the credited click."""
    if lags.empty:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", legend=_LEGEND)
    steps = lags[["lag_hours_from", "lag_hours_to"]].drop_duplicates().sort_values("lag_hours_from")
    places = [within(value) for value in steps["lag_hours_to"]]
    kinds = list(dict.fromkeys(lags["conversion_kind"]))
    for (kind, basis), rows in lags.groupby(["conversion_kind", "touch_basis"], sort=False):
        place = kinds.index(kind)
        shares = rows.set_index("lag_hours_from")["share"].reindex(steps["lag_hours_from"]).ffill().fillna(0.0)
        colour = scheme.lines[place % len(scheme.lines)]
        credited = basis == "credited_touch"
        figure.add_trace(
            go.Scatter(
                x=places, y=shares.tolist(), mode="lines+markers",
                name=f"{label(kind_title(str(kind)), 24)} {BASES.get(str(basis), '')}",
                hovertemplate="%{y:.1%}",
                line={"color": colour, "width": 2.25, "dash": "solid" if credited else "dash"},
                marker={"symbol": SHAPES[place % len(SHAPES)] + ("" if credited else "-open"), "size": 8},
            )
        )  # fmt: skip
    figure.update_xaxes(type="category", showgrid=False, title={"text": "time to the goal, up to", "standoff": 6})
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%")
    return figure


def curve_figure(curves: pd.DataFrame, maturity_days: int, scheme: Scheme) -> go.Figure:
    """How much has come by the end of each day after the click, with the range of single days; a line at maturity."""
    if curves.empty:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", legend=_LEGEND)
    for place, (what, rows) in enumerate(curves.groupby("what", sort=False)):
        colour = scheme.lines[place % len(scheme.lines)]
        ages = rows["age_days"].tolist()
        quiet: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        figure.add_trace(go.Scatter(x=ages, y=_none(rows["share_low"]), **quiet))
        figure.add_trace(
            go.Scatter(x=ages, y=_none(rows["share_high"]), **quiet, fill="tonexty", fillcolor=pale(colour))
        )
        told = [
            f"{numbers.percent(row['share'])}"
            f" [{numbers.interval(row['share_low'], row['share_high'], 'share', '') or 'n/a'}]"
            for row in rows.to_dict("records")
        ]
        figure.add_trace(
            go.Scatter(
                x=ages, y=_none(rows["share"]), name=WHAT.get(str(what), str(what)), mode="lines+markers",
                customdata=told, hovertemplate="%{customdata}",
                line={"color": colour, "width": 2.25, "dash": DASHES[place % len(DASHES)]},
                marker={"symbol": SHAPES[place % len(SHAPES)], "size": 7, "color": colour},
            )
        )  # fmt: skip
    figure.add_hline(y=1, line={"color": scheme.muted, "width": 1})
    # The age of a day that counts as mature: its own day is age 0.
    figure.add_vline(x=maturity_days - 1, line={"color": scheme.text, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=maturity_days - 1, y=0, yref="paper", xanchor="left", yanchor="bottom", xshift=6, showarrow=False,
        text="counts as mature", font={"size": 11, "color": scheme.muted},
    )  # fmt: skip
    figure.update_xaxes(showgrid=False, dtick=None, nticks=10, title={"text": "whole days after the click"})
    figure.update_yaxes(rangemode="tozero", tickformat=".0%")
    return figure


def days_figure(days: pd.DataFrame, currency: str, scheme: Scheme) -> go.Figure:
    """What came of each click day (bars; hatched while it matures) and, apart from it, what is to be expected."""
    drawn = [name for name in ("revenue", "conversions") if len(days) and days[name].notna().any() and days[name].any()]
    if not drawn:
        return blank(scheme)
    figure = stacked(scheme, len(drawn), 0.16, showlegend=False, bargap=0.28, hovermode="x unified")
    axis = {"gridcolor": scheme.grid, "zeroline": False, "linecolor": scheme.grid, "fixedrange": True}
    for place, name in enumerate(drawn, start=1):
        unit = "money" if name == "revenue" else "count"
        figure.add_trace(_bars(days, name, unit, currency, scheme), row=place, col=1)
        maturing = days[days[f"{name}_projected"].notna()]
        if len(maturing):
            figure.add_trace(_expected(maturing, name, unit, currency, scheme), row=place, col=1)
        figure.update_yaxes(
            row=place, col=1, rangemode="tozero", nticks=5, automargin=True, **axis,
            **ticks(unit, currency, float(days[name].abs().max())),
        )  # fmt: skip
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=1, yref="y domain" if place == 1 else f"y{place} domain",
            yanchor="bottom", showarrow=False, text=WHAT[name], font={"color": scheme.text, "size": 13},
        )  # fmt: skip
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, automargin=True, **axis)
    return figure


def _bars(days: pd.DataFrame, name: str, unit: str, currency: str, scheme: Scheme) -> go.Bar:
    mature = days["mature"].astype(bool)
    return go.Bar(
        x=_iso(days), y=_none(days[name]), name="has come",
        marker={
            "color": scheme.lines[0],
            "pattern": {
                "shape": ["" if each else "/" for each in mature], "fillmode": "overlay", "fgcolor": scheme.card,
                "size": 6, "solidity": 0.45,
            },
        },
        customdata=[
            f"{numbers.in_unit(value, unit, currency)} has come" + ("" if each else ", still maturing")
            for value, each in zip(days[name], mature, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _expected(days: pd.DataFrame, name: str, unit: str, currency: str, scheme: Scheme) -> go.Scatter:
    middle, low, high = (days[f"{name}_projected{end}"] for end in ("", "_low", "_high"))
    return go.Scatter(
        x=_iso(days), y=middle.tolist(), mode="markers", name="expected at the end",
        marker={
            "symbol": "diamond", "size": 10, "color": scheme.card, "line": {"width": 2, "color": scheme.lines[1]},
        },
        error_y={
            "type": "data", "symmetric": False, "array": (high - middle).clip(lower=0).fillna(0).tolist(),
            "arrayminus": (middle - low).clip(lower=0).fillna(0).tolist(), "color": scheme.lines[1], "thickness": 2,
            "width": 4,
        },
        customdata=[
            f"{numbers.in_unit(each, unit, currency)} [{numbers.interval(least, most, unit, currency)}] expected"
            for each, least, most in zip(middle, low, high, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _iso(days: pd.DataFrame) -> list[str]:
    return [pd.Timestamp(day).date().isoformat() for day in days["day"]]


def _none(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]
