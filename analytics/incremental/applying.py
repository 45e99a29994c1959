"""This module owns writing: every model of work.duckdb moved to what it is now, in one transaction, in build order."""

from typing import TYPE_CHECKING

import duckdb

from analytics.build import run_model
from analytics.fit import evidence, standing
from analytics.fit.steps import closed
from analytics.incremental import touched
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.still import Still
from analytics.incremental.ways import FIRST, grain, way
from analytics.incremental.worlds import NEXT, same
from analytics.plan import MODELS, sql

if TYPE_CHECKING:
    from analytics.build import Inputs


def apply(connection: duckdb.DuckDBPyConnection, inputs: "Inputs", still: Still) -> None:
    """Write every model's differences; the caller holds the transaction. Raises NeedsFullBuildError.

    What is `still` as it was is left alone, and so is what follows from such tables only; it is told of the others.
    """
    compared = {of for model in MODELS for of in way(model).of if way(of).word == "whole"}
    for model in MODELS:
        name = model.removesuffix("()")
        word = way(name).word
        if name in FIRST or word in ("rows", "sums"):
            _take_over(connection, name, still)
        elif word == "keys":
            still.learn(name, not _keys(connection, name, inputs, still))
        elif word in ("whole", "global", "view") and still.follows(model):
            still.learn(name, True)
        elif word == "whole":
            if name in compared:
                connection.execute(f"create or replace temp table {name}_before as from {name}")
            run_model(connection, model, inputs)
        elif word == "global":
            _hold(connection, name, inputs)
        elif model == "fit_paths()" and not standing.holds(connection, closed(inputs), inputs.parameters):
            raise NeedsFullBuildError("the fit of closed days no longer holds")
        elif model == "evidence_days()" and not evidence.holds(connection, closed(inputs), inputs.parameters):
            raise NeedsFullBuildError("the evidence of closed days no longer holds")


def _take_over(connection: duckdb.DuckDBPyConnection, name: str, still: Still) -> None:
    """What the small builds found, or what is known of texts and ads now."""
    if still.holds(name):
        return
    if way(name).word == "whole":
        connection.execute(f"create or replace table {name} as from {NEXT}.{name}")
    else:
        _replace(connection, name, "delta.")


def _replace(connection: duckdb.DuckDBPyConnection, name: str, where: str) -> None:
    out = connection.execute(f"select count(*) from {where}{name}_out").fetchone()
    if out and out[0]:
        connection.execute(f"delete from {name} m using {where}{name}_out d where {same(grain(name), 'm', 'd')}")
    connection.execute(f"insert into {name} by name from {where}{name}_in")


def _keys(connection: duckdb.DuckDBPyConnection, name: str, inputs: "Inputs", still: Still) -> bool:
    """Work out the keys that moved; whether there are any."""
    tables = [table for of in still.moved(way(name).of) for table in _changed(connection, of)]
    if not way(name).of and not still.holds(name):
        tables = [f"delta.{name}_out", f"delta.{name}_in"]
    elif any(_concerns_all(connection, table, name) for table in tables):
        tables = [name, *tables]
    if not tables:
        return False
    touched.keys_of(connection, name, tables, "temp table ")
    touched.work_out(connection, name, inputs, "temp table ")
    _replace(connection, name, "temp.")
    return True


def _concerns_all(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> bool:
    """Whether rows changed that name no key of the model."""
    return not touched.knows(connection, table, way(name).keys) and bool(
        connection.execute(f"select 1 from {table} limit 1").fetchall()
    )


def _changed(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Tables of the rows that were moved: by now it is written."""
    word = way(name).word
    if word != "whole":
        where = "temp" if word == "keys" else "delta"
        return [f"{where}.{name}_out", f"{where}.{name}_in"]
    for kind, one, other in (("out", f"{name}_before", name), ("in", name, f"{name}_before")):
        connection.execute(f"create or replace temp table {name}_{kind} as from {one} except from {other}")
    return [f"temp.{name}_out", f"temp.{name}_in"]


def _hold(connection: duckdb.DuckDBPyConnection, name: str, inputs: "Inputs") -> None:
    """What concerns everybody has to be as it was."""
    text = sql("models", name)
    bound = {n: value for n, value in inputs.parameters.items() if f"${n}" in text}
    connection.execute(f"create or replace temp table {name}_now as {text}", bound)
    for one, other in ((f"temp.{name}_now", name), (name, f"temp.{name}_now")):
        if connection.execute(f"select 1 from (from {one} except from {other}) d limit 1").fetchone():
            raise NeedsFullBuildError(f"{name} changed, and it concerns everybody")
