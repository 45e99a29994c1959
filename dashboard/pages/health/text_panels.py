"""This module owns the panels of RAC health and compliance, and the drawing of the states per day."""

from collections.abc import Hashable, Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.figures.theme import Scheme, blank, stacked, ticks
from dashboard.look import Look
from dashboard.pages.health import texts
from dashboard.pages.health.texts import FLAGS, STATUSES
from dashboard.panels.panel import Column, Drawn, Panel, Rows

NO_TEXTS = "No human interaction in this period. The state of each text stands here from the first one on."
ALL_COMPLETE = "Every text that was sent with an ad is complete, and no feed has ruled on any."
_PATTERNS = ("", "/", ".", "x", "\\", "+", "-", "|")
_LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.05, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}


def fill_states(look: Look) -> Drawn:
    """The states of texts per day, as a share of interactions and with the money behind what is not ok."""
    found = texts.health(look)
    table = found.assign(status=found["status"].map(lambda status: STATUSES.get(status, (status, ""))[0]))
    table.columns = ["Day", "State", "Interactions", "Revenue", "Spend"]
    today = look.fresh.today
    figure = unfinished.opened(states_figure(found, look.fresh.currency, look.scheme), today.isoformat())
    words = states_words(found, texts.flagged(look), look)
    if len(found) and found["day"].max() >= pd.Timestamp(today):
        words += f" {unfinished.words(bars=True)}"
    return Drawn(figure, words, table)


def states_words(found: pd.DataFrame, flags: list[tuple[str, int, float]], look: Look) -> str:
    """How many texts are usable, and the money at stake behind those that are not."""
    came = int(found["interactions"].sum()) if len(found) else 0
    if not came and not len(found):
        return NO_TEXTS
    bad = found[found["status"] != "ok"]
    money = float((bad["revenue"].abs() + bad["cost"].abs()).sum())
    currency = look.fresh.currency
    words = f"{numbers.percent(_share(found))} of {numbers.count(came)} interactions brought a usable text."
    words += f" {numbers.money(money, currency, 2)} of revenue and cost stand behind the others."
    told = [f"{numbers.count(items)} {what} ({numbers.money(amount, currency, 2)})" for what, items, amount in flags]
    return f"{words} Among the usable: {', '.join(told)}." if told else words


def _share(found: pd.DataFrame) -> float | None:
    came = float(found["interactions"].sum())
    return float(found.loc[found["status"] == "ok", "interactions"].sum()) / came if came else None


def states_figure(found: pd.DataFrame, currency: str, scheme: Scheme) -> go.Figure:
    """Above: interactions by state. Below: revenue and cost of every state but ok: what is at stake."""
    if found.empty:
        return blank(scheme)
    figure = stacked(scheme, 2, 0.14, barmode="stack", bargap=0.28, hovermode="x unified", legend=_LEGEND)
    money = found.assign(money=found["revenue"].abs() + found["cost"].abs())
    for place, (status, (title, _meaning)) in enumerate(STATUSES.items()):
        rows = money[money["status"] == status]
        if rows.empty:
            continue
        if rows["interactions"].any():
            told = [numbers.count(value) for value in rows["interactions"]]
            figure.add_trace(_bars(rows, "interactions", told, title, place, scheme), row=1, col=1)
        if status != "ok" and rows["money"].any():
            told = [numbers.money(value, currency, 2) for value in rows["money"]]
            shown = not rows["interactions"].any()  # one entry of the legend for both
            figure.add_trace(_bars(rows, "money", told, title, place, scheme, shown), row=2, col=1)
    axis = {"gridcolor": scheme.grid, "zeroline": False, "linecolor": scheme.grid, "fixedrange": True}
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, automargin=True, **axis)
    figure.update_yaxes(nticks=4, automargin=True, **axis)
    figure.update_yaxes(row=1, col=1, title={"text": "interactions"}, **ticks("count", currency, 0))
    largest = float(money.loc[money["status"] != "ok"].groupby("day")["money"].sum().max() or 0)
    figure.update_yaxes(row=2, col=1, title={"text": "money at stake"}, **ticks("money", currency, largest))
    return figure


def _bars(
    rows: pd.DataFrame, column: str, told: list[str], title: str, place: int, scheme: Scheme, shown: bool = True
) -> go.Bar:
    return go.Bar(
        x=[pd.Timestamp(day).date().isoformat() for day in rows["day"]], y=rows[column].tolist(), name=title,
        legendgroup=title, showlegend=shown, customdata=told, hovertemplate="%{customdata}",
        marker={
            "color": scheme.lines[place % len(scheme.lines)],
            "line": {"width": 0},
            "pattern": {"shape": _PATTERNS[place], "fillmode": "overlay", "fgcolor": scheme.card, "size": 6,
                        "solidity": 0.25},
        },
    )  # fmt: skip


def fill_compliance(look: Look) -> Rows:
    """Texts that are not the whole text of their ad, and what feeds ruled."""
    rows = []
    for row in texts.compliance(look).to_dict("records"):
        keys = [str(row[name]) for name in ("network", "account_id", "ad_id", "variant_id")]
        text = row["creative_text"] or row["creative_raw"]
        rows.append({
            "id": "|".join(keys), "text": _said(text) or "(no text)", "wrong": wrong(row),
            "whole": _said(row["longest_text"]),
            "ad": " · ".join(each for each in keys[:3] if each not in ("nan", "None")),
            "ruling": _said(row["compliance_status"]) or "none came", "why": _said(row["compliance_explanation"]),
            "who": _said(row["compliance_sender"]), "interactions": row["interactions"],
            "senders": ", ".join(row["senders"]) if row["senders"] is not None else "",
            "last_seen": row["last_seen"].to_pydatetime() if not pd.isna(row["last_seen"]) else None,
        })  # fmt: skip
    columns = (
        Column("text", "Text as it came", width=330, wrap=True),
        Column("wrong", "What is wrong", width=220, wrap=True),
        Column("whole", "Longest text known of this ad", width=330, wrap=True),
        Column("ruling", "Feed's ruling", width=116),
        Column("why", "In its words", width=220, wrap=True),
        Column("who", "Ruled by", width=100),
        Column("ad", "Ad", width=230, wrap=True),
        Column("interactions", "Interactions", "count", 110),
        Column("senders", "Sent by", width=120),
        Column("last_seen", "Last sent (UTC)", "moment", 140),
    )
    sent, complete, ruled = texts.counted(look)
    note = f"{complete:,} of {sent:,} texts sent with an ad are complete; feeds have ruled on {ruled:,}. All days."
    return Rows(columns, rows, note if sent else "", ALL_COMPLETE if sent else NO_TEXTS)


def wrong(row: Mapping[Hashable, object]) -> str:
    """What keeps a text from being complete, in words; empty for a complete one."""
    if row["complete"] is True:
        return ""
    status = str(row["status"])
    told = [] if status == "ok" else [STATUSES.get(status, (status, ""))[0].lower()]
    told += [words for flag, words in FLAGS.items() if row.get(flag) is True]
    if "looks_like_ad_name" in str(row["flags"]):
        told.append(FLAGS["looks_like_ad_name"])
    return ", ".join(told)


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""


PANELS = (
    Panel("health-texts", "In what state ad texts arrive", "figure", "rac_health", fill_states, 420, timeline=True),
    Panel("health-compliance", "Texts that are incomplete, and what feeds ruled", "grid", "rac_compliance",
          fill_compliance, 420, row_height=66),
)  # fmt: skip
