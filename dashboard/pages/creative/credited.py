"""This module owns the panel of rules: what each attribution rule gives this creative, in brief."""

import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers, rule_words
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import Chosen, Row, chosen
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame, records
from dashboard.state import link

# All creatives are ranked under each rule, so that one sees whether another rule would move this one.
_RULES = """
with ranked as (
  select *, rank() over (partition by rule order by coalesce(profit, revenue) desc) as place,
    count(*) over (partition by rule) as creatives
  from creative_rules where conversion_kind = '*' and touch_types = 'click' and window_days = $window)
select rule, revenue::double as revenue, revenue_low::double as low, revenue_high::double as high,
  cost::double as cost, profit::double as profit, profit_low::double as profit_low, profit_high::double as profit_high,
  robust, place, creatives, fit_id
from ranked where creative_id = $creative order by rule <> $headline, rule"""
_WINDOWS = "select distinct window_days from creative_rules where conversion_kind = '*' order by window_days"
COLUMNS = (
    Column("rule", "Rule", width=170),
    Column("revenue", "Revenue", "money", 104, places=2),
    Column("interval", "95 % interval", width=150, sortable=False),
    Column("difference", "Against the headline", "money", 140, places=2),
    Column("cost", "Spend", "money", 96, places=2),
    Column("profit", "Profit", "money", 100, places=2),
    Column("profit_interval", "95 % interval", width=160, sortable=False),
    Column("rank", "Rank", width=100, tip="Among all creatives under this rule, by profit"),
)


def fill(look: Look) -> Rows:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    window = window_of(look)
    found = under_rules(look, creative, window)
    headline = found.loc[found["rule"] == look.fresh.headline_rule, "revenue"]
    stands = float(headline.iloc[0]) if len(headline) else None
    shown = [_row(row, stands, look) for row in records(found)]
    empty = "Rules are worked out once a day, of closed days: this creative has earned nothing there yet."
    return Rows(COLUMNS, shown, _note(found, window, look) if shown else "", empty)


def window_of(look: Look) -> int:
    """The attribution window: the state's where it is published, else the setting's, else the first there is."""
    offered = [int(value) for value in frame(look.real, _WINDOWS)["window_days"]]
    wanted = (look.state.window, look.settings.attribution.click_window_days)
    return next((days for days in wanted if days in offered and days is not None), offered[0] if offered else 0)


def under_rules(look: Look, creative: Chosen, window: int) -> pd.DataFrame:
    """A row per rule, the headline first."""
    values = {"creative": creative.creative_id, "window": window, "headline": look.fresh.headline_rule}
    return frame(look.real, _RULES, values)


def _row(row: Row, stands: float | None, look: Look) -> dict[str, object]:
    rule, revenue = str(row["rule"]), float(str(row["revenue"]))
    is_headline = rule == look.fresh.headline_rule
    limits = (_number(row["low"]), _number(row["high"]))
    profits = (_number(row["profit_low"]), _number(row["profit_high"]))
    return {
        "id": rule,
        "rule": rule_words.title(look.real, rule) + (" (headline)" if is_headline else ""),
        "revenue": revenue,
        "interval": numbers.interval(*limits, "money", look.fresh.currency),
        "difference": None if stands is None else revenue - stands,
        "cost": row["cost"],
        "profit": row["profit"],
        "profit_interval": numbers.interval(*profits, "money", look.fresh.currency),
        "rank": f"{row['place']} of {row['creatives']}",
    }


def _note(found: pd.DataFrame, window: int, look: Look) -> list[Component | str]:
    robust = found["robust"].iloc[0]
    sign = {True: "Its profit has the same sign under every rule and window.",
            False: "Its profit changes its sign with the rule: decide which rule you believe first."}  # fmt: skip
    words = (
        f"Money of all closed days, not of the period; clicks of {window} days before the goal."
        f" {sign.get(robust if pd.isna(robust) else bool(robust), 'No cost is known, so no profit either.')} "
    )
    way = link("/attribution", look.state, pick=(look.state.creative,) if look.state.creative else ())
    return [words, dcc.Link("All rules side by side, with the ledger", href=way), html.Span(".")]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and numbers.known(float(value)) else None
