"""This module owns what changed since the closed day before: verdicts, and the creatives whose profit moved most."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import nan

import pandas as pd

from analytics.history.turned import DAYS
from analytics.history.turned import turned as sql
from analytics.inference import money
from analytics.inference.interval import LEVEL
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.overview import sums
from dashboard.pages.overview.chance import Range, by_chance, change
from dashboard.reading import frame, rows
from dashboard.spans import Span

MOVERS_MAX = 3  # on either side


@dataclass(frozen=True)
class Turned:
    """A verdict that is another one than on the closed day before."""

    creative_id: str
    text: str
    network: str | None
    campaign_id: str | None
    country: str | None
    before: str
    now: str
    reason: str


@dataclass(frozen=True)
class Days:
    """The newest closed day that verdicts were made of, and the one before it of which they are known."""

    newest: date
    before: date | None


@dataclass(frozen=True)
class Moved:
    """A creative whose profit differs from that of the day before; `is_chance` where chance alone does as much."""

    creative_id: str
    text: str
    now: float
    before: float
    is_chance: bool | None

    @property
    def by(self) -> float:
        """How far it moved."""
        return self.now - self.before


def days_of(look: Look, window: int) -> Days | None:
    """The closed days to compare; None before there is a verdict."""
    newest, before = rows(look.real, DAYS, {"window": window})[0]
    if not isinstance(newest, date):
        return None
    return Days(newest, before if isinstance(before, date) else None)


def turned(look: Look, window: int, days: Days) -> list[Turned]:
    """The verdicts that changed, the largest spend first; what had none before is new, not changed."""
    condition = where(look, "verdicts", "v")
    values = {"window": window, "before": days.before, **condition.values}
    return [Turned(*row) for row in rows(look.real, sql(condition.sql), values)]  # type: ignore[arg-type] # the columns, in order


def movers(look: Look, day: date) -> list[Moved]:
    """The creatives that gained most and lost most from the day before to `day`, the largest move first."""
    earlier = day - timedelta(days=1)
    span = Span(earlier, day, look.period.oldest)
    profit = sums.daily_per_creative(look, span)
    if profit.empty or profit["profit"].isna().any():
        return []
    wide = profit.assign(is_now=pd.to_datetime(profit["day"]) == pd.Timestamp(day))
    by_day = wide.pivot_table(index="creative_id", columns="is_now", values="profit", aggfunc="sum", fill_value=0.0)
    by_day = by_day.reindex(columns=[False, True], fill_value=0.0)
    moved = (by_day[True] - by_day[False]).sort_values()
    chosen = [*moved[moved < 0].index[:MOVERS_MAX], *moved[moved > 0].index[::-1][:MOVERS_MAX]]
    texts = _texts(look, tuple(str(ident) for ident in chosen))
    ranges = [_ranges(look, each, profit, len(moved), set(chosen)) for each in (day, earlier)]
    found = [
        Moved(
            str(ident), texts.get(str(ident), str(ident)), float(by_day[True][ident]), float(by_day[False][ident]),
            _is_chance(ranges[0].get(str(ident)), ranges[1].get(str(ident))),
        )
        for ident in chosen
    ]  # fmt: skip
    return sorted(found, key=lambda one: -abs(one.by))


_NOTHING = (0.0, Range(0.0, 0.0, 0.0))  # a creative that did not run that day
_Seen = tuple[float, Range]  # clicks that converted, and the profit with its limits


def _is_chance(now: _Seen | None, before: _Seen | None) -> bool | None:
    """Whether chance does as much; None where too few converted for the intervals to be believed."""
    (many, later), (few, earlier) = now or _NOTHING, before or _NOTHING
    if many + few < money.CONVERTED_FLOOR:
        return None
    return by_chance(change(later, earlier))


def _ranges(look: Look, day: date, profit: pd.DataFrame, looked_at: int, ids: set[str]) -> dict[str, _Seen]:
    """The profit of these creatives on a day with its limits: what clicks brought is drawn, what they cost is known.

    The largest of many moves is large by chance, so the limits are as wide as for all that were looked at (Bonferroni).
    """
    seen = sums.cohorts(look, Span(day, day, look.period.oldest), "creative_id")
    if seen.empty:
        return {}
    drawn, squared, clicks, converted = (
        seen[name].to_numpy(float) for name in ("revenue", "squared", "clicks", "converted")
    )
    spread = money.spread_of(drawn, squared, converted)
    worth = drawn.sum() / converted.sum() if converted.sum() > 0 else nan
    level = 1 - (1 - LEVEL) / max(looked_at, 1)
    found = money.per_click(drawn, squared, clicks, converted, spread, level, worth)
    own = profit[pd.to_datetime(profit["day"]) == pd.Timestamp(day)]
    cost = dict(zip(own["creative_id"].tolist(), own["cost"].tolist(), strict=True))
    return {
        str(ident): (float(told), Range(value, low, high).over(1 / many).less(float(cost.get(ident, 0.0))))
        for ident, value, low, high, many, told in zip(
            seen["creative_id"].tolist(), found.value, found.low, found.high, clicks, converted, strict=True
        )
        if many > 0 and ident in ids
    }


def _texts(look: Look, ids: tuple[str, ...]) -> dict[str, str]:
    sql = "select creative_id, creative_text from creatives where creative_id in (select unnest($ids::varchar[]))"
    found = frame(look.real, sql, {"ids": list(ids)})
    return dict(zip(found["creative_id"].astype(str), found["creative_text"].astype(str), strict=True))
