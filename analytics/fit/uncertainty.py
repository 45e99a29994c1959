"""This module owns the uncertainty of credit: a Poisson bootstrap over visitors, and the mark "robust".

SQL adds up each rule's credit by bins of visitors; here every bin is drawn again Poisson(1) times, `DRAWS` times over,
and the middle 95 % of the sums is the interval (Chamandy et al., Estimating uncertainty for massive data, 2012).
Only sums cross the border, and they are whole millionths: the result is the same on every run.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy import sparse

from analytics.aggregated import Floats, Ints
from analytics.fit import standing
from analytics.plan import sql
from ingest import parsed

BINS = 1_024
DRAWS = 400  # ten draws lie beyond each end of the interval
SEED = 20_261_126
_CREDITS_AT_ONCE = 1_000_000  # of more, one rule after the other
_ROWS_AT_ONCE = 20_000  # 64 MB of draws
_KEYS = ("rule", "window_days", "touch_types", "conversion_kind", "creative_id")
_RULES = "select rule from rules order by rule"
_GROUPS = """
create or replace temp table fit_groups as
select *, row_number() over (order by rule, window_days, touch_types, conversion_kind, creative_id) - 1 as g
from (select distinct rule, window_days, touch_types, conversion_kind, creative_id from fit_sums) keys
"""
_CELLS = """
select g.g, s.bin, s.conversions, s.revenue from fit_sums s join fit_groups g
  on g.rule = s.rule and g.window_days = s.window_days and g.touch_types = s.touch_types
  and g.conversion_kind = s.conversion_kind and g.creative_id = s.creative_id
"""
_GONE = """
select 1 from creative_rules anti join facts_daily using (creative_id) anti join identified using (creative_id)
anti join laddered using (creative_id) limit 1
"""
_MONEY = pa.decimal128(38, 6)


def creative_rules(connection: duckdb.DuckDBPyConnection, through: date) -> None:
    """Make `creative_rules`, unless the fit has it and knows no creative that is gone."""
    if standing.is_there(connection, "creative_rules") and parsed.run(connection, _GONE).fetchone() is None:
        return
    values: Mapping[str, Any] = {"through": through, "bins": BINS}
    rules = [rule for (rule,) in connection.execute(_RULES).fetchall()]
    small = (connection.execute("select count(*) from credits").fetchone() or (0,))[0] <= _CREDITS_AT_ONCE
    batches = [rules] if small else [[rule] for rule in rules]
    drawn = [_drawn(connection, {**values, "rules": batch}) for batch in batches]
    connection.register("drawn_arrow", pa.concat_tables(drawn))
    text = sql("fit", "rules_of_creatives")
    parsed.run(connection, f"create or replace table creative_rules as\n{text}", standing.bound(text, values))
    connection.unregister("drawn_arrow")


def intervals(group: Ints, bins: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """(sum, lower end, upper end) per group 0, 1, … of amounts that lie in bins; an end is a sum that was drawn.

    Exact as long as a sum times a few draws stays below 2^53: nine billion units of money in millionths.
    """
    size = int(group.max()) + 1 if len(group) else 0
    cells = sparse.csr_matrix((amounts.astype(np.float64), (group, bins)), shape=(size, BINS))
    low, high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for begin in range(0, size, _ROWS_AT_ONCE):
        drawn = cells[begin : begin + _ROWS_AT_ONCE] @ _draws()
        drawn.partition([DRAWS // 40, DRAWS - 1 - DRAWS // 40], axis=1)
        low[begin : begin + _ROWS_AT_ONCE] = drawn[:, DRAWS // 40]
        high[begin : begin + _ROWS_AT_ONCE] = drawn[:, DRAWS - 1 - DRAWS // 40]
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, group, amounts)
    return total, low, high


@cache
def _draws() -> Floats:
    """How often each bin is drawn, shape (bins, draws): the same numbers on every run."""
    return np.random.default_rng(SEED).poisson(1.0, (BINS, DRAWS)).astype(np.float64)


def _drawn(connection: duckdb.DuckDBPyConnection, values: Mapping[str, Any]) -> pa.Table:
    """One row per rule, window, touch types, kind and creative, with both measures and their intervals."""
    text = sql("fit", "sums")
    parsed.run(connection, f"create or replace temp table fit_sums as\n{text}", standing.bound(text, values))
    parsed.run(connection, _GROUPS)
    keys = connection.sql("select * from fit_groups order by g").to_arrow_table()
    cells = connection.sql(_CELLS).to_arrow_table()
    group, bins = (cells.column(name).to_numpy().astype(np.int64) for name in ("g", "bin"))
    of_all = np.array([kind == "*" for kind in keys.column("conversion_kind").to_pylist()], dtype=bool)
    columns = {name: keys.column(name) for name in _KEYS}
    for measure, missing in (("conversions", of_all), ("revenue", np.zeros(len(keys), dtype=bool))):
        amounts = cells.column(measure).to_numpy().astype(np.int64)
        for suffix, values_of in zip(("", "_low", "_high"), intervals(group, bins, amounts), strict=True):
            columns[measure + suffix] = _decimals(values_of, missing)
    for table in ("fit_groups", "fit_sums"):
        connection.execute(f"drop table {table}")
    return pa.table(columns)


def _decimals(millionths: Ints, missing: Any) -> pa.Array:
    """Whole millionths as DECIMAL(38, 6); NULL where `missing`."""
    words = np.zeros((len(millionths), 2), dtype=np.int64)  # a decimal128 is two little-endian words
    words[:, 0], words[:, 1] = millionths, np.where(millionths < 0, -1, 0)
    bits = np.packbits(~missing, bitorder="little")
    return pa.Array.from_buffers(_MONEY, len(millionths), [pa.py_buffer(bits), pa.py_buffer(words)])
