"""This module owns what verdicts are inferred from: the cap of money, and the evidence of closed days per scope.

Both are kept like the fits that read them: made once per closed day, and read by no cycle.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import duckdb

from analytics.fit import standing
from analytics.plan import sql
from ingest import parsed

# A creative that is known of money alone is in no journey, so that the fit of journeys does not miss it.
_GONE = """
select 1 from evidence_days anti join outcome_days using (creative_id) anti join facts_daily using (creative_id) limit 1
"""
WINDOWS = (1, 3, 7, 14, 28, 0)  # of verdicts: days with today; 0: all
# Evidence from before more cost or clicks were imported would judge the past by a part of it until tomorrow. A window's
# mature days are measured for themselves: all days together hide that the last ones were not there yet. What comes late
# to closed days in the ordinary course is less than GROWN; of few clicks it takes twice as many.
GROWN, CLICKS_MANY = 1.2, 500
# Of an import that is over, less is enough: no click of a mature day came for a while.
CREPT, QUIET = 1.02, timedelta(minutes=1)
_GROWN = """
with days as (
  select day, sum(clicks) as clicks, sum(cost) as cost, sum(clicks_now) as clicks_now, sum(cost_now) as cost_now from (
    select day, clicks, cost, 0 as clicks_now, 0 as cost_now from evidence_days
    union all select day, 0, 0, clicks, 0 from outcome_days where network is not null and day <= $through
    union all select day, 0, 0, 0, cost_direct + cost_allocated from facts_daily
      where creative_id is not null and network is not null and day <= $through) told
  group by day),
spans as (
  select date '0001-01-01' as first, $through as last
  union select case when w.days = 0 then date '0001-01-01' else $through + 2 - w.days end, $mature
    from (select unnest(cast($windows as integer[])) as days) w),
summed as (
  select coalesce(sum(clicks), 0) as clicks, coalesce(sum(cost), 0) as cost, sum(clicks_now) as clicks_now,
    sum(cost_now) as cost_now, case when sum(clicks) >= $many then cast($grown as double) else 2 end as grown
  from spans s join days d on d.day between s.first and s.last
  group by s.first, s.last)
select coalesce(bool_or(clicks_now > grown * clicks or cost_now > grown * cost), false),
  coalesce(bool_or(clicks >= $many and clicks_now > $crept * clicks), false)
from summed
"""
_QUIET = "select coalesce(max(received_at) < $before, true) from events where type = 'click' and day <= $mature"


def caps(connection: duckdb.DuckDBPyConnection, through: date) -> None:
    """Make `caps`, unless the fit has it: one row, `cap_millionths`; NULL where no click of a closed day earned."""
    if not standing.is_there(connection, "caps"):
        parsed.run(connection, f"create table caps as\n{sql('fit', 'caps')}", {"through": through})


def evidence_days(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> None:
    """Make `evidence_days`, unless the stored one holds; with it go the fits that were inferred from it."""
    if standing.is_there(connection, "evidence_days") and holds(connection, through, parameters):
        return
    standing.clear_inferred(connection)
    text = sql("fit", "evidence")
    values = standing.bound(text, {**parameters, "through": through})
    parsed.run(connection, f"create table evidence_days as\n{text}", values)


def holds(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> bool:
    """Whether every creative of the stored evidence is still there, and it saw nearly all of what is known now."""
    if parsed.run(connection, _GONE).fetchone() is not None:
        return False
    mature = through + timedelta(days=1 - max(parameters["maturity_days"], 1))
    bound = {"through": through, "mature": mature, "windows": list(WINDOWS), "grown": GROWN, "crept": CREPT,
             "many": CLICKS_MANY}  # fmt: skip
    grown, crept = parsed.run(connection, _GROWN, bound).fetchone() or (False, False)
    if grown or not crept:
        return not grown
    before = parameters["as_of"] - QUIET
    return parsed.run(connection, _QUIET, {"before": before, "mature": mature}).fetchone() != (True,)
