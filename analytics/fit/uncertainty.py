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

from analytics.fit import standing
from analytics.fit.aggregated import Floats, Ints
from analytics.plan import sql
from analytics.ruling import rules
from ingest import parsed

BINS = 1_024
DRAWS = 400  # ten draws lie beyond each end of the interval
SEED = 20_261_126
_ROWS_AT_ONCE = 20_000  # 64 MB of draws
_KEYS = ("window_days", "touch_types", "conversion_kind", "creative_id")
_GROUPS = """
create or replace temp table fit_groups as
select *, row_number() over (order by window_days, touch_types, conversion_kind, creative_id) - 1 as g
from (select distinct window_days, touch_types, conversion_kind, creative_id from fit_sums) keys
"""
_CELLS = """
create or replace temp table fit_cells as
select cast(g.g * {bins} + s.bin as bigint) as cell, s.* from fit_sums s join fit_groups g
  on g.window_days = s.window_days and g.touch_types = s.touch_types and g.conversion_kind = s.conversion_kind
  and g.creative_id = s.creative_id
"""
# What a rule gives nobody has no amount, and 0 is an amount.
_OF_RULE = """
select cell, coalesce({rule}_conversions, 0) as conversions, {rule}_revenue as revenue
from fit_cells where {rule}_revenue is not null
"""
_GONE = """
select 1 from creative_rules anti join facts_daily using (creative_id) anti join identified using (creative_id) limit 1
"""
_MONEY = pa.decimal128(38, 6)


def creative_rules(connection: duckdb.DuckDBPyConnection, through: date) -> None:
    """Make `creative_rules`, unless the fit has it and knows no creative that is gone."""
    if standing.is_there(connection, "creative_rules") and parsed.run(connection, _GONE).fetchone() is None:
        return
    values: Mapping[str, Any] = {"through": through, "bins": BINS}
    drawn = _drawn(connection, values)
    connection.register("drawn_arrow", drawn)
    text = sql("fit", "rules_of_creatives")
    parsed.run(connection, f"create or replace table creative_rules as\n{text}", standing.bound(text, values))
    connection.unregister("drawn_arrow")


def intervals(cells: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """(sum, lower end, upper end) per group of amounts in cells; an end is a sum that was drawn.

    A cell is group * BINS + bin; cells ascend, and groups that have none are not there. Exact as long as a sum times a
    few draws stays below 2^53: nine billion units of money in millionths.
    """
    begins = np.flatnonzero(np.diff(cells // BINS, prepend=-1))
    size, ends = len(begins), np.append(begins, len(cells))
    low, high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    if not size:
        return low, low, high
    sums = sparse.csr_matrix((amounts.astype(np.float64), cells % BINS, ends), shape=(size, BINS))
    for begin in range(0, size, _ROWS_AT_ONCE):
        drawn = sums[begin : begin + _ROWS_AT_ONCE] @ _draws()
        drawn.partition([DRAWS // 40, DRAWS - 1 - DRAWS // 40], axis=1)
        low[begin : begin + _ROWS_AT_ONCE] = drawn[:, DRAWS // 40]
        high[begin : begin + _ROWS_AT_ONCE] = drawn[:, DRAWS - 1 - DRAWS // 40]
    return np.add.reduceat(amounts, begins), low, high


@cache
def _draws() -> Floats:
    """How often each bin is drawn, shape (bins, draws): the same numbers on every run."""
    return np.random.default_rng(SEED).poisson(1.0, (BINS, DRAWS)).astype(np.float64)


def _drawn(connection: duckdb.DuckDBPyConnection, values: Mapping[str, Any]) -> pa.Table:
    """One row per rule, window, touch types, kind and creative, with both measures and their intervals."""
    text = sql("fit", "sums")
    parsed.run(connection, f"create or replace temp table fit_sums as\n{text}", standing.bound(text, values))
    parsed.run(connection, _GROUPS)
    parsed.run(connection, _CELLS.format(bins=BINS))
    keys = connection.sql("select * from fit_groups order by g").to_arrow_table()
    every = [each.rule for each in rules.every()]
    drawn = [_of_rule(rule, keys, connection.sql(_OF_RULE.format(rule=rule)).to_arrow_table()) for rule in every]
    for table in ("fit_cells", "fit_groups", "fit_sums"):
        connection.execute(f"drop table {table}")
    return pa.concat_tables(drawn)


def _of_rule(rule: str, keys: pa.Table, told: pa.Table) -> pa.Table:
    """The same of one rule, whose amounts lie in cells."""
    order = np.argsort(told.column("cell").to_numpy())
    cells = told.column("cell").to_numpy()[order]
    new = np.diff(cells // BINS, prepend=-1) > 0
    groups, which = cells[new] // BINS, np.cumsum(new) - 1
    taken = keys.take(pa.array(groups))
    of_all = np.array([kind == "*" for kind in taken.column("conversion_kind").to_pylist()], dtype=bool)
    columns = {"rule": pa.array([rule] * len(groups), pa.string()), **{name: taken.column(name) for name in _KEYS}}
    # Of all kinds together only money is added up.
    for measure, missing in (("conversions", of_all), ("revenue", np.zeros(len(groups), dtype=bool))):
        there = ~missing[which]
        amounts = told.column(measure).to_numpy()[order][there]
        for suffix, found in zip(("", "_low", "_high"), intervals(cells[there], amounts), strict=True):
            filled = np.zeros(len(groups), dtype=np.int64)
            filled[~missing] = found
            columns[measure + suffix] = _decimals(filled, missing)
    return pa.table(columns)


def _decimals(millionths: Ints, missing: Any) -> pa.Array:
    """Whole millionths as DECIMAL(38, 6); NULL where `missing`."""
    words = np.zeros((len(millionths), 2), dtype=np.int64)  # a decimal128 is two little-endian words
    words[:, 0], words[:, 1] = millionths, np.where(millionths < 0, -1, 0)
    bits = np.packbits(~missing, bitorder="little")
    return pa.Array.from_buffers(_MONEY, len(millionths), [pa.py_buffer(bits), pa.py_buffer(words)])
