"""This module owns the figures of the page Attribution: places under two rules, credit by day, lags, journeys."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import Scheme, annotate, base, blank, label, ticks


def slope_figure(rows: Sequence[Mapping[Any, Any]], names: tuple[str, str], scheme: Scheme) -> go.Figure:
    """A line per creative from its place under the one rule to that under the other; `rows` have `text`, `base_rank`,
    `other_rank`, `change`. Who rises is solid with ▲, who falls dashed with ▼, who stays thin."""
    if not rows:
        return blank(scheme)
    figure = base(scheme, hovermode="closest", showlegend=False, margin={"l": 8, "r": 8, "t": 46, "b": 8})
    lefts, rights = (_spread([row[name] for row in rows]) for name in ("base_rank", "other_rank"))
    notes: list[dict[str, Any]] = []
    for row, left, right in zip(rows, lefts, rights, strict=True):
        change = int(row["change"])
        colour = scheme.good if change > 0 else scheme.bad if change < 0 else scheme.muted
        mark = f" ▲{change}" if change > 0 else f" ▼{-change}" if change < 0 else ""
        text = row["text"] if isinstance(row["text"], str) else str(row["creative_id"])
        figure.add_trace(
            go.Scatter(
                x=[0, 1], y=[left, right], mode="lines+markers", name=label(text, 40),
                line={"color": colour, "width": 2.5 if change else 1.25, "dash": "dash" if change < 0 else "solid"},
                marker={"size": 9, "color": colour, "symbol": "triangle-up" if change > 0 else
                        "triangle-down" if change < 0 else "circle"},
                hovertemplate=f"{label(text, 60)}<br>{row['base_rank']} → {row['other_rank']}<extra></extra>",
            )
        )  # fmt: skip
        font = {"size": 11, "color": scheme.text if change else scheme.muted}
        for x, y, words, side, shift in (
            (0, left, _two_lines(text), "right", -34), (0, left, row["base_rank"], "right", -10),
            (1, right, f"{row['other_rank']}{mark}", "left", 10),
        ):  # fmt: skip
            notes.append({"x": x, "y": y, "text": str(words), "xanchor": side, "xshift": shift, "font": font,
                          "align": side})  # fmt: skip
    for x, name in enumerate(names):
        title = "<br>".join(label(part, 24) for part in name.split(", "))
        notes.append({"x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 6, "text": f"<b>{title}</b>",
                      "font": {"color": scheme.text}})  # fmt: skip
    annotate(figure, notes)
    figure.update_xaxes(visible=False, range=[-1.55, 1.5])
    figure.update_yaxes(visible=False, range=[len(rows) + 0.5, 0.5])
    return figure


def days_figure(table: pd.DataFrame, unit: str, basis: str, scheme: Scheme, currency: str) -> go.Figure:
    """Credit by day on both bases (`event`, `click`); the chosen one is bold, the other thin and dotted."""
    if table.empty:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", showlegend=True,
                  legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"})  # fmt: skip
    x = [day.date().isoformat() for day in table.index]
    for name, title, colour, shape in (("event", "by day of conversion", scheme.lines[0], "circle"),
                                       ("click", "by day of click", scheme.lines[1], "square")):  # fmt: skip
        chosen = name == basis
        figure.add_trace(
            go.Scatter(
                x=x, y=table[name].tolist(), mode="lines+markers", name=title,
                line={"color": colour, "width": 2.75 if chosen else 1.5, "dash": "solid" if chosen else "dot"},
                marker={"symbol": shape, "size": 7 if chosen else 5, "color": colour},
                customdata=[numbers.in_unit(value, unit, currency) for value in table[name]],
                hovertemplate="%{customdata}",
            )
        )  # fmt: skip
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, tickangle=0)
    figure.update_yaxes(rangemode="tozero", **ticks(unit, currency, float(table.to_numpy().max(initial=0.0))))
    return figure


def lags_figure(steps: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """Share of conversions per step of lag (`step`, `first_touch`, `credited_touch`), the two side by side."""
    parts = {"credited_touch": "from the credited touch", "first_touch": "from the first touch"}
    return _shares(steps, "step", parts, scheme, barmode="group", bargap=0.25)


def lengths_figure(lengths: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """Share of conversions by touches of their journey (`touches`, in words): `one` creative, and `several` on it."""
    parts = {"one": "of one creative", "several": "of several creatives"}
    return _shares(lengths, "touches", parts, scheme, barmode="stack", bargap=0.3)


def _shares(found: pd.DataFrame, over: str, parts: Mapping[str, str], scheme: Scheme, **layout: Any) -> go.Figure:
    """Two bars of shares for each value of the column `over`; `parts` are their columns and titles."""
    if found.empty:
        return blank(scheme)
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    figure = base(scheme, hovermode="closest", legend=legend, **layout)
    for n, (name, title) in enumerate(parts.items()):
        figure.add_trace(
            go.Bar(
                x=found[over].tolist(), y=found[name].tolist(), name=title,
                marker={"color": scheme.lines[n], "pattern": _stripes(n, scheme)},
                customdata=[numbers.percent(value) for value in found[name]],
                hovertemplate="%{x}: %{customdata} " + title + "<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(showgrid=False, tickangle=0, type="category")
    figure.update_yaxes(**ticks("share", "", 1.0))
    return figure


def _two_lines(text: str, length: int = 20) -> str:
    """A text as a label of at most two lines: a phone has room for no more beside the lines."""
    lines = textwrap.wrap(" ".join(text.split()), length, max_lines=2, placeholder=" …")
    return "<br>".join(label(line, length + 2) for line in lines)


def _stripes(n: int, scheme: Scheme) -> dict[str, Any]:
    """The pattern of the second of two bars: colour alone tells nobody which is which."""
    return {"shape": "/" if n else "", "fillmode": "overlay", "fgcolor": scheme.card, "size": 6, "solidity": 0.25}


def _spread(places: Sequence[int]) -> list[float]:
    """Places on the axis, so that equal ones do not lie on each other and far ones stay on the page."""
    order = sorted(range(len(places)), key=lambda n: (places[n], n))
    found = [0.0] * len(places)
    for at, n in enumerate(order, start=1):
        found[n] = float(at)
    return found
