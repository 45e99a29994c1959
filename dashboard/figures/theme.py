"""This module owns the look of the figures: colours per scheme, the shared layout, and labels of hostile text."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "star")  # a line is known by shape, not colour
DASHES = ("solid", "dash", "dot", "solid", "dash", "dot")


@dataclass(frozen=True)
class Scheme:
    """The colours of one scheme; `lines` keep apart for colour-blind eyes (Okabe and Ito, adjusted for contrast)."""

    text: str
    muted: str
    grid: str
    card: str
    band: str
    good: str
    bad: str
    lines: tuple[str, ...]


LIGHT = Scheme(
    text="#17202a",
    muted="#566270",
    grid="#e6e9ee",
    card="#ffffff",
    band="rgba(86, 98, 112, 0.10)",
    good="#0a66ad",
    bad="#b8430a",
    lines=("#0a66ad", "#c2500a", "#0b7d5e", "#9c4a86", "#8a6a00", "#4a5563"),
)
DARK = Scheme(
    text="#e6eaef",
    muted="#9aa7b5",
    grid="#29323c",
    card="#161d25",
    band="rgba(154, 167, 181, 0.12)",
    good="#62b5ec",
    bad="#f2955c",
    lines=("#62b5ec", "#f2955c", "#3fc79f", "#e3a0cf", "#e2c64a", "#c0c8d2"),
)


def scheme_of(name: str | None) -> Scheme:
    """The scheme of the page's toggle; light where it has not said."""
    return DARK if name == "dark" else LIGHT


def label(text: str, length: int = 48) -> str:
    """A creative's text as a Plotly label: shortened, and nothing in it is markup, a link or mathematics."""
    words = " ".join(text.split())
    if len(words) > length:
        words = words[: length - 1].rstrip() + "…"
    # The isolates keep a right-to-left text from turning round what stands beside it.
    return f"\u2068{html.escape(words.replace('$', ''), quote=False)}\u2069"


def base(scheme: Scheme, **layout: Any) -> go.Figure:
    """An empty figure in the house's look; `layout` overrides."""
    axis = {"gridcolor": scheme.grid, "zeroline": False, "linecolor": scheme.grid, "fixedrange": True}
    figure = go.Figure(layout={"template": "none"})  # else it begins with a copy of Plotly's own, which is large
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": scheme.muted},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": scheme.muted, "activecolor": scheme.text},
        hoverlabel={"bgcolor": scheme.card, "bordercolor": scheme.grid, "font": {"color": scheme.text}},
        xaxis={**axis, "automargin": True},
        yaxis={**axis, "automargin": True},
        **{"margin": {"l": 8, "r": 12, "t": 28, "b": 8, "pad": 4}, **layout},
    )
    return figure


def stacked(scheme: Scheme, rows: int, spacing: float, **layout: Any) -> go.Figure:
    """The same with `rows` plots one above the other, over the same x axis; `spacing` is a share of the height."""
    on = base(scheme, **layout)
    return make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=spacing, figure=on)


def annotate(figure: go.Figure, notes: Sequence[Mapping[str, Any]]) -> None:
    """Add notes all at once: Plotly looks at all that are there again for each that is added alone."""
    figure.layout.annotations = [*figure.layout.annotations, *({"showarrow": False, **note} for note in notes)]


def blank(scheme: Scheme) -> go.Figure:
    """A figure that says there is nothing to draw (axes without a value would be drawn at NaN)."""
    figure = base(scheme)
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0, 1])
    figure.add_annotation(x=0.5, y=0.5, showarrow=False, text="Nothing to draw")
    return figure


def ticks(unit: str, currency: str, largest: float) -> dict[str, str]:
    """The axis format of a unit; `largest` (absolute) decides the decimals."""
    if unit == "share":
        return {"tickformat": ".1~%"}
    if unit == "count":
        return {"tickformat": ",.0f"}
    decimals = 0 if largest >= 20 else 2 if largest >= 1 else 3
    if unit == "money" and currency == "USD":
        return {"tickformat": f"$,.{decimals}~f"}
    return {"tickformat": f",.{decimals}~f", "ticksuffix": f" {currency}" if unit == "money" else ""}
