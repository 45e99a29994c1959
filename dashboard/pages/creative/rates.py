"""This module owns the panel of rates over time: one rate per day of the click, its interval, and what matures."""

import numpy as np
import pandas as pd

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.look import Look
from dashboard.maturity import maturing_from, maturing_words
from dashboard.pages.creative import measures
from dashboard.pages.creative.choosing import nothing_drawn
from dashboard.pages.creative.chosen import chosen
from dashboard.pages.creative.estimates import ON_CLICKS, daily, estimate, spread_of_days, within
from dashboard.pages.creative.rates_figure import Drawing, rates_figure
from dashboard.panels.panel import Drawn
from dashboard.reading import frame
from dashboard.spans import Span
from dashboard.words import MEASURES

DRAWN_MIN = 14  # days of the chart, however short the period
SPARSE, ROLLED = 10, 7  # events of a usual day that tell its rate; days that are told together where they are fewer
NEARLY_ALL = 0.005  # a projection that moves a day by less than this says nothing
# Rate → what of maturity_daily its days still wait for.
_WAITS_FOR = {"epc": "revenue", "profit_per_click": "revenue", "roas": "revenue", "cvr": "conversions"}
_PROJECTED = """select day, revenue_projected / nullif(revenue, 0) as revenue,
  conversions_projected / nullif(conversions, 0) as conversions
from maturity_daily where not mature and day between $first and $last"""


def fill(look: Look) -> Drawn:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_drawn(look)
    key, days = drawn_rate(look), daily(look, creative)
    span = look.period.at_least(DRAWN_MIN)
    rolled = is_sparse(within(days, span), key)
    factor = {} if rolled else factors(look, span, key)
    rated = within(rated_days(days, key, factor, rolled), span)
    drawing = Drawing(
        MEASURES[key], span, look.fresh.currency, look.fresh.target if key == look.fresh.objective else None,
        maturing_from(look),
    )  # fmt: skip
    words = caption(rated, key, look, rolled)
    figure = unfinished.opened(rates_figure(rated, drawing, look.scheme), look.fresh.today.isoformat())
    return Drawn(figure, words, table(rated, key))


def drawn_rate(look: Look) -> str:
    """The rate that the state's metric asks for; of a sum what it is per click."""
    offered = measures.rates(look)
    wanted = measures.PER_CLICK.get(look.state.metric, look.state.metric)
    return wanted if wanted in (*offered, "profit_per_click") else "epc"


def is_sparse(days: pd.DataFrame, key: str) -> bool:
    """Whether single days tell too little: fewer than SPARSE events on the usual day that had clicks."""
    counted = days.loc[days["clicks"] > 0, "m_converted"] if key in (*ON_CLICKS, "cpa", "rpc") else days["clicks"]
    return bool(len(counted)) and float(counted.median()) < SPARSE


def factors(look: Look, span: Span, key: str) -> dict[pd.Timestamp, float]:
    """Day → how much more (or less) is still to be expected of what the rate counts; only where that can be said."""
    waits = _WAITS_FOR.get(key)
    if waits is None:
        return {}
    found = frame(look.real, _PROJECTED, {"first": span.first, "last": span.last})
    told = found[found[waits].notna() & ((found[waits] - 1).abs() > NEARLY_ALL)]
    return {pd.Timestamp(day): float(factor) for day, factor in zip(told["day"], told[waits], strict=True)}


def rated_days(days: pd.DataFrame, key: str, factor: dict[pd.Timestamp, float], rolled: bool) -> pd.DataFrame:
    """`day, value, low, high, of, mature, projected` of `estimates.daily`; `of` is how many clicks tell it.

    With `rolled` each day stands for the ROLLED days up to it.
    """
    told = spread_of_days(days)
    sums = days.drop(columns=["day", "mature"])
    if rolled:
        sums = sums.rolling(ROLLED, min_periods=1).sum()
    found = estimate(sums, key, *told)
    times = np.array([factor.get(day, np.nan) for day in days["day"]])
    moved = sums.assign(m_revenue=sums["m_revenue"] * times, m_converted=sums["m_converted"] * times)
    counts = moved["m_converted"] if key == "cvr" else moved["m_revenue"]
    single = estimate(days, key, *told).value if rolled else np.full(len(days), np.nan)
    later = np.where(counts > 0, estimate(moved, key, *told).value, np.nan)
    return pd.DataFrame({
        "day": days["day"], "value": found.value, "low": found.low, "high": found.high,
        "of": sums["m_clicks"] if key in ON_CLICKS else sums["clicks"], "mature": days["mature"], "projected": later,
        "single": single,
    })  # fmt: skip


def caption(rated: pd.DataFrame, key: str, look: Look, rolled: bool) -> str:
    """What is drawn, on which basis, and what the band, the hatching and the diamonds mean."""
    measure, asked = MEASURES[key], look.state.metric
    first, last = rated["day"].iloc[0].date(), rated["day"].iloc[-1].date()
    basis = "by the day of the click" if key in ON_CLICKS else "by the reporting day"
    words = [f"{measure.title} ({measure.formula}) {basis}, {numbers.days_between(first, last)}."]
    if rolled:
        words.append(
            f"Single days tell too little here: the line is of the {ROLLED} days up to each, the dots are days."
        )
    if asked != "profit" and measures.PER_CLICK.get(asked) == key:
        words.append(f"{MEASURES[asked].title} is drawn per click; its sums stand in the totals.")
    if rated["low"].notna().any():
        words.append("The band is the 95 % interval: where it overlaps, points are hardly told apart.")
    if first < look.period.first:
        words.append(f"The chart begins before the period, to show {DRAWN_MIN} days.")
    if rated["projected"].notna().any():
        words.append("Open diamonds: where maturing days end up if this creative's clicks move on as all clicks do.")
    if last >= look.fresh.today:
        words.append(unfinished.words())
    words.append(maturing_words(look, Span(first, last, look.period.oldest), hatched=True))
    return " ".join(filter(None, words))


def table(rated: pd.DataFrame, key: str) -> pd.DataFrame:
    """The figure as text."""
    title = MEASURES[key].title
    table = pd.DataFrame({
        "Day": rated["day"].dt.date, title: rated["value"], "95 % from": rated["low"], "95 % to": rated["high"],
        "Clicks": rated["of"].astype("int64"), "Days' money": ["mature" if old else "still maturing"
                                                              for old in rated["mature"]],
    })  # fmt: skip
    if rated["projected"].notna().any():
        table["Projected"] = rated["projected"]
    return table[rated["of"] > 0] if (rated["of"] > 0).any() else table
