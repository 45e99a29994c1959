"""This module owns the panels of senders, of repeats, late and non-human traffic, and of the quarantine."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.figures.sparkline import sparkline
from dashboard.figures.theme import DASHES, SHAPES, Scheme, blank, label, stacked
from dashboard.look import Look
from dashboard.pages.health import arrivals
from dashboard.pages.health.arrivals import SHARES
from dashboard.panels.panel import Column, Drawn, Panel, Rows
from dashboard.state import link
from ingest.terminal.called import as_called

SPARK_DAYS = 28
LINES_MAX = 6  # what colours, dashes and marks keep apart
NO_SENDERS = "No sender is configured and none ever delivered. Add one: whichad ingest senders add"
NO_TRAFFIC = "Nothing came in this period. Choose a longer one, or see above which sender is silent."
NOTHING_ASIDE = "The quarantine is empty and nothing was refused: everything that came could be used."
LOOK_AT = "whichad ingest quarantine --sender {sender} --code {code}"
MEND = "whichad ingest quarantine mend --sender {sender}"


def fill_senders(look: Look) -> Rows:
    """Every sender with its last delivery, its rate and its days; silent ones first."""
    span = arrivals.recently(look, SPARK_DAYS)
    made = arrivals.arrivals(look, span)
    rows = [
        {
            "id": each.sender, "sender": each.sender, "state": ("✗ " if each.alarming else "✓ ") + each.state,
            "newest": each.newest, "last_day": each.last_day, "usual": each.usual, "today": each.last_day_items,
            "spark": sparkline(each.series, open_end=True), "series": each.series,
            "items": each.items, "refusals": each.refusals, "strong": each.alarming,
            "spark_alt": f"Items per day of {each.sender}", "href": link("/health", look.state, sender=each.sender),
        }
        for each in made
    ]  # fmt: skip
    columns = (
        Column("sender", "Sender", width=150),
        Column("state", "State", width=190),
        Column("newest", "Newest delivery (UTC)", "moment", 158, "That brought something new"),
        Column("last_day", "Last UTC day", "date", 112, "On which anything came, repeats included"),
        Column("today", "Last 24 h", "count", 96, "Items that brought something new in the 24 hours up to now"),
        Column("usual", "Usual day", "count", 100, "The median of its last full days, once there are three"),
        Column("spark", f"{span.days} days", width=150, renderer="Spark", exported=False, sortable=False),
        Column("series", f"Items per day, {span.days} days, the oldest first", on_screen=False),
        Column("items", "Items ever", "count", 108),
        Column("refusals", "Refused", "count", 92, "Deliveries that were answered with a 4xx or 5xx"),
    )
    silent = [each.sender for each in made if each.alarming]
    note = f"Look at: {', '.join(silent)}." if silent else "Every configured sender delivers." if made else ""
    return Rows(columns, rows, note, as_called(NO_SENDERS))


def fill_shares(look: Look) -> Drawn:
    """Repeats, quarantined, late and non-human items as a share of the day, a line per sender."""
    found = arrivals.shares(look)
    table = found.copy()
    for kind, _title, _of in SHARES:
        table[kind] = found[kind] / found[arrivals.whole(kind)]
    table = table[["day", "sender", "received", "interactions", *(kind for kind, _title, _of in SHARES)]].set_axis(
        ["Day", "Sender", "Received", "Interactions", *(title for _kind, title, _of in SHARES)], axis="columns"
    )
    today = look.fresh.as_of.date()  # days of receipt are UTC's
    figure = unfinished.opened(shares_figure(found, look.scheme), today.isoformat())
    there = len(found) and found["day"].max() >= pd.Timestamp(today)
    return Drawn(figure, shares_words(found) + (f" {unfinished.words()}" if there else ""), table)


def shares_words(found: pd.DataFrame) -> str:
    """Each share over all senders and days, and the sender where it is largest."""
    told = []
    for kind, title, of in SHARES:
        sums = found.groupby("sender")[[kind, arrivals.whole(kind)]].sum() if len(found) else pd.DataFrame()
        if sums.empty or not sums[arrivals.whole(kind)].sum():
            continue
        share = sums[kind].sum() / sums[arrivals.whole(kind)].sum()
        worst = (sums[kind] / sums[arrivals.whole(kind)].where(sums[arrivals.whole(kind)] > 0)).dropna()
        most = f" (most from {worst.idxmax()}: {numbers.percent(worst.max())})" if share and len(worst) > 1 else ""
        told.append(f"{title} {numbers.percent(share)} {of}{most}")
    return f"{'; '.join(told)}. Repeats are counted once, non-human items in no rate." if told else NO_TRAFFIC


def shares_figure(found: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """A row per kind that occurs, a line per sender: the six that sent most."""
    kinds = [each for each in SHARES if len(found) and found[each[0]].any()]
    if not kinds:
        return blank(scheme)
    sizes = found.groupby("sender")[["received", "interactions"]].sum().sum(axis=1).sort_values(ascending=False)
    senders = [str(name) for name in sizes.index[:LINES_MAX]]
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.06, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    figure = stacked(scheme, len(kinds), 0.5 / (1 + 2 * len(kinds)), hovermode="x unified", legend=legend)
    for row, (kind, title, of) in enumerate(kinds, start=1):
        for place, sender in enumerate(senders):
            own = found[(found["sender"] == sender) & found[arrivals.whole(kind)].gt(0)]
            if len(own):
                figure.add_trace(_line(own, kind, sender, place, row == 1, scheme), row=row, col=1)
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=1, yref="y domain" if row == 1 else f"y{row} domain",
            yanchor="bottom", showarrow=False, text=f"{title}, {of}", font={"color": scheme.text, "size": 13},
        )  # fmt: skip
    axis = {"gridcolor": scheme.grid, "zeroline": False, "linecolor": scheme.grid, "fixedrange": True}
    figure.update_yaxes(rangemode="tozero", tickformat=".1~%", nticks=4, automargin=True, **axis)
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, automargin=True, **axis)
    return figure


def _line(own: pd.DataFrame, kind: str, sender: str, place: int, shown: bool, scheme: Scheme) -> go.Scatter:
    colour = scheme.lines[place % len(scheme.lines)]
    whole = own[arrivals.whole(kind)]
    return go.Scatter(
        x=[pd.Timestamp(day).date().isoformat() for day in own["day"]], y=(own[kind] / whole).tolist(),
        name=label(sender, 24), legendgroup=sender, showlegend=shown, mode="lines+markers",
        customdata=[
            f"{numbers.percent(part / of)}: {numbers.count(part)} of {numbers.count(of)}"
            for part, of in zip(own[kind], whole, strict=True)
        ],
        hovertemplate="%{customdata}",
        line={"color": colour, "width": 2, "dash": DASHES[place]},
        marker={"symbol": SHAPES[place], "size": 6, "color": colour},
    )  # fmt: skip


def fill_aside(look: Look) -> Rows:
    """What stands in the quarantine and what was refused, with the reason and the command that shows it."""
    rows = []
    for row in arrivals.kept_aside(look).to_dict("records"):
        kind, code, sender = str(row["kind"]), str(row["detail"]), str(row["sender"])
        held = kind == "in_quarantine"
        command = LOOK_AT if held else "whichad ingest senders show {sender}"
        rows.append({
            "id": f"{sender}|{kind}|{code}", "sender": sender, "what": "In quarantine" if held else "Refused",
            "code": code, "why": arrivals.reason(kind, code), "items": row["items"],
            "command": as_called(command.format(sender=sender, code=code)), "first": row["first_day"].date(),
            "last": row["last_day"].date(), "mend": as_called(MEND.format(sender=sender)) if held else "",
        })  # fmt: skip
    columns = (
        Column("sender", "Sender", width=130),
        Column("what", "What became of it", width=130),
        Column("items", "Items", "count", 86),
        Column("why", "Why", width=360, wrap=True, sortable=False),
        Column("code", "Code", width=140),
        Column("command", "To look at it", width=380, wrap=True, sortable=False),
        Column("mend", "After the profile is mended", width=330, wrap=True, sortable=False),
        Column("first", "First (UTC)", "date", 104),
        Column("last", "Last (UTC)", "date", 104),
    )
    return Rows(columns, rows, _how_to_mend() if rows else "", NOTHING_ASIDE)


def _how_to_mend() -> Sequence[Component | str]:
    return [
        "Nothing in the quarantine is lost: mend the sender's profile, then read it again with ",
        html.Code(as_called("whichad ingest quarantine mend")),
        ". Bodies that are still kept can be read again, too: ",
        html.Code(as_called("whichad ingest replay --dry-run")),
        ".",
    ]


SENDERS = Panel("health-senders", "Senders", "grid", "data_quality", fill_senders, 360)
PANELS = (
    Panel(
        "health-shares",
        "Repeats, late and non-human traffic",
        "figure",
        "data_quality",
        fill_shares,
        520,
        timeline=True,
    ),
    Panel("health-aside", "Quarantine and refusals", "grid", "data_quality", fill_aside, 320, row_height=56),
)
