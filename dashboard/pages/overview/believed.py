"""This module owns what is believed of the objective: the interval of a verdict, or of filtered sums without one.

A verdict's interval is of the net per click: what a click brings above what the target asks. It is the wider one,
which reckons with how much days differ; people read it in the objective's own unit, where the target is the target:
profit per click = net + target; ROAS = target × (net + cost per click) / cost per click; CPA = target × cost per
click / (net + cost per click), whose ends change sides.
"""

import numpy as np
import pandas as pd

from analytics.inference import money
from analytics.inference.interval import Interval, inverse, scale, shift
from analytics.inference.proportions import wilson

ENDS = ("mid", "low", "high")
PLACES = 5
_NETS = ("net_per_click", "net_per_click_low", "net_per_click_high")
_SEEN = ("net_per_click_low", "net_per_click_high", "p_meets_target")
_EARNS = "earns enough so far, but its campaign loses, so little is believed: {:.0%} likely to meet its target"
_LOST = "lost so far, but its campaign earns, so not all is believed: {:.0%} likely to meet the target"


def of_verdicts(found: pd.DataFrame) -> pd.DataFrame:
    """Verdict rows plus `mid`, `low`, `high` in the unit of their `objective`, `aim`, and `at_odds`."""
    net = [found[name].astype(float).to_numpy() for name in _NETS]
    paid = found["mature_cost"].astype(float).to_numpy()
    clicks, target = found["mature_clicks"].astype(float).to_numpy(), found["target"].astype(float).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = paid / clicks
        worth = [each + cost for each in net]
        by_name = {
            "profit_per_click": [each + target for each in net],
            "roas": [target * each / cost for each in (worth[0], np.maximum(worth[1], 0.0), worth[2])],
            "cpa": [_positive(target * cost / each) for each in (worth[0], worth[2], worth[1])],
        }
    names = found["objective"].to_numpy()
    nothing = np.full(len(found), np.nan)
    ends = {
        end: np.select([names == name for name in by_name], [three[at] for three in by_name.values()], nothing)
        for at, end in enumerate(ENDS)
    }
    ends = {end: np.round(values, PLACES) + 0.0 for end, values in ends.items()}  # published nets have six, too
    return found.assign(**ends, aim=target, at_odds=_at_odds(found))


def of_sums(sums: pd.DataFrame, cohorts: pd.DataFrame, objective: str, target: float | None) -> pd.DataFrame:
    """`creative_id`, `mid`, `low`, `high`, `aim` of mature clicks: `cohorts` and `sums` (their cost) by creative."""
    both = cohorts.merge(sums[["creative_id", "cost"]], on="creative_id", how="inner")
    clicks, spread = both["clicks"].to_numpy(float), _spread(both)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where(clicks > 0, both["cost"].to_numpy(float) / clicks, np.nan)
        dearer = np.where(cost > 0, 1 / cost, np.nan)
    if objective == "cpa":
        found = inverse(wilson(np.minimum(both["converted"], both["clicks"]), clicks), cost)
    else:
        drawn, squared, converted = (both[name].to_numpy(float) for name in ("revenue", "squared", "converted"))
        epc = money.per_click(drawn, squared, clicks, converted, spread)
        found = {"roas": scale(epc, dearer), "profit_per_click": shift(epc, -cost)}.get(objective, epc)
    return _as_frame(both["creative_id"], found).assign(aim=np.nan if target is None else float(target))


def _at_odds(found: pd.DataFrame) -> list[str]:
    """Where what was seen and what is believed point to different sides of the target, why; else ''."""
    low, high, p = (found[name].astype(float).to_numpy() for name in _SEEN)
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(p)
    odd = [""] * len(found)
    for at in np.flatnonzero(known & (low > 0) & (p < 0.5)):
        odd[at] = _EARNS.format(p[at])
    for at in np.flatnonzero(known & (high < 0) & (p > 0.5)):
        odd[at] = _LOST.format(p[at])
    return odd


def _positive(values: np.ndarray) -> np.ndarray:
    """A CPA of no conversions at all has no number."""
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _spread(both: pd.DataFrame) -> float:
    return money.spread_of(both["revenue"].to_numpy(), both["squared"].to_numpy(), both["converted"].to_numpy())


def _as_frame(ids: pd.Series, found: Interval) -> pd.DataFrame:
    return pd.DataFrame({"creative_id": ids, "mid": found.value, "low": found.low, "high": found.high})
