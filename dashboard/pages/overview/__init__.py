"""This package owns the page Overview."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.maturing import hatch, maturing_from
from dashboard.figures.theme import base
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.pages.page import Page
from dashboard.panels.panel import Column, Drawn, Panel, Rows
from dashboard.reading import frame, records
from dashboard.state import link, short


def _days(look: Look) -> Drawn:
    asked = where(look, "creative_daily")
    sql = f"""select day, sum(cost)::double as cost, sum(revenue)::double as revenue from creative_daily
      where day between $first and $last and {asked.sql} group by day order by day"""  # noqa: S608 - our own names
    days = frame(look.real, sql, {**period_values(look.period), **asked.values})
    figure = base(look.scheme, showlegend=False)
    profit = days["revenue"] - days["cost"]
    figure.add_trace(go.Scatter(x=days["day"].tolist(), y=profit.tolist(), line={"color": look.scheme.lines[0]}))
    first = max(maturing_from(look.fresh.today, look.fresh.maturity_days), look.period.first)
    hatch(figure, first, look.period.last, look.scheme)
    return Drawn(figure, f"Profit per day, {len(days)} days.", days.rename(columns={"day": "Day", "cost": "Spend"}))


def _creatives(look: Look) -> Rows:
    asked = where(look, "creative_daily", "d")
    sql = f"""select creative_id, any_value(creative_text) as creative_text, sum(d.revenue)::double as revenue,
        sum(d.cost)::double as cost, sum(d.revenue - d.cost)::double as profit
      from creative_daily as d join creatives using (creative_id)
      where day between $first and $last and {asked.sql}
      group by creative_id order by profit desc, creative_id"""  # noqa: S608 - our own names
    found: pd.DataFrame = frame(look.real, sql, {**period_values(look.period), **asked.values})
    rows = [
        {
            **row,
            "id": str(row["creative_id"]),
            "href": link("/creative", look.state, creative=short(str(row["creative_id"]))),
        }
        for row in records(found)
    ]
    columns = [
        Column("creative_text", "Creative", width=420, wrap=True),
        Column("profit", "Profit", "money", places=2),
        Column("revenue", "Revenue", "money", places=2),
        Column("cost", "Spend", "money", places=2),
    ]
    return Rows(columns, rows)


def _way(look: Look, row: Mapping[str, object]) -> str:
    return link("/creative", look.state, creative=short(str(row["creative_id"])))


PAGE = Page(
    path="/",
    title="Overview",
    key="o",
    controls=("metric", "by"),
    panels=(
        Panel("overview-days", "Day by day", "figure", "creative_daily", _days),
        Panel(
            "overview-creatives", "Creatives", "grid", "creative_daily", _creatives, pickable=True, sorted_by_url=True
        ),
    ),
)
