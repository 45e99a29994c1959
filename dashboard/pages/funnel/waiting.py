"""This module owns the queries of how long goals take, and how much of a day's money is there after so many days."""

import pandas as pd

from dashboard import reading
from dashboard.filtering import period_values
from dashboard.look import Look

BASES = {"credited_touch": "from the click that earns it", "first_touch": "from the first click"}
KINDS_MAX = 3

_LAGS = """select conversion_kind, touch_basis, lag_hours_from, lag_hours_to, sum(conversions)::bigint as conversions,
  sum(revenue)::double as revenue
from lags where day between $first and $last and conversion_kind is not null
group by all having sum(conversions) > 0 order by conversion_kind, touch_basis, lag_hours_from"""
_CURVES = """select what, conversion_kind, age_days, share, share_low, share_high, final_age, age_95,
  share_at_maturity, days_learned, note
from maturity_curves where what <> 'conversions' or conversion_kind = $kind
order by what, conversion_kind, age_days"""
_DAYS = """select day, mature, conversion_kind, conversions, conversions_share, conversions_projected,
  conversions_projected_low, conversions_projected_high, revenue::double as revenue, revenue_share, revenue_projected,
  revenue_projected_low, revenue_projected_high
from maturity_daily order by day"""


def lags(look: Look) -> pd.DataFrame:
    """One row per kind, basis and step of hours, of goals in the period, with `share`: how many had come by its end.

    The two bases count the same goals from different clicks and are never added. At most three kinds, the largest.
    """
    found = reading.frame(look.real, _LAGS, period_values(look.period)).copy()
    sizes = found.groupby("conversion_kind")["conversions"].max().sort_values(ascending=False)
    found = found[found["conversion_kind"].isin(sizes.index[:KINDS_MAX])].copy()
    groups = found.groupby(["conversion_kind", "touch_basis"])["conversions"]
    found["share"] = groups.cumsum() / groups.transform("sum")
    return found


def curves(look: Look) -> pd.DataFrame:
    """The maturity curves of money, settlement and conversions of the main kind: a row per age in days."""
    kind = "ad_click" if look.fresh.kind == "arbitrage" else look.fresh.conversion_kind
    return reading.frame(look.real, _CURVES, {"kind": kind})


def days(look: Look) -> pd.DataFrame:
    """The last closed days by the day of the click: what has come, and apart from it what is to be expected."""
    return reading.frame(look.real, _DAYS, {})


def within(hours: float | None) -> str:
    """`1 h`, `12 h`, `2 d`: the end of a step of hours."""
    if hours is None or pd.isna(hours):
        return "later"
    return f"{hours:.0f} h" if hours < 24 else f"{hours / 24:.0f} d"


def lag_sentences(found: pd.DataFrame) -> list[str]:
    """For each kind and basis by when half and nine in ten have come."""
    said = []
    for (kind, basis), rows in found.groupby(["conversion_kind", "touch_basis"], sort=False):
        half, most = (rows[rows["share"] >= share].iloc[0]["lag_hours_to"] for share in (0.5, 0.9))
        words = f"half within {within(half)}, nine in ten within {within(most)}"
        if within(half) == within(most):
            words = f"nine in ten within {within(most)}"
        said.append(f"{kind_title(str(kind))} {BASES.get(str(basis), str(basis))}: {words}.")
    return said


def kind_title(kind: str) -> str:
    """`ad_click` → `Ad click`; a sender may name kinds of its own."""
    return kind.replace("_", " ").strip().capitalize() or kind
