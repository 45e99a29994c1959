"""This module owns what a fit hands to the ledger: how a conversion is split by Markov and by Shapley weights."""

import duckdb
import numpy as np
import pyarrow as pa

from analytics.fit import standing
from analytics.fit.aggregated import Ints
from analytics.fit.markov import effects, ledger_weights
from analytics.fit.paths import numbered, read, read_sets
from analytics.fit.shapley import ledger_weights as shapley_weights
from analytics.fit.shapley import sets_of
from ingest import parsed

STATES_MAX = 1_000  # creatives with a state of their own; a chain of 1,001 states is solved in 0.2 s (one run)
_MARKOV = """
create or replace table markov_weights as
select w.conversion_kind, c.creative_id, w.weight from weights_arrow w join fit_creatives c on c.n = w.n
"""
_SHAPLEY = """
create or replace table shapley_weights as
with named as (
  select w.conversion_kind, w.set_number, c.creative_id, w.weight, c.n
  from weights_arrow w join fit_creatives c on c.n = w.n),
sets as (
  select set_number, list(creative_id order by n) as creatives from named group by set_number)
select n.conversion_kind, s.creatives, n.creative_id, n.weight from named n join sets s on s.set_number = n.set_number
"""


def markov(connection: duckdb.DuckDBPyConnection, states_max: int = STATES_MAX) -> None:
    """Make `markov_weights`, unless the fit has it: null journeys counted, order 1."""
    if standing.is_there(connection, "markov_weights"):
        return
    columns: list[tuple[str, Ints, Ints]] = []
    for kind, paths, names in read(connection):
        mapped = paths.kept(states_max)
        removal = effects(paths.mapped(mapped, min(paths.size, states_max + 1))).removal
        converted, null = paths.touches()
        weights = ledger_weights(removal, mapped, converted + null)
        columns.append((kind, names, weights))
    table = {
        "conversion_kind": _repeated([(kind, len(names)) for kind, names, _ in columns]),
        "n": _joined([names for _, names, _ in columns]), "weight": _joined([weights for _, _, weights in columns]),
    }  # fmt: skip
    _create(connection, _MARKOV, table)


def shapley(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `shapley_weights`, unless the fit has it: of every set that a goal is credited over."""
    if standing.is_there(connection, "shapley_weights"):
        return
    columns: list[tuple[str, Ints, Ints, Ints]] = []
    before, sets = 0, read_sets(connection)
    for kind, paths, names in read(connection):
        if kind not in sets:
            continue
        wanted = numbered(sets[kind], names)
        weights = shapley_weights(wanted, sets_of(paths))
        at = np.repeat(np.arange(before, before + len(wanted.sizes)), wanted.sizes)
        before += len(wanted.sizes)
        columns.append((kind, at, sets[kind][1], weights))
    table = {
        "conversion_kind": _repeated([(kind, len(at)) for kind, at, _, _ in columns]),
        "set_number": _joined([at for _, at, _, _ in columns]), "n": _joined([numbers for _, _, numbers, _ in columns]),
        "weight": _joined([weights for _, _, _, weights in columns]),
    }  # fmt: skip
    _create(connection, _SHAPLEY, table)


def _create(connection: duckdb.DuckDBPyConnection, query: str, columns: dict[str, pa.Array]) -> None:
    connection.register("weights_arrow", pa.table(columns))
    parsed.run(connection, query)
    connection.unregister("weights_arrow")


def _repeated(runs: list[tuple[str, int]]) -> pa.Array:
    values = pa.array([kind for kind, _ in runs], pa.string())
    which = np.repeat(np.arange(len(runs)), [count for _, count in runs]) if runs else np.zeros(0, dtype=np.int64)
    return values.take(pa.array(which, pa.int64()))


def _joined(parts: list[Ints]) -> pa.Array:
    return pa.array(np.concatenate([np.zeros(0, dtype=np.int64), *parts]), pa.int64())
