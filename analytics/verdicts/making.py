"""This module owns the step of the plan that makes `verdicts` and `thresholds`, once per closed day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa

from analytics.config import AnalyticsSettings
from analytics.fit import standing
from analytics.fit.evidence import WINDOWS
from analytics.fit.steps import closed
from analytics.verdicts.days import COLUMNS, Aim, Days, Ints, days_of
from analytics.verdicts.deciding import decide
from analytics.verdicts.experimented import Experiment, compared_by_experiment, experiments
from analytics.verdicts.inferred import Least, dispersion, infer
from analytics.verdicts.judged import Known, judge
from analytics.verdicts.previous import Said, set_of, sets_before, words_before
from analytics.verdicts.table import SCHEMA, Window, rows_of
from analytics.verdicts.thresholds import Row, Thresholds, in_force, rows
from ingest import parsed

FIRST = -(10**6)  # before every day
EPOCH = date(1970, 1, 1)
_UNITS = """
create or replace temp table verdict_units as
select creative_id, network, campaign_id, country,
  row_number() over (order by network, campaign_id, country, creative_id) - 1 as unit,
  dense_rank() over (order by network, campaign_id, country) - 1 as scope
from (select distinct creative_id, network, campaign_id, country from evidence_days) u
"""
_NAMED = """
select u.*, coalesce(c.status not in ('ok', 'partial_macro'), false) as no_text
from verdict_units u left join creatives c on c.creative_id = u.creative_id order by u.unit
"""
_NUMBERS = ", ".join(f"cast(e.{name} as double) as {name}" for name in COLUMNS)
_DAYS = f"""
select u.unit, cast(e.day - date '1970-01-01' as bigint) as day, {_NUMBERS}
from evidence_days e join verdict_units u on u.creative_id = e.creative_id and u.network is not distinct from e.network
  and u.campaign_id is not distinct from e.campaign_id and u.country is not distinct from e.country
order by u.unit, e.day
"""  # noqa: S608 (our own columns)
_THRESHOLDS = """
create table thresholds as
select unnest($1::integer[]) as version, unnest($2::varchar[]) as name, unnest($3::double[]) as value,
  unnest($4::varchar[]) as what, unnest($5::date[]) as since
"""
_CAP = "select cast(cap_millionths as double) / 1e6 from caps"
_FADED = """
select u.unit, f.metric, f.since, f.decline, bool_and(f.still_meets_target) over (partition by u.unit)
from creative_fatigue f join verdict_units u on u.creative_id = f.creative_id
  and u.network is not distinct from f.network and u.campaign_id is not distinct from f.campaign_id
  and u.country is not distinct from f.country
