"""This module owns models that are worked out anew for some keys only: which keys, and their rows."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from analytics.incremental.ways import way
from analytics.incremental.worlds import same
from analytics.plan import sql

if TYPE_CHECKING:
    from analytics.build import Inputs

DAYS_MAX = 400  # that many days are looked for one by one; of more all are


def keys_of(
    connection: duckdb.DuckDBPyConnection, model: str, tables: Iterable[str], kind: str = "table delta."
) -> None:
    """Make `<model>_keys`: the keys that the rows of some tables name; a column one of them lacks is NULL."""
    found = way(model)
    parts = []
    for table in tables:
        there = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
        parts.append("select " + ", ".join(name if name in there else f"null as {name}" for name in found.keys)
                     + f" from {table}")  # fmt: skip
    listed = ", ".join(f"day + n as {name}" if name == "day" else name for name in found.keys)
    margin = "" if not found.margin else " cross join (select unnest([-1, 0, 1]) as n)"
    query = f"select distinct {listed if margin else '*'} from ({' union all '.join(parts)}) k{margin}"
    types = {name: kind for name, kind, *_ in connection.execute(f"describe work.{model}").fetchall()}
    cast = ", ".join(f"cast({name} as {types[name]}) as {name}" for name in found.keys)
    connection.execute(f"create or replace {kind}{model}_keys as select {cast} from ({query}) q")


def work_out(connection: duckdb.DuckDBPyConnection, model: str, inputs: "Inputs", kind: str = "table delta.") -> None:
    """Make `<model>_out` and `<model>_in` of `<model>_keys`: the rows of these keys in `work`, and anew.

    The models that it reads are looked up in the current database.
    """
    names, text = way(model).keys, sql("models", model)
    bound: dict[str, Any] = {n: value for n, value in inputs.parameters.items() if f"${n}" in text}
    keys = f"{'temp' if 'temp' in kind else 'delta'}.{model}_keys"
    days, condition = _days(connection, keys) if "day" in names else ({}, "true")
    on = same(names, "m", "k")
    connection.execute(
        f"create or replace {kind}{model}_out as select m.* from work.{model} m semi join {keys} k on {on}"
    )
    connection.execute(
        f"create or replace {kind}{model}_in as {_alone(connection, model, keys)}"
        f" select m.* from ({text}\n) m semi join {keys} k on {on} where {condition}",
        bound | days,
    )


def knows(connection: duckdb.DuckDBPyConnection, table: str, names: Iterable[str]) -> bool:
    """Whether a table has at least one of these columns."""
    return not {name for name, *_ in connection.execute(f"describe {table}").fetchall()}.isdisjoint(names)


def _alone(connection: duckdb.DuckDBPyConnection, model: str, keys: str) -> str:
    """In place of the tables that it reads, a model's rows of these keys: before they are added up, and not after."""
    found = way(model)
    narrow = [name for name in found.of if found.alone and knows(connection, f"work.{name}", found.keys)]
    parts = (f"{name} as (select n.* from work.{name} n semi join {keys} k on {same(found.keys, 'n', 'k')})"
             for name in narrow)  # fmt: skip
    return f"with {', '.join(parts)}" if narrow else ""


def _days(connection: duckdb.DuckDBPyConnection, keys: str) -> tuple[dict[str, date], str]:
    """A condition on the day that reaches down to the tables that are read."""
    rows = connection.execute(f"select distinct day from {keys} where day is not null").fetchall()
    days = sorted(row[0] for row in rows)
    if not days or len(days) > DAYS_MAX:
        return {}, "m.day is null" if not days else "true"
    if days[-1] - days[0] == timedelta(days=len(days) - 1):
        return {"first_of": days[0], "last_of": days[-1]}, "(m.day between $first_of and $last_of or m.day is null)"
    named = {f"day_{n}": day for n, day in enumerate(days)}
    return named, f"(m.day in ({', '.join(f'${name}' for name in named)}) or m.day is null)"
