"""This module owns the question whether the fit that work.duckdb keeps still holds, and how its SQL is run.

A fit belongs to a last closed day and to the settings that shape journeys. It is made anew when the day has passed,
when those settings change, when a creative it knows is gone (merged, forgotten), or when it is dropped on demand; till
then every build reads the same weights. A work.duckdb made anew has none and makes one.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from analytics.ruling import rules
from ingest import parsed

VERSION = 1  # of the methods: raise it where a change of code changes the numbers
# Made of the evidence of closed days: they go with it.
OF_EVIDENCE = ("evidence_days", "creative_fatigue", "thresholds", "verdicts", "history_track_record")
# Kept from build to build; everything else of work.duckdb is made again each time.
KEPT = (
    "fit_standing", "fit_creatives", "fit_paths", "fit_sets", "paths", "markov_weights", "shapley_weights",
    "creative_removal_effects", "fits", "creative_rules", "caps", "text_lift", "text_lift_fits", *OF_EVIDENCE,
    "experiments", "maturity_curves",
)  # fmt: skip
SHAPING = ("timezone", "currency", "kind", "path", "after_conversion", "visitor_clicks_max", "conversion_kind",
           "objective", "target", "maturity_days", "thresholds")  # fmt: skip
_TABLES = (
    "select * from windows order by all", "select * from removed_networks order by all",
    "select * from record_senders order by all", "select * from step_senders order by all",
    "select * from experiment_arms order by all",
)  # fmt: skip
# A fit made before months of history were imported would know next to nothing until tomorrow.
GROWN = 2
_GROWN = f"""
select (select count(distinct p.goal_id) from path_touches p join goals g on g.goal_id = p.goal_id
    where p.touch_types = 'click' and g.day <= $through)
  > {GROWN} * (select coalesce(sum(journeys), 0) from fit_paths where outcome = 'converted')
"""  # noqa: S608 (our own number)
_GONE = "select 1 from fit_creatives anti join identified using (creative_id) limit 1"
# An arm that counts as another creative by now (merged, set apart, an ad with a second text).
_OTHER_ARMS = """
select 1 from experiments x join experiment_creatives c using (experiment, arm_number)
where x.creative_id <> c.creative_id limit 1
"""


def holds(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> bool:
    """Whether the stored fit is of that last closed day, these settings and this world: no creative that it knows is
    gone, and there are at most twice the journeys to goals that it saw."""
    if not is_there(connection, "fit_standing"):
        return False
    stored = parsed.run(connection, "select through_day, shaped_by from fit_standing").fetchall()
    if stored != [(through, shaped_by(connection, parameters))]:
        return False
    if parsed.run(connection, _GROWN, {"through": through}).fetchone() == (True,):
        return False
    if is_there(connection, "experiments") and parsed.run(connection, _OTHER_ARMS).fetchone() is not None:
        return False
    return parsed.run(connection, _GONE).fetchone() is None


def shaped_by(connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, Any]) -> str:
    """The settings and methods that a fit depends on, as text."""
    tables = [parsed.run(connection, query).fetchall() for query in _TABLES]
    of_packages = [(each.rule, each.weight) for each in rules.brought().rules]
    shaping = [VERSION, {name: parameters.get(name) for name in SHAPING}, tables, *of_packages]
    return json.dumps(shaping, default=str)


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the stored fit: the next step that asks makes a new one."""
    for table in KEPT:
        connection.execute(f"drop table if exists {table}")


def clear_inferred(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the evidence of closed days, and the fits that were inferred from it."""
    for table in OF_EVIDENCE:
        connection.execute(f"drop table if exists {table}")


def is_there(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the work file has that table. Asked of the binder: `duckdb_tables()` takes 10 ms to list them all."""
    try:
        parsed.run(connection, f"select 1 from {table} limit 0")  # noqa: S608 (our own names)
    except duckdb.CatalogException:
        return False
    return True


def bound(text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that an SQL text binds."""
    return {name: value for name, value in values.items() if f"${name}" in text}
