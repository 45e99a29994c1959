"""This module owns the rows of the mart `verdicts`: what was inferred and judged, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.inference.interval import Floats, Masks
from analytics.verdicts.days import Aim, Ints
from analytics.verdicts.deciding import Deciding
from analytics.verdicts.inferred import Inferred
from analytics.verdicts.judged import Judged, Words
from analytics.verdicts.sentences import sentence
from analytics.verdicts.thresholds import Thresholds
from analytics.verdicts.told import Told
from analytics.verdicts.words import WHYS, action_of

MEASURES = {"ctr": "CTR", "epc_capped": "earnings per click", "cvr": "conversion rate"}  # those that fade
LOG_E_SHOWN = -20.0
PLACES = 6  # of what is printed: further digits differ between machines
_MONEY = pa.decimal128(38, 6)
_TEXT, _REAL, _WHOLE, _DAY = pa.string(), pa.float64(), pa.int64(), pa.date32()
SCHEMA = pa.schema([
    ("day", _DAY), ("creative_id", _TEXT), ("window_days", pa.int32()), ("network", _TEXT), ("campaign_id", _TEXT),
    ("country", _TEXT), ("verdict", _TEXT), ("action", _TEXT), ("reason", _TEXT), ("why", _TEXT), ("since", _DAY),
    ("objective", _TEXT), ("target", _REAL), ("net_per_click", _REAL), ("net_per_click_low", _REAL),
    ("net_per_click_high", _REAL), ("p_meets_target", _REAL), ("p_beats_scope", _REAL), ("p_best", _REAL),
    ("in_best_set", pa.bool_()), ("expected_loss", _REAL), ("ahead", _REAL), ("ahead_sd", _REAL), ("net_mean", _REAL),
    ("net_sd", _REAL), ("clicks_to_decide", _WHOLE), ("log_e_meets", _REAL),
    ("log_e_misses", _REAL), ("log_e_beats", _REAL), ("log_e_worse", _REAL), ("comparison", _TEXT),
    ("compared_share", _REAL), ("overdispersion", _REAL), ("mature_clicks", _WHOLE), ("mature_converted", _WHOLE),
    ("mature_cost", _MONEY), ("mature_revenue", _MONEY), ("thresholds_version", pa.int32()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Which verdicts these are: of which window and closed day, by what."""

    days: int
    day: date
    aim: Aim
    limits: Thresholds
    maturity_days: int
    goal: str  # what the objective counts, as a word


def rows_of(
    window: Window, names: pa.Table, rows: Ints, found: Inferred, judged: Judged, decided: Deciding,
    since: Sequence[date | None], before: Words, faded: Mapping[int, tuple[Any, ...]], split: Masks,
) -> pa.Table:  # fmt: skip
    """The rows of those units in one window."""
    m, whys = found.sums, [list(WHYS)[code] for code in judged.why[rows]]
    told = [
        told_of(window, why, int(unit), found, judged, decided, faded) for why, unit in zip(whys, rows, strict=True)
    ]
    is_compared = ~found.alone & (m.clicks > 0)
    columns: dict[str, Any] = {
        **{name: names.column(name).take(rows) for name in ("creative_id", "network", "campaign_id", "country")},
        "day": [window.day] * len(rows), "window_days": [window.days] * len(rows),
        "verdict": [WHYS[why] for why in whys], "action": [action_of(why) for why in whys],
        "reason": [sentence(each) for each in told], "why": whys,
        "since": [since[u] if before[u] == judged.word[u] and since[u] else window.day for u in rows],
        "objective": [window.aim.objective] * len(rows), "target": [window.aim.target] * len(rows),
        "in_best_set": [bool(decided.in_best[u]) if np.isfinite(decided.rivals[u]) else None for u in rows],
        "clicks_to_decide": _wholes(decided.clicks[rows]),
        "comparison": ["experiment" if split[u] else "observational" for u in rows],
        "mature_clicks": _wholes(m.clicks[rows]), "mature_converted": _wholes(m.converted[rows]),
        "mature_cost": _money(m.cost[rows]), "mature_revenue": _money(m.revenue[rows]),
        "thresholds_version": [window.limits.version] * len(rows),
    }  # fmt: skip
    reals = {
        **_net(found, judged.priced),
        "p_meets_target": judged.p_meets, "p_beats_scope": judged.p_beats, "p_best": decided.p_best,
        "expected_loss": decided.loss, "log_e_meets": _evidence(found.target.above, judged.priced),
        "log_e_misses": _evidence(found.target.below, judged.priced),
        "log_e_beats": _evidence(found.rest.above, is_compared),
        "log_e_worse": _evidence(found.rest.below, is_compared), "compared_share": found.compared_share,
        "overdispersion": found.overdispersion, "net_mean": found.level.mean, "net_sd": found.level.sd,
        **_ahead(found, is_compared),
    }  # fmt: skip
    columns |= {name: _reals(values[rows]) for name, values in reals.items()}
    return pa.table([pa.array(columns[f.name], f.type) if isinstance(columns[f.name], list)
                     else columns[f.name].cast(f.type) for f in SCHEMA], schema=SCHEMA)  # fmt: skip


