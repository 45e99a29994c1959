"""This module owns the incremental refresh: the record and a moment in; work.duckdb as a full build has it out.

1. `baseline`: what is new, and nothing else is.
2. `near`, `identity`, `statements`: which rows of old may count otherwise for it, until nothing is added.
3. `worlds`: the same models over these rows, as they were and as they are.
4. `applying`: what differs is written, in one transaction, with the checks inside. A failure leaves all as it was.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from analytics.build import Inputs
from analytics.incremental import applying, baseline, checking, moves, statements
from analytics.incremental.baseline import Baseline
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.identity import Identity
from analytics.incremental.moves import Moves
from analytics.incremental.near import Near
from analytics.incremental.ways import in_worlds
from analytics.incremental.worlds import Worlds
from analytics.inputs.exchange_rates import rates
from analytics.inputs.joined import settings_tables
from analytics.work import engine
from analytics.work.attaching import attach_patiently

AGE_BUCKETS = (0, 1, 2, 3, 7, 14, 28)  # of click_cohorts
_DAY_US = 86_400_000_000
# Statements are small below: a second thread costs a tenth more of the processor, and the other core has its own work
# (2.35 and 2.1 s with 100,000 interactions behind). Above, looks through everything take most of it.
ONE_THREAD_ROWS = 2_000_000
# Clicks that grew old enough for another bucket of the cohorts since the last build.
_AGED = f"""
select e.key_hash from work.events e semi join (
  select sender, id from work.click_outcomes o where {
    " or ".join(
        f"(occurred_us > $was - {days * _DAY_US} and occurred_us <= $now - {days * _DAY_US})" for days in AGE_BUCKETS
    )
}) o
  on o.sender = e.sender and o.id = e.id
where e.type = 'click'
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a refresh is worth it: a record of some size, of which the news touch no large part."""

    rows_min: int = 60_000
    share_max: float = 0.2
    near_max: int = 400_000


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: rows that are new, how many it looked at for their sake, and what it moved of the marts."""

    news: int
    near: int
    moves: Moves = field(default_factory=dict, compare=False, repr=False)


def refresh_incrementally(
    work: Path, record: Path, inputs: Inputs, limits: Limits | None = None, check_all: bool = False
) -> Refreshed:
    """Move `work` from its last build to `inputs`. Raises NeedsFullBuildError, CheckFailedError, duckdb.Error.

    Whatever is raised, the tables of the last build are as they were. `check_all`: checks look at every row.
    """
    connection = duckdb.connect()
    try:
        connection.execute("set timezone = 'UTC'")
        engine.limit(connection, inputs.settings.refresh, beside=work)
        attach_patiently(connection, work, "work")
        connection.execute(f"attach '{_quoted(record)}' as record (read_only)")
        return _refresh(connection, inputs, limits or Limits(), check_all)
    finally:
        connection.close()


def _refresh(connection: duckdb.DuckDBPyConnection, inputs: Inputs, limits: Limits, check_all: bool) -> Refreshed:
    base = _last_build(connection, inputs)
    if base.seen["interactions"][0] < ONE_THREAD_ROWS:
        connection.execute("set threads = 1")
    connection.execute("use work")
    before = replace(inputs, as_of=base.as_of, received_to=base.received_to)
    last = {table: base.last(table) for table in base.seen}
    news, near = _news(connection, base, limits)
    worlds = Worlds(connection, before, inputs, last)
    worlds.begin()
    near.begin()
    statements.begin(connection, last)
    worlds.see_rows()
    Identity(connection, near, worlds, inputs).settle()
    _gather(near, before, inputs)
    worlds.run(in_worlds())
    checking.get_ready(worlds)
    connection.execute("begin")
    try:
        applying.apply(connection, inputs, worlds.still)
        checking.check(connection, inputs, worlds, check_all)
        baseline.note(connection, inputs, base)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("checkpoint work")
    return Refreshed(news, near.count(), moves.taken(connection, worlds.still))


def _last_build(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> Baseline:
    connection.execute("attach ':memory:' as scratch")
    connection.execute("use scratch")
    settings_tables(connection, inputs.settings, rates(inputs.settings) if inputs.rates is None else inputs.rates)
    return baseline.last_build(connection, inputs)


def _news(connection: duckdb.DuckDBPyConnection, base: Baseline, limits: Limits) -> tuple[int, Near]:
    """How much is new, and room for what it touches; a small record is sooner built anew."""
    before = base.seen["interactions"][0]
    row = connection.execute(
        "select (select count(*) from record.interactions) + (select count(*) from record.reports)"
        " + (select count(*) from record.settlements)"
    ).fetchone()
    news = int(row[0]) - sum(rows for rows, *_ in base.seen.values()) if row else 0
    if before < limits.rows_min:
        raise NeedsFullBuildError("the record is small")
    rows_max = min(max(int(before * limits.share_max), 1000), limits.near_max)
    if news > rows_max:
        raise NeedsFullBuildError(f"{news:,} rows are new")
    return news, Near(connection, base.last("interactions"), rows_max)


def _gather(near: Near, before: Inputs, after: Inputs) -> None:
    """All that is near, beyond what reads otherwise itself: who shares its money, its visitors, its costs."""
    timezone = after.settings.timezone
    statements.report_days(near.connection, timezone)
    statements.share_settlements(near)
    near.add(_AGED, {"was": _micros(before), "now": _micros(after)})
    near.spread(visitors=True)
    statements.share_costs(near, timezone)


def _micros(inputs: Inputs) -> int:
    return (inputs.as_of - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 (stored times are naive)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
