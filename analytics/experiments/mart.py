"""This module owns the mart `experiments`: made on closed days, kept as long as the fit is."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics.experiments.judged import Told, judge, measured, rows
from analytics.experiments.lift import relative, spread_of
from analytics.experiments.measured import Goal, Measure, Sums
from analytics.fit import standing
from analytics.plan import sql

_ARMS = """
select experiment, arm, creative_id, ad_id, share, network, campaign_id, country, first_day, last_day, unit, metric
from experiment_creatives order by experiment, arm_number
"""
_TEXT, _WHOLE, _REAL, _DAY = pa.string(), pa.int64(), pa.float64(), pa.date32()
SCHEMA = pa.schema([
    ("experiment", _TEXT), ("arm_number", pa.int32()), ("arm", _TEXT), ("creative_id", _TEXT), ("ad_id", _TEXT),
    ("is_control", pa.bool_()), ("network", _TEXT), ("campaign_id", _TEXT), ("country", _TEXT), ("first_day", _DAY),
    ("last_day", _DAY), ("through_day", _DAY), ("status", _TEXT), ("unit", _TEXT), ("units", _WHOLE),
    ("share_intended", _REAL), ("share_actual", _REAL), ("srm_p", _REAL), ("srm_log_e", _REAL), ("srm", pa.bool_()),
    ("metric", _TEXT), ("metric_units", _WHOLE), ("value", _REAL), ("value_low", _REAL), ("value_high", _REAL),
    ("lift", _REAL), ("lift_low", _REAL), ("lift_high", _REAL), ("p_best", _REAL), ("expected_loss", _REAL),
    ("loss_max", _REAL), ("decision", _TEXT), ("winner", pa.bool_()), ("units_to_decide", _WHOLE),
    ("stop_rule", _TEXT), ("reason", _TEXT),
])  # fmt: skip


def experiments(connection: duckdb.DuckDBPyConnection, through: date, mature: date, of: Goal) -> None:
    """Make `experiments` of all days up to `through`, unless the fit has it; `mature` is the last day that is."""
    if standing.is_there(connection, "experiments"):
        return
    declared = list(_declared(connection, through, mature))
    made = _judged(connection, declared, of) if declared else []
    connection.register("experiments_arrow", pa.Table.from_pylist(made, SCHEMA))
    connection.execute("create or replace table experiments as from experiments_arrow")
    connection.unregister("experiments_arrow")


def _judged(connection: duckdb.DuckDBPyConnection, declared: list[Told], of: Goal) -> list[dict[str, Any]]:
    sums = _sums(connection, declared)
    measures = [measured(told, sums[told.experiment], of) for told in declared]
    spreads = _spreads(measures)
    return [
        row
        for told, m in zip(declared, measures, strict=True)
        for row in rows(judge(told, sums[told.experiment], m, spreads[m.metric]))
    ]


def _spreads(measures: list[Measure]) -> dict[str, float]:
    """How much arms differ, per metric, over all experiments."""
    told = [(m.metric, *relative(m)[:2]) for m in measures]
    return {
        metric: spread_of(
            np.concatenate([estimates for name, estimates, _ in told if name == metric]),
            np.concatenate([variances for name, _, variances in told if name == metric]),
        )
        for metric in {name for name, _, _ in told}
    }


def _declared(connection: duckdb.DuckDBPyConnection, through: date, mature: date) -> Iterator[Told]:
    found = connection.execute(_ARMS).fetchall()
    for name, arms in groupby(found, key=lambda row: str(row[0])):
        of_all = list(arms)
        _, texts, creatives, ads, shares, *_ = zip(*of_all, strict=True)
        network, campaign_id, country, first, last, unit, metric = of_all[0][5:]
        yield Told(name, texts, creatives, ads, shares, (network, campaign_id, country), first, last, unit, metric,
                   through, mature)  # fmt: skip


def _sums(connection: duckdb.DuckDBPyConnection, declared: list[Told]) -> dict[str, Sums]:
    """Per experiment every column of days.sql as an array of shape (days, arms), a day without anything being zeros."""
    table = connection.sql(sql("experiments", "days"), params={"through": declared[0].through}).to_arrow_table()
    columns = [name for name in table.column_names if name not in ("experiment", "arm_number", "day")]
    names = np.array(table.column("experiment").to_pylist(), dtype=np.str_)
    arms, days = (table.column(name).to_numpy() for name in ("arm_number", "day"))
    numbers = {name: table.column(name).to_numpy() for name in columns}
    found: dict[str, Sums] = {}
    for told in declared:
        mine = names == told.experiment
        which, at = np.unique(days[mine], return_inverse=True)
        sums = {name: np.zeros((len(which), len(told.arms))) for name in columns}
        for name in columns:
            sums[name][at, arms[mine].astype(int) - 1] = numbers[name][mine]
        sums["mature"] = np.repeat((which <= np.datetime64(told.mature))[:, None] * 1.0, len(told.arms), axis=1)
        sums["day"] = np.repeat(which.astype("datetime64[D]").astype(float)[:, None], len(told.arms), axis=1)
        found[told.experiment] = sums
    return found
