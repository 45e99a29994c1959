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

BINS = 1_024
DRAWS = 400  # ten draws lie beyond each end of the interval
SEED = 20_261_126
_ROWS_AT_ONCE = 20_000  # 64 MB of draws
_KEYS = ("rule", "window_days", "touch_types", "conversion_kind", "creative_id")
_GONE = """
select 1 from creative_rules r
anti join (select creative_id from facts_daily union select creative_id from identified) k using (creative_id) limit 1
"""
_MONEY = pa.decimal128(38, 6)


def creative_rules(connection: duckdb.DuckDBPyConnection, through: date) -> None:
    """Make `creative_rules`, unless the fit has it and knows no creative that is gone."""
    if standing.is_there(connection, "creative_rules") and connection.execute(_GONE).fetchone() is None:
        return
    values: Mapping[str, Any] = {"through": through, "bins": BINS}
    text = sql("fit", "sums")
    sums = connection.sql(text, params=standing.bound(text, values)).to_arrow_table()
    connection.register("drawn_arrow", _drawn(sums))
    text = sql("fit", "rules_of_creatives")
    connection.execute(f"create or replace table creative_rules as\n{text}", standing.bound(text, values))
    connection.unregister("drawn_arrow")


def intervals(group: Ints, bins: Ints, amounts: Ints) -> tuple[Ints, Ints, Ints]:
    """(sum, lower end, upper end) per group 0, 1, … of amounts that lie in bins; an end is a sum that was drawn.

    Exact as long as a sum times a few draws stays below 2^53: nine billion units of money in millionths.
    """
    size = int(group.max()) + 1 if len(group) else 0
    cells = sparse.csr_matrix((amounts.astype(np.float64), (group, bins)), shape=(size, BINS))
    low, high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for begin in range(0, size, _ROWS_AT_ONCE):
        drawn = np.sort(cells[begin : begin + _ROWS_AT_ONCE] @ _draws(), axis=1)
        low[begin : begin + _ROWS_AT_ONCE] = drawn[:, DRAWS // 40]
        high[begin : begin + _ROWS_AT_ONCE] = drawn[:, DRAWS - 1 - DRAWS // 40]
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, group, amounts)
    return total, low, high


@cache
def _draws() -> Floats:
    """How often each bin is drawn, shape (bins, draws): the same numbers on every run."""
    return np.random.default_rng(SEED).poisson(1.0, (BINS, DRAWS)).astype(np.float64)


def _drawn(sums: pa.Table) -> pa.Table:
    """One row per group of `sums`, which is ordered by its keys, with both measures and their intervals."""
    group, first = _groups(sums)
    bins = sums.column("bin").to_numpy().astype(np.int64)
    columns = {name: sums.column(name).take(pa.array(first)) for name in _KEYS}
    of_all = np.array([kind == "*" for kind in columns["conversion_kind"].to_pylist()], dtype=bool)
    for measure in ("conversions", "revenue"):
        amounts = sums.column(measure).fill_null(0).to_numpy().astype(np.int64)
        missing = of_all if measure == "conversions" else np.zeros(len(first), dtype=bool)
        for suffix, values in zip(("", "_low", "_high"), intervals(group, bins, amounts), strict=True):
            columns[measure + suffix] = _decimals(values, missing)
    return pa.table(columns)


def _groups(sums: pa.Table) -> tuple[Ints, Ints]:
    """(the group of each row, the first row of each group)."""
    begins = np.zeros(len(sums), dtype=bool)
    begins[:1] = True
    for name in _KEYS:
        codes = sums.column(name).combine_chunks().dictionary_encode()
        codes = codes.combine_chunks() if hasattr(codes, "combine_chunks") else codes
        numbers = codes.indices.to_numpy()
        begins[1:] |= numbers[1:] != numbers[:-1]
    return (np.cumsum(begins) - 1).astype(np.int64), np.flatnonzero(begins).astype(np.int64)


def _decimals(millionths: Ints, missing: Any) -> pa.Array:
    """Whole millionths as DECIMAL(38, 6); NULL where `missing`."""
    words = np.zeros((len(millionths), 2), dtype=np.int64)  # a decimal128 is two little-endian words
    words[:, 0], words[:, 1] = millionths, np.where(millionths < 0, -1, 0)
    bits = np.packbits(~missing, bitorder="little")
    return pa.Array.from_buffers(_MONEY, len(millionths), [pa.py_buffer(bits), pa.py_buffer(words)])