where f.fatigued order by u.unit, f.metric = 'ctr' desc  -- the last is told: what a click brings before the early sign
"""


class Moment(Protocol):
    """What the step needs to know of the inputs of a build."""

    @property
    def today(self) -> date:
        """The reporting day that is still running."""

    @property
    def settings(self) -> AnalyticsSettings:
        """The objective, the thresholds, and where the history lies."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values that SQL binds by name."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of the work file. `names` are the columns that name each unit, `seen` the last day of each."""

    names: pa.Table
    days: Days
    seen: Ints
    faded: Mapping[int, tuple[Any, ...]]
    declared: Sequence[Experiment]


def thresholds(connection: duckdb.DuckDBPyConnection, inputs: Moment) -> None:
    """Make `thresholds`, unless the fit has it: the set in force and, of the history, every set before."""
    if standing.is_there(connection, "thresholds"):
        return
    kept = sets_before(connection, inputs.settings.data_dir)
    limits = _limits(connection, inputs, kept)
    every = [row for row in kept if row[0] != limits.version] + rows(limits, closed(inputs))
    parsed.run(connection, _THRESHOLDS, [[row[n] for row in every] for n in range(5)])


def verdicts(connection: duckdb.DuckDBPyConnection, inputs: Moment) -> None:
    """Make `verdicts` of the last closed day, unless the fit has them."""
    if standing.is_there(connection, "verdicts"):
        return
    table = SCHEMA.empty_table()
    parsed.run(connection, _UNITS)
    if connection.execute("select 1 from verdict_units limit 1").fetchone():
        aim = Aim(inputs.settings.objective[0], float(inputs.settings.objective[1]))
        limits = _limits(connection, inputs, connection.execute("from thresholds").fetchall())
        said = words_before(connection, inputs.settings.data_dir, closed(inputs), aim)
        table = _judged(_read(connection, aim), inputs, aim, limits, said)
    connection.execute("drop table verdict_units")
    connection.register("verdicts_arrow", table)
    connection.execute("create table verdicts as from verdicts_arrow")
    connection.unregister("verdicts_arrow")


def _limits(connection: duckdb.DuckDBPyConnection, inputs: Moment, kept: list[Row]) -> Thresholds:
    day = closed(inputs)
    return in_force(inputs.settings, day, kept, set_of(connection, inputs.settings.data_dir, day))


def _read(connection: duckdb.DuckDBPyConnection, aim: Aim) -> Read:
    names = connection.sql(_NAMED).to_arrow_table()
    found = connection.sql(_DAYS).to_arrow_table()
    columns = {name: found.column(name).to_numpy().astype(float) for name in COLUMNS}
    unit, day = (found.column(name).to_numpy().astype(np.int64) for name in ("unit", "day"))
    cap = connection.execute(_CAP).fetchone() or (None,)
    days = days_of(columns, day, unit, names.column("scope").to_numpy().astype(np.int64), aim, cap[0])
    seen = np.full(days.units, FIRST)
    np.maximum.at(seen, unit, day)
    faded: dict[int, tuple[Any, ...]] = {}
    if standing.is_there(connection, "creative_fatigue"):
        faded = {row[0]: row[1:] for row in connection.execute(_FADED).fetchall()}
    return Read(names, days, seen, faded, experiments(connection))


def _judged(read: Read, inputs: Moment, aim: Aim, limits: Thresholds, said: Said) -> pa.Table:
    """The verdicts of every window."""
    today = (inputs.today - EPOCH).days
    last = today - max(inputs.settings.maturity_days, 1)
    mature = read.days.only(read.days.day <= last)
    dispersed = dispersion(mature, last)
    faded = np.zeros(mature.units, dtype=np.int64)
    for unit, (*_, still) in read.faded.items():
        faded[unit] = 2 if still is False else 1
    no_text = read.names.column("no_text").to_numpy(zero_copy_only=False).astype(bool)
    keys = list(zip(*(read.names.column(n).to_pylist() for n in ("creative_id", "network", "campaign_id", "country")),
                    strict=True))  # fmt: skip
    goal = "paying click" if inputs.settings.kind == "arbitrage" and aim.objective != "cpa" else "conversion"
    parts = []
    for window in WINDOWS:
        first = today - (window - 1) if window else FIRST
        words = [said.get((key[0], window, *key[1:]), ("", None)) for key in keys]
        known = Known(mature.scope, mature.scopes, no_text, faded, np.array([word for word, _ in words]))
        found = infer(mature, first, last, Least(limits.clicks_min, limits.compared_share_min), dispersed)
        judged = judge(found, known, limits)
        begun = np.maximum(mature.first_days(), first)
        split = compared_by_experiment(read.declared, mature.scope, found.sums.clicks, begun, last)
        parts.append(
            rows_of(
                Window(window, closed(inputs), aim, limits, inputs.settings.maturity_days, goal),
                read.names, np.flatnonzero(read.seen >= first - 1), found, judged, decide(found, known, judged, limits),
                [since for _, since in words], known.before, read.faded, split,
            )
        )  # fmt: skip
    return pa.concat_tables(parts)
