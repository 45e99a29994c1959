"""This module owns every number that decides a verdict: one table, versioned, so that a change rewrites nothing.

A set of values has a version, and each stored verdict names the one it was made by. A new set gets the next number,
and the day from which it holds; older sets stay, in the history and in the mart `thresholds`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from analytics.config import AnalyticsSettings

# What each number decides. The names are those of `[verdicts]`; clicks_min is that of `[attribution]`.
WHAT = {
    "error_rate": "false winners and false cuts together, at most this share of a scope's, over all creatives, days and"
    " looks",
    "promising": "P(meets target) and P(beats scope) to be promising",
    "promising_stays": "either of them below this: no longer promising",
    "needs_work": "P(meets target) below this: needs work",
    "needs_work_stays": "P(meets target) at this or above: no longer",
    "reversed": "a winner stays until P(meets target) or P(beats scope) is below this, a cut until one is above",
    "allocated_share_max": "a larger share of its cost allocated from elsewhere: unattributable",
    "compared_share_min": "a smaller share of its clicks where others have some, too: judged alone, by its target",
    "clicks_min": "fewer mature clicks: too early",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The values in force, and the version of their set."""

    error_rate: float
    promising: float
    promising_stays: float
    needs_work: float
    needs_work_stays: float
    reversed: float
    allocated_share_max: float
    compared_share_min: float
    clicks_min: float
    version: int = 1
    since: date | None = None

    @property
    def values(self) -> dict[str, float]:
        """The values by name."""
        return {name: getattr(self, name) for name in WHAT}


Row = tuple[int, str, float, str, date]


def in_force(
    settings: AnalyticsSettings, day: date, kept: Iterable[Row] = (), judged_by: int | None = None
) -> Thresholds:
    """The settings' thresholds with their version, given the rows of all sets before; a new set begins on `day`.

    A day that was `judged_by` a set when it was closed stays so: another set holds from the next closed day on.
    """
    values = values_of(settings)
    sets: dict[int, dict[str, float]] = {}
    since: dict[int, date] = {}
    for version, name, value, _what, first in kept:
        sets.setdefault(version, {})[name] = value
        since[version] = first
    if judged_by in sets and set(sets[judged_by]) == set(values):
        return Thresholds(**sets[judged_by], version=judged_by, since=since[judged_by])
    newest = max(sets, default=0)
    if newest and sets[newest] == values:
        return Thresholds(**values, version=newest, since=since[newest])
    return Thresholds(**values, version=newest + 1, since=day)


def values_of(settings: AnalyticsSettings) -> dict[str, float]:
    """The values that the settings name, or their defaults."""
    own: Mapping[str, float] = settings.verdicts.model_dump()
    return {name: float(own.get(name, settings.attribution.clicks_min)) for name in WHAT}


def rows(thresholds: Thresholds, day: date) -> list[Row]:
    """The rows of one set for the mart `thresholds`."""
    first = thresholds.since or day
    return [(thresholds.version, name, value, WHAT[name], first) for name, value in thresholds.values.items()]
