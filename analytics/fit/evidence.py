"""This module owns what verdicts are inferred from: the cap of money, and the evidence of closed days per scope.

Both are kept like the fits that read them: made once per closed day, and read by no cycle.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from analytics.fit import standing
from analytics.plan import sql
from ingest import parsed

# A creative that is known of money alone is in no journey, so that the fit of journeys does not miss it.
_GONE = """
select 1 from evidence_days anti join outcome_days using (creative_id) anti join facts_daily using (creative_id) limit 1
"""
# Evidence from before more cost or clicks were imported would judge the past by a part of it until tomorrow. What comes
# late to closed days in the ordinary course is less than this; of few clicks it takes twice as many.
GROWN, CLICKS_MANY = 1.2, 500
_GROWN = """
select n.clicks > e.grown * e.clicks or n.cost > e.grown * e.cost
from (
  select coalesce(sum(clicks), 0) as clicks, coalesce(sum(cost), 0) as cost,
    case when sum(clicks) >= $many then cast($grown as double) else 2 end as grown
  from evidence_days) e
cross join (
  select (select coalesce(sum(clicks), 0) from outcome_days where network is not null and day <= $through) as clicks,
    (select coalesce(sum(cost_direct + cost_allocated), 0) from facts_daily
      where creative_id is not null and network is not null and day <= $through) as cost) n
"""


def caps(connection: duckdb.DuckDBPyConnection, through: date) -> None:
    """Make `caps`, unless the fit has it: one row, `cap_millionths`; NULL where no click of a closed day earned."""
    if not standing.is_there(connection, "caps"):
        parsed.run(connection, f"create table caps as\n{sql('fit', 'caps')}", {"through": through})


def evidence_days(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> None:
    """Make `evidence_days`, unless the stored one holds; with it go the fits that were inferred from it."""
    if standing.is_there(connection, "evidence_days") and holds(connection, through):
        return
    standing.clear_inferred(connection)
    text = sql("fit", "evidence")
    values = standing.bound(text, {**parameters, "through": through})
    parsed.run(connection, f"create table evidence_days as\n{text}", values)


def holds(connection: duckdb.DuckDBPyConnection, through: date) -> bool:
    """Whether every creative of the stored evidence is still there, and it saw nearly all of what is known now."""
    if parsed.run(connection, _GONE).fetchone() is not None:
        return False
    return parsed.run(connection, _GROWN, {"through": through, "grown": GROWN, "many": CLICKS_MANY}).fetchone() == (
        False,
    )