def _net(found: Inferred, priced: Masks) -> dict[str, Floats]:
    """What no cost is known of has no net, however much it brings."""
    known = priced & (found.sums.cost > 0)
    net = {"": found.net.value, "_low": found.net.low, "_high": found.net.high}
    return {f"net_per_click{end}": np.where(known, value, np.nan) for end, value in net.items()}


def _ahead(found: Inferred, is_compared: Masks) -> dict[str, Floats]:
    """Above the rest, and not above the scope: of that a creative with most of the clicks is the better part."""
    m = found.sums
    there = is_compared & (m.weight_compared > 0)
    both = np.where(there, m.clicks_compared / np.where(there, m.weight_compared, 1.0), np.nan)
    return {"ahead": found.apart.mean * both, "ahead_sd": found.apart.sd * both}


def told_of(
    window: Window, why: str, u: int, found: Inferred, judged: Judged, decided: Deciding,
    faded: Mapping[int, tuple[Any, ...]],
) -> Told:  # fmt: skip
    """What the sentence about unit `u` may speak of."""
    m, limits = found.sums, window.limits
    measure, since, decline, _still = faded.get(u, ("", None, None, None))
    cost, more = float(m.cost[u]), decided.clicks[u]
    times = _finite(found.times[u])
    return Told(
        why, window.aim.objective, window.aim.target, int(m.clicks[u]), int(m.converted[u]),
        float(m.value[u]) / window.aim.target if window.aim.objective == "cpa" and window.aim.target else 0.0, cost,
        float(m.revenue[u]), float(m.cost_allocated[u]) / cost if cost else 0.0, _known(judged.p_meets[u]),
        _known(judged.p_beats[u]), int(more) if np.isfinite(more) else None, int(_finite(decided.rivals[u])),
        times, float(found.by_chance[u]), bool(judged.priced[u]), int(limits.clicks_min),
        int(m.converted[u] + found.short[u]), window.goal,
        window.maturity_days, bool(found.one_day[u]), decline, _day(since), MEASURES.get(measure, "result"),
    )  # fmt: skip


def _evidence(logs: Floats, told: Masks) -> Floats:
    """What is far below nothing is nothing."""
    return np.where(told, np.maximum(logs, LOG_E_SHOWN), np.nan)


def _finite(value: float) -> float:
    return float(value) if isfinite(value) else float(np.nan_to_num(value))  # of one number 25 times slower


def _day(day: date | None) -> str | None:
    return None if day is None else f"{day.day} {day:%b}"


def _known(p: float) -> float | None:
    return float(p) if np.isfinite(p) else None


def _reals(values: Floats) -> pa.Array:
    return pa.array(np.round(values, PLACES), _REAL, from_pandas=True)


def _wholes(values: Floats) -> list[int | None]:
    return [round(value) if np.isfinite(value) else None for value in values.tolist()]


def _money(values: Floats) -> list[Decimal]:
    return [Decimal(f"{value:.6f}") for value in values.tolist()]
