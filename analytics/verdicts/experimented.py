"""This module owns where a comparison is more than observational: a scope that is one declared experiment and no more.

Every creative that had clicks in the window is an arm of it, its days hold the window, and its shares are as intended.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
import numpy as np

from analytics.fit import standing
from analytics.inference.interval import Floats, Masks
from analytics.verdicts.days import Ints

_ARMS = """
select distinct e.experiment, u.unit, cast(e.first_day - date '1970-01-01' as bigint) as first_day,
  cast(coalesce(e.last_day, e.through_day) - date '1970-01-01' as bigint) as last_day
from experiments e join verdict_units u on u.creative_id = e.creative_id
  and (e.network is null or e.network = u.network) and (e.campaign_id is null or e.campaign_id = u.campaign_id)
  and (e.country is null or e.country = u.country)
where e.through_day is not null and not coalesce(e.srm, false)
order by e.experiment, u.unit
"""


@dataclass(frozen=True, slots=True)
class Experiment:
    """The units that are its arms, and its first and last day, counted as days are."""

    first: int
    last: int
    units: list[int] = field(default_factory=list)


def experiments(connection: duckdb.DuckDBPyConnection) -> list[Experiment]:
    """Those whose shares hold, of the table `experiments` and the units of `verdict_units`."""
    if not standing.is_there(connection, "experiments"):
        return []
    found: dict[str, Experiment] = {}
    for name, unit, first, last in connection.execute(_ARMS).fetchall():
        found.setdefault(name, Experiment(first, last)).units.append(unit)
    return list(found.values())


def compared_by_experiment(
    declared: Iterable[Experiment], scope: Ints, clicks: Floats, begun: Ints, last: int
) -> Masks:
    """Which units are compared within an experiment; `clicks` are those of the window, `begun` the first day of each
    unit in it, `last` its last day."""
    found = np.zeros(len(scope), dtype=bool)
    for each in declared:
        inside = np.isin(np.arange(len(scope)), each.units) & (begun >= each.first)
        strange = np.bincount(scope, (clicks > 0) & ~inside, int(scope.max(initial=-1)) + 1)[scope] > 0
        found |= inside & ~strange & (last <= each.last)
    return found
