"""This module owns builds of only what a test asks for: a table, what it is made of, and the checks over just that.

A whole build of a tiny world takes 0.7 s of the processor, and most tests look at one mart: it is made of a third to
a half of the models, and of none of the slow fits. `WHOLE_BUILDS=1` builds everything in each test all the same:
`make test-long` does, so that every little world still goes through every model and every check.
"""

import itertools
import os
import re
import weakref
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from analytics.build import Inputs, run_checks, run_model
from analytics.inputs.exchange_rates import rates
from analytics.inputs.joined import TABLES, settings_tables
from analytics.plan import CHECKS, MODELS, header, sql
from analytics.work import engine

WHOLE = bool(os.environ.get("WHOLE_BUILDS"))
# What the steps made in Python read; whoever asks for another one has everything built.
_PYTHON = {
    "ad_identities": ("ad_text_days", "ads_known", "reports_now"),
    "settlement_beneath": ("settlements_now",),
    "fit_paths": (
        "click_spine",
        "credit_scopes",
        "experiment_arms",
        "goal_touches",
        "goals",
        "laddered",
        "path_touches",
    ),
    "paths": ("fit_paths",),
    "markov_weights": ("fit_paths", "paths"),
    "shapley_weights": ("fit_paths", "paths"),
    "creative_removal_effects": ("fit_paths", "paths"),
    "fits": ("fit_paths", "paths"),
    "caps": ("click_outcomes",),
    "creative_rules": ("credit_scopes", "facts_daily", "goal_touches", "goals", "touch_credits"),
}
_NAMES = tuple(model.removesuffix("()") for model in MODELS)


@cache
def needed(table: str) -> frozenset[str]:
    """The models that a table is made of, itself among them; all of them where a step does not say what it reads."""
    if table not in _NAMES:
        return frozenset()
    if f"{table}()" not in MODELS:
        reads: tuple[str, ...] | None = header(sql("models", table)).reads
    else:
        reads = _PYTHON.get(table)
    if reads is None:
        return frozenset(_NAMES)
    return frozenset({table}).union(*(needed(each) for each in reads))


class OnDemand:
    """The models of one set of books as of a moment, in memory, each made when a query first needs it."""

    def __init__(self, record: Path, inputs: Inputs) -> None:
        """`record` may change only after the last query."""
        self._record, self._inputs = record, inputs
        self._made: set[str] = set()
        self._checked: set[str] = set()
        self._connection = _engine().cursor()
        name = f"world_{next(_worlds)}"
        self._connection.execute(f"attach ':memory:' as {name}").execute(f"use {name}")
        weakref.finalize(self, _forget, self._connection, name)
        self._connection.execute("set timezone = 'UTC'")
        settings_tables(self._connection, inputs.settings, rates(inputs.settings))

    def execute(self, query: str, values: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Like a connection's, after all is made that the query names. Raises CheckFailedError, duckdb.Error.

        What it answers can be read as long as the models are held.
        """
        missing = frozenset[str]().union(*(needed(word) for word in re.findall(r"\w+", query))) - self._made
        if missing:
            self._make(missing)
        return self._connection.execute(query, list(values))

    def _make(self, missing: frozenset[str]) -> None:
        quoted = str(self._record).replace("'", "''")
        self._connection.execute(f"attach '{quoted}' as record (read_only)")
        try:
            for model in MODELS:
                if model.removesuffix("()") in missing:
                    run_model(self._connection, model, self._inputs)
            self._made |= missing
            there = self._made | set(TABLES)
            due = [check for check in CHECKS if check not in self._checked and _reads(check) <= there]
            run_checks(self._connection, self._inputs, due)
            self._checked |= set(due)
        finally:
            self._connection.execute("detach record")


_worlds = itertools.count()


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One DuckDB for all worlds of a worker, each a database of its own: to start one takes 20 ms of the processor."""
    connection = duckdb.connect(config={"threads": 1})
    engine.limit(connection)
    return connection


def _forget(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.close()
    _engine().execute(f"detach {name}")


@cache
def _reads(check: str) -> frozenset[str]:
    return frozenset(table for table in header(sql("checks", check)).reads if not table.startswith("record."))
