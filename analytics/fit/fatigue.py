"""This module owns the mart `creative_fatigue`: which creatives fell against their own baseline, since when, how far.

One row per creative, scope and metric that is old enough to be judged: CTR, where platforms report impressions (the
early sign), and what a click brings towards the objective. Mature days only; made once per closed day.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics.fit import standing
from analytics.inference.fatigue import DAYS_MIN, Cells, Company, Found, called, judge
from analytics.inference.interval import quantile
from analytics.plan import sql
from ingest import parsed

DAYS_MAX = 60  # a baseline from before is another season's
EPOCH = date(1970, 1, 1)
LEVEL = 0.95
_IDS = ("creative_id", "network", "campaign_id", "country")
_OLD = """
select 1 from {table} where day between $first and $last group by creative_id, network, campaign_id
having count(distinct day) >= $days limit 1
"""
COMPANY = ("scope", "itself")
NOTES = (
    "Beside the others of its scope on the same days. A change of its audience, bid or landing page on that day looks"
    " the same.",
    "Too few others ran along: only its own weekdays are taken out, and a season looks the same.",
)
_SCHEMA = pa.schema([
    *((name, pa.string()) for name in (*_IDS, "metric")), ("days", pa.int64()), ("compared_with", pa.string()),
    *((name, pa.date32()) for name in ("since", "since_low", "since_high")),
    *((name, pa.float64())
      for name in ("before", "after", "decline", "decline_low", "decline_high", "p_value", "q_value")),
    ("fatigued", pa.bool_()), ("note", pa.string()),
])  # fmt: skip
Columns = dict[str, Any]


def creative_fatigue(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> None:
    """Make `creative_fatigue`, unless the fit has it; `through` is the last closed day."""
    if standing.is_there(connection, "creative_fatigue"):
        return
    last = through - timedelta(days=max(int(parameters["maturity_days"]) - 1, 0))
    values = {**parameters, "first": last - timedelta(days=DAYS_MAX - 1), "last": last, "days": DAYS_MIN}
    value = "cvr" if parameters["objective"] == "cpa" else "epc_capped"
    found = [
        judged
        for metric, table, query in (
            ("ctr", "facts_daily", "fatigue_shown"),
            (value, "evidence_days", "fatigue_clicks"),
        )
        if _is_old(connection, table, values) and (judged := _judged(connection, metric, query, values))
    ]
    merged: Columns = {name: [] for name in _SCHEMA.names}
    if found:
        merged = {name: np.concatenate([each[name] for each in found]) for name in _SCHEMA.names}
        q_value, merged["fatigued"] = called(merged["p_value"], merged["decline"], merged["decline_low"])
        merged["q_value"] = np.round(q_value, 9)
    rows = pa.table({name: pa.array(merged[name], _SCHEMA.field(name).type, from_pandas=True) for name in merged})
    connection.register("fatigue_found", rows)
    text = sql("fit", "fatigue")
    parsed.run(connection, f"create table creative_fatigue as\n{text}", standing.bound(text, values))
    connection.unregister("fatigue_found")


def _is_old(connection: duckdb.DuckDBPyConnection, table: str, values: Mapping[str, Any]) -> bool:
    """Whether anything ran long enough; in most young businesses nothing is to be judged, and costs nothing."""
    text = _OLD.format(table=table)
    return bool(parsed.run(connection, text, standing.bound(text, values)).fetchall())


def _judged(
    connection: duckdb.DuckDBPyConnection, metric: str, query: str, values: Mapping[str, Any]
) -> Columns | None:
    """The series of a metric that are old enough, as columns of _SCHEMA but for q_value and fatigued."""
    text = sql("fit", query)
    table = connection.sql(text, params=standing.bound(text, values)).to_arrow_table()
    column = {name: table.column(name).to_numpy() for name in table.column_names if name not in _IDS}
    unit, scope = column["unit"], column["scope"]
    if not len(unit):
        return None
    beside = Company(scope, column["observed_compared"], column["exposure_compared"])
    cells = Cells(column["observed"], column["exposure"], unit, column["day"], (beside,))
    first = np.unique(unit, return_index=True)[1]
    found = judge(cells, len(first), quantile(LEVEL))
    rows = np.flatnonzero((found.days >= DAYS_MIN) & ~np.isnan(found.fall.p_value))
    ids = {name: np.array(table.column(name).take(pa.array(first[rows])).to_pylist(), dtype=object) for name in _IDS}
    return {**ids, "metric": np.full(len(rows), metric, dtype=object), **_told(found, rows)}


def _told(found: Found, rows: Any) -> Columns:
    """What was found of those series."""
    fall, after = found.fall, found.observed[rows] / found.exposure[rows]
    told: Columns = {
        name: np.round(getattr(fall, name)[rows], 9) for name in ("decline", "decline_low", "decline_high", "p_value")
    }
    for name in ("since", "since_low", "since_high"):
        told[name] = np.array([EPOCH + timedelta(days=int(day)) for day in getattr(found, name)[rows]], dtype=object)
    told |= {"days": found.days[rows], "after": np.round(after, 9), "q_value": np.full(len(rows), np.nan),
             "before": np.round(found.expected[rows] / found.exposure[rows], 9)}  # fmt: skip
    company = found.compared[rows]
    return told | {
        "compared_with": np.array([COMPANY[each] for each in company], dtype=object),
        "note": np.array([NOTES[each] for each in company], dtype=object), "fatigued": np.zeros(len(rows), dtype=bool),
    }  # fmt: skip
