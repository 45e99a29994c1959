"""This module owns the panel of money per day: cost by how it reached the creative, and what came of it."""

import pandas as pd

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.look import Look
from dashboard.maturity import maturing_from, maturing_words
from dashboard.pages.creative.choosing import nothing_drawn
from dashboard.pages.creative.chosen import chosen
from dashboard.pages.creative.costs_figure import costs_figure
from dashboard.pages.creative.estimates import daily, within
from dashboard.panels.panel import Drawn


def fill(look: Look) -> Drawn:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_drawn(look)
    days = within(daily(look, creative), look.period)
    figure = costs_figure(days, look.period, maturing_from(look), look.scheme, look.fresh.currency)
    unfinished.opened(figure, look.fresh.today.isoformat())
    told = [caption(days, look.fresh.currency), maturing_words(look, look.period, hatched=True)]
    if look.period.last >= look.fresh.today:
        told.insert(1, unfinished.words(bars=True))
    return Drawn(figure, " ".join(filter(None, told)), table(days))


def caption(days: pd.DataFrame, currency: str) -> str:
    """The sums, and what allocated means."""
    direct, allocated, revenue = (float(days[name].sum()) for name in ("cost_direct", "cost_allocated", "revenue"))
    words = [
        f"{numbers.money(direct + allocated, currency, 2)} of spend brought {numbers.money(revenue, currency, 2)} of"
        " revenue in this period."
    ]
    if allocated:
        share = allocated / (direct + allocated) if direct + allocated else 0.0
        words.append(
            f"{numbers.money(allocated, currency, 2)} of the spend ({numbers.percent(share)}) is allocated: its ads"
            " showed several texts that day, and the cost is shared by their clicks. Above 30 % there is no verdict on"
            " efficiency."
        )
    else:
        words.append("All of it is direct: its ads showed this one text on each day.")
    return " ".join(words)


def table(days: pd.DataFrame) -> pd.DataFrame:
    """The figure as text."""
    return pd.DataFrame({
        "Day": days["day"].dt.date, "Spend, direct": days["cost_direct"], "Spend, allocated": days["cost_allocated"],
        "Revenue": days["revenue"], "Profit": days["profit"],
    })  # fmt: skip
