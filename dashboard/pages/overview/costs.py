"""This module owns where spend is not known: reports seldom name a device, and a feed's rows have no spend at all."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard import numbers
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.reading import rows

NAMED = ("country", "device")  # what a report of spend may leave open
UNNAMED_MAX = 0.5  # of the spend: with more of it nowhere, what is left is no total


def known_cost(look: Look, sums: pd.DataFrame, each: bool = False) -> pd.DataFrame:
    """The sums with an unknown `cost` (NaN) where a filter cuts spend off that nobody split that way.

    `each`: row by row too, where some rows have their spend and some do not.
    """
    by = [name for name in (*NAMED, "sender") if getattr(look.state, name) is not None]
    if not by:
        return sums
    clicked = sums["clicks"].ne(0)
    nowhere = not sums["cost"].ne(0).any() and clicked.any()
    if nowhere or any(_share(look, name) > UNNAMED_MAX for name in by if name in NAMED):
        return sums.assign(cost=np.nan)
    return sums.assign(cost=sums["cost"].mask(clicked & sums["cost"].eq(0))) if each else sums


def told(look: Look, known: bool) -> list[str]:
    """What the filters leave out of the spend, in sentences."""
    if not known:
        return ["Spend is not stated by these filters, so there is no profit: clear the device, country or sender."]
    found = []
    for name in NAMED:
        unnamed = _unnamed(look, name)[0] if getattr(look.state, name) is not None else 0.0
        if unnamed:
            amount = numbers.money(unnamed, look.fresh.currency, 2)
            found.append(f"{amount} of spend names no {name}: it is not in here.")
    return found


def _share(look: Look, name: str) -> float:
    unnamed, whole = _unnamed(look, name)
    return unnamed / whole if whole else 0.0


def _unnamed(look: Look, name: str) -> tuple[float, float]:
    """(spend that names none, all spend) of the period under the other filters."""
    wider = replace(look.state, device=None) if name == "device" else replace(look.state, country=None)
    others = where(replace(look, state=wider), "facts_daily")
    column = "device" if name == "device" else "country"
    sql = f"""select coalesce(sum(cost_direct + cost_allocated) filter ({column} is null), 0)::double,
      coalesce(sum(cost_direct + cost_allocated), 0)::double
      from facts_daily where day between $first and $last and {others.sql}"""  # noqa: S608 - our own names
    unnamed, whole = rows(look.real, sql, {**period_values(look.period), **others.values})[0]
    return float(str(unnamed)), float(str(whole))
