"""This module owns how the difference of the picked creatives came about day by day."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.compare.growing import HITS_MIN, growing
from dashboard import numbers
from dashboard.look import Look
from dashboard.maturity import NOT_YET
from dashboard.pages.compare.figures import growing_figure, signed
from dashboard.pages.compare.picks import picked
from dashboard.pages.compare.strata import basis, by_day, ground
from dashboard.panels.panel import Drawn

DAYS_MIN = 28


def over_time(look: Look) -> Drawn:
    """Net per click of each less that of the first, of all common days up to each day."""
    picks = picked(look)
    if len(picks) < 2:
        return Drawn(growing_figure([], [], look.scheme, look.fresh.currency), "Choose two creatives or more.")
    base = ground(look, picks, DAYS_MIN)
    days = [base.first + timedelta(days=n) for n in range((base.last - base.first).days + 1)]
    if not len(base.cells) or not days:
        return Drawn(growing_figure([], [], look.scheme, look.fresh.currency), f"{NOT_YET}.")
    sides = [by_day(base, pick) for pick in picks]
    lines = []
    for pick, side in zip(picks[1:], sides[1:], strict=True):
        found = growing(sides[0], side, len(picks) - 1)
        lines.append({"place": pick.place, "letter": pick.letter, "text": pick.text, "value": found.value,
                      "low": found.low, "high": found.high})  # fmt: skip
    currency = look.fresh.currency
    said = " ".join(_said(line, currency) for line in lines)
    caption = (
        f"{said} What is drawn is the difference to A, of all days up to each on which both had clicks: {base.measure},"
        f" each click's money within {base.age} days. {basis(look, DAYS_MIN)} A shorter period than {DAYS_MIN} days is"
        f" drawn as {DAYS_MIN}. The band holds at every look, so one may look every day; it begins when both have"
        f" {HITS_MIN} clicks that paid. Observational."
    )
    return Drawn(growing_figure(lines, days, look.scheme, currency), caption, _table(lines, days))


def _said(line: dict[str, object], currency: str) -> str:
    value, low, high = (np.asarray(line[name])[-1] for name in ("value", "low", "high"))
    if not numbers.known(value):
        return f"{line['letter']} and A had clicks on no common day."
    if not numbers.known(low):
        return f"{line['letter']} is {signed(value, currency)} per click from A; too few paying clicks for a band."
    sure = "is clearly better" if low > 0 else "is clearly worse" if high < 0 else "may be better or worse"
    return (
        f"{line['letter']} {sure}: {signed(value, currency)} per click ({signed(low, currency)} to"
        f" {signed(high, currency)})."
    )


def _table(lines: list[dict[str, object]], days: list[date]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"Day": pd.to_datetime(days), "Creative": line["text"], "Difference to A per click": line["value"],
                      "Band from": line["low"], "Band to": line["high"]})
        for line in lines
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
