"""This module owns what a fit publishes about itself: removal effects with classical totals, and the mart `fits`."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics.fit import standing
from analytics.fit.aggregated import Ints, Paths
from analytics.fit.markov import PAIRS_MAX, Effects, classical, effects
from analytics.fit.paths import read
from analytics.fit.shapley import CREATIVES_MAX
from analytics.fit.weights import STATES_MAX
from ingest import parsed

PLACES = 12  # of a share that is printed: further digits differ between machines
_MONEY = pa.decimal128(38, 6)
_SCHEMA = pa.schema([
    ("conversion_kind", pa.string()), ("null_journeys", pa.bool_()), ("chain_order", pa.int32()), ("n", pa.int64()),
    ("creatives", pa.int64()), ("touches", pa.int64()), ("removal_effect", pa.float64()), ("reach", pa.float64()),
    ("conversions", _MONEY), ("revenue", _MONEY),
])  # fmt: skip
_EFFECTS = """
create or replace table creative_removal_effects as
select s.fit_id, e.conversion_kind, e.null_journeys, e.chain_order, c.creative_id, e.creatives, e.touches,
  e.removal_effect, e.reach, e.conversions, e.revenue
from effects_arrow e left join fit_creatives c on c.n = e.n cross join fit_standing s
"""
_TOTALS = """
select conversion_kind, cast(coalesce(sum(conversions), 0) as bigint),
  cast(coalesce(sum(revenue), 0) * 1000000 as hugeint)
from fit_paths where outcome = 'converted' group by conversion_kind
"""
_FITS = """
create or replace table fits as
with counted as (
  select count(distinct conversion_kind) as conversion_kinds, coalesce(sum(conversions), 0) as conversions,
    coalesce(sum(case when outcome = 'null' then journeys end), 0) as null_journeys,
    coalesce(sum(case when len(list_distinct(path)) > $creatives_max then conversions end), 0) as equal_shares
  from fit_paths),
touched as (
  select conversion_kind, greatest(count(distinct n) - $states_max, 0) as rest
  from (select conversion_kind, unnest(path) as n from fit_paths) t group by conversion_kind)
select s.fit_id, s.through_day, c.conversion_kinds, cast(c.conversions as bigint) as conversions,
  cast(c.null_journeys as bigint) as null_journeys, (select count(*) from fit_creatives) as creatives,
  cast((select coalesce(sum(rest), 0) from touched) as bigint) as rest_creatives,
  cast($creatives_max as bigint) as shapley_creatives_max, cast(c.equal_shares as bigint) as shapley_equal,
  case
    when c.conversions = 0 then 'No conversion of a closed day has a touch yet: markov and shapley share equally.'
    when c.equal_shares > 0 then c.equal_shares || ' of ' || c.conversions || ' conversions came by more than '
      || $creatives_max || ' creatives: there shapley shares equally.'
    else 'Every conversion came by at most ' || $creatives_max || ' creatives: shapley is exact.' end as note
from fit_standing s cross join counted c
"""


def removal_effects(connection: duckdb.DuckDBPyConnection, states_max: int = STATES_MAX) -> None:
    """Make `creative_removal_effects`, unless the fit has it: with and without null journeys, order 1 and 2."""
    if standing.is_there(connection, "creative_removal_effects"):
        return
    totals = {kind: (int(n) * 10**6, int(money)) for kind, n, money in parsed.run(connection, _TOTALS).fetchall()}
    rows = [
        {"conversion_kind": kind, **row}
        for kind, paths, names in read(connection)
        for row in _of_kind(paths, names, states_max, totals.get(kind, (0, 0)))
    ]
    connection.register("effects_arrow", pa.Table.from_pylist(rows, _SCHEMA))
    parsed.run(connection, _EFFECTS)
    connection.unregister("effects_arrow")


def fits(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `fits`, unless it is there: one row that says through which day, from how much, and what is not exact."""
    if not standing.is_there(connection, "fits"):
        parsed.run(connection, _FITS, {"creatives_max": CREATIVES_MAX, "states_max": STATES_MAX})


def _of_kind(paths: Paths, names: Ints, states_max: int, totals: tuple[int, int]) -> Iterator[dict[str, Any]]:
    mapped = paths.kept(states_max)
    own = min(paths.size, states_max + 1)
    whole = paths.mapped(mapped, own)
    numbers = np.full(own, -1)  # of the rest: no creative has it
    sharing = np.bincount(mapped, minlength=own)
    numbers[mapped[sharing[mapped] == 1]] = names[sharing[mapped] == 1]
    converted, null = whole.touches()
    for null_journeys, order, found in _chains(whole):
        parts = [classical(found.removal, total) for total in totals]
        for state in range(own):
            yield {
                "null_journeys": null_journeys, "chain_order": order,
                "n": int(numbers[state]), "creatives": int(sharing[state]),
                "touches": int(converted[state] + (null[state] if null_journeys else 0)),
                "removal_effect": round(float(found.removal[state]), PLACES),
                "reach": round(float(found.reach[state]), PLACES),
                "conversions": Decimal(parts[0][state]).scaleb(-6), "revenue": Decimal(parts[1][state]).scaleb(-6),
            }  # fmt: skip


def _chains(paths: Paths) -> Iterator[tuple[bool, int, Effects]]:
    """(with null journeys, order, effects) of every chain; of order 2 where it is small enough."""
    for null_journeys, journeys in ((True, paths), (False, paths.without_null())):
        yield null_journeys, 1, effects(journeys)
        if journeys.pairs <= PAIRS_MAX:
            yield null_journeys, 2, effects(journeys, order=2)
