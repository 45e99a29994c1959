"""This module owns what a build was made of, kept beside its tables, and what of the record is new since.

The record's tables only grow between two loads, row by row; what takes rows out, or writes them anew (a replay, an
item that lost its key, a person forgotten, a record rebuilt), shows in a sum over the rows that were there.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.ways import PYTHON
from analytics.inputs.joined import TABLES
from analytics.plan import MODELS, sql

if TYPE_CHECKING:
    from analytics.build import Inputs

TABLE = "built_from"
WATCHED = ("interactions", "reports", "settlements")
_SEEN = """
select count(*), coalesce(max(rowid), -1), coalesce(bit_xor(hash(rowid, key_hash, content_hash{more})), 0)::varchar,
  coalesce(max(received_at) > $received_to, false)
from record.{table} where rowid > $after and rowid <= $upto
"""
# Who was forgotten keeps their rows, without their visitor; the decision says it, too.
_MORE = {"interactions": ", visitor"}
_RULES = """
select coalesce(string_agg(distinct rules, ' ' order by rules), '') || ' ' || (
  select count(*) from record.decisions where kind in ('rules', 'forget')) from record.creative_variants
"""
_MANY = 2**62


@dataclass(frozen=True, slots=True)
class Baseline:
    """The last build: its moment, everything it depended on besides rows, and per table (rows, last rowid, sum)."""

    as_of: datetime
    received_to: datetime
    settings: str
    program: str
    rules: str
    seen: dict[str, tuple[int, int, str]]
    ahead: bool  # rows that a clock ahead dated later than the build looked

    def last(self, table: str) -> int:
        """The last rowid of a table of the record that was built from."""
        return self.seen[table][1]


def note(connection: duckdb.DuckDBPyConnection, inputs: "Inputs", before: Baseline | None = None) -> None:
    """Keep what the tables in the current database were just made of; the record is attached as `record`.

    `before` is the last build, where `last_build` has just seen that its rows are as they were: only rows behind them
    are read.
    """
    now = _now(connection, inputs) if before is None else _added(before, _now(connection, inputs, after=before))
    connection.execute(f"create or replace table {TABLE} (as_of timestamp, received_to timestamp, settings varchar,"
                       " program varchar, rules varchar, ahead boolean, name varchar, n bigint, last bigint,"
                       " sum varchar)")  # fmt: skip
    for table, (rows, last, total) in now.seen.items():
        connection.execute(
            f"insert into {TABLE} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [now.as_of, now.received_to, now.settings, now.program, now.rules, now.ahead, table, rows, last, total],
        )


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """What is being made is made of nothing yet: a build that ends early is no ground for the next."""
    connection.execute(f"drop table if exists {TABLE}")


def last_build(connection: duckdb.DuckDBPyConnection, inputs: "Inputs") -> Baseline:
    """What the tables of `work` were made of, where only rows were added since.

    Raises NeedsFullBuildError with the reason where something else is new.
    """
    try:
        rows = connection.execute(f"select * from work.{TABLE}").fetchall()
    except duckdb.CatalogException:
        rows = []
    if len(rows) != len(WATCHED):
        raise NeedsFullBuildError("nothing whole was built before")
    as_of, received_to, settings, program, rules, ahead = rows[0][:6]
    seen = {name: (n, last, total) for *_, name, n, last, total in rows}
    before = Baseline(as_of, received_to, settings, program, rules, seen, ahead)
    now = _now(connection, inputs, upto=before)
    reasons = {
        "the program is another one": now.program != before.program,
        "the settings or rates are others": now.settings != before.settings,
        "texts are normalised by other rules, or somebody was forgotten": now.rules != before.rules,
        "a clock ran ahead": before.ahead or now.ahead,
        "a day began, or a clock was set back": now.as_of < before.as_of or not _same_day(before, inputs),
        "rows of the record were taken out or written anew": now.seen != before.seen,
    }
    for reason, is_so in reasons.items():
        if is_so:
            raise NeedsFullBuildError(reason)
    return before


def _same_day(before: Baseline, inputs: "Inputs") -> bool:
    return replace(inputs, as_of=before.as_of).today == inputs.today


def _added(before: Baseline, since: Baseline) -> Baseline:
    """The last build's rows with those behind them: sums by exclusive or join like sets that share nothing."""
    seen = {}
    for table, (rows, last, total) in before.seen.items():
        more, newest, added = since.seen[table]
        seen[table] = (rows + more, max(last, newest), str(int(total) ^ int(added)))
    return replace(since, seen=seen)


def _now(
    connection: duckdb.DuckDBPyConnection,
    inputs: "Inputs",
    upto: Baseline | None = None,
    after: Baseline | None = None,
) -> Baseline:
    """What is there now; of the rows up to the last of one build, or behind the last of one."""
    bound = inputs.parameters
    seen, ahead = {}, False
    for table in WATCHED:
        values = {"received_to": bound["received_to"], "upto": upto.last(table) if upto else _MANY,
                  "after": after.last(table) if after else -1}  # fmt: skip
        *found, is_ahead = connection.execute(
            _SEEN.format(table=table, more=_MORE.get(table, "")), values
        ).fetchone() or (0, -1, "0", False)
        seen[table], ahead = tuple(found), ahead or bool(is_ahead)
    rules = connection.execute(_RULES).fetchone() or ("",)
    return Baseline(bound["as_of"], bound["received_to"], _settings(connection, inputs), _program(), rules[0], seen,
                    ahead)  # fmt: skip


def _settings(connection: duckdb.DuckDBPyConnection, inputs: "Inputs") -> str:
    """Every setting and rate that a model reads."""
    bound = {name: value for name, value in inputs.parameters.items() if name not in ("as_of", "received_to", "today")}
    joined = [connection.execute(f"from {table} order by all").fetchall() for table in TABLES]
    return hashlib.sha256(repr((sorted(bound.items()), joined, inputs.settings.attribution)).encode()).hexdigest()


@cache
def _program() -> str:
    """The models themselves: another release has other ones."""
    texts = [model if model.endswith("()") else sql("models", model) for model in MODELS]
    return hashlib.sha256(repr((texts, sorted(PYTHON.items()))).encode()).hexdigest()
