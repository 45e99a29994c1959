"""This module owns one step: which days it closes, what changed of closed ones, and what can have changed it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from analytics.build import Inputs
from analytics.history import marts
from analytics.history.file import SCHEMA_VERSION
from analytics.history.sql import run
from analytics.plan import MODELS, sql
from analytics.track_record import making as track_record
from analytics.track_record.cohorts import Frame

QUIET_SECONDS = 120.0
IN_TIME = timedelta(hours=1)  # a closing after that is no longer what was said when the day ended
# Inputs that judge numbers, and do not make them.
_NOT_NUMBERS = ("as_of", "received_to", "today", "target", "objective", "maturity_days", "conversion_kind",
                "thresholds")  # fmt: skip
_MARK = "select * from history.mark"
_RECORD = """
select coalesce((select max(received_at) from (
    select received_at from record.interactions union all select received_at from record.reports
    union all select received_at from record.settlements
    union all select received_at from record.ads where origin = 'posted')), timestamp '1970-01-01') as received_to,
  (select coalesce(max(load_id), 0) from record.loads) as load_id,
  (select count(*) from record.superseded) as superseded
"""
# Settings that models join: only what is not as it is for everyone, so that one more sender is no other setting.
_JOINED = (
    "select sender, timezone, settles from senders where settles <> sender or timezone <> 'UTC' order by sender",
    "select conversion_kind, sender from record_senders order by conversion_kind",
    "select currency, first_day, rate from rates order by currency, first_day",
    "select conversion_kind, window_days, touch_types, view_days, headline from windows order by all",
)
Days = tuple[date, date]
_DECISIONS = "select kind, count(*) from record.decisions group by kind order by kind"


@dataclass(frozen=True, slots=True)
class Before:
    """What the newest step knew; a history without a step knows nothing."""

    step: int = 0
    today: date | None = None
    known: Mapping[str, Any] | None = None


def work_out(
    connection: duckdb.DuckDBPyConnection, inputs: Inputs, version: str, settled: bool, moved: Days | None = None
) -> int:
    """Make the step's `noted_…` tables and the marts in the work file, `record` and `history` attached to it.

    `settled` says that nothing waits to be loaded: no day is closed before. `moved` are the first and the last day
    whose facts moved since the step before, which was worked out in the same file and kept. Returns the step's number.
    Raises duckdb.Error.
    """
    before = _before(connection)
    first, last = moved or (date.min, date.max)
    if not moved:
        connection.execute("drop table if exists history_cells")
    values = _values(connection, inputs, version, before.step + 1) | {"first": first, "last": last}
    for name in ("nothing", "cells", "digests"):
        run(connection, "steps", name, values)
    days = _closable(connection, inputs, before) if settled else []
    values |= {"closed": [day for day, _ in days], "missed": [missed for _, missed in days]}
    for name in ("days", "closings", "verdicts", "touched", "differences", "mark"):
        run(connection, "steps", name, values)
    if before.known and connection.execute("select 1 from history_differences limit 1").fetchone():
        _find_causes(connection, values, before.known)
    track_record.note(connection, _frame(inputs))
    if moved:
        marts.follow(connection)
    else:
        marts.make(connection)
    return before.step + 1


def _frame(inputs: Inputs) -> Frame:
    settings = inputs.settings
    return Frame(inputs.today, settings.maturity_days, settings.objective[0], settings.currency,
                 settings.attribution.clicks_min)  # fmt: skip


def _before(connection: duckdb.DuckDBPyConnection) -> Before:
    cursor = connection.execute(_MARK)
    names = [column[0] for column in cursor.description or []]
    row = cursor.fetchone()
    if row is None:
        return Before()
    known = dict(zip(names, row, strict=True))
    return Before(known["step"], known["today"], known)


def _values(
    connection: duckdb.DuckDBPyConnection, inputs: Inputs, version: str, step: int
) -> dict[str, Any]:  # what the step's files bind by name
    received_to, load_id, superseded = connection.execute(_RECORD).fetchone() or (None, 0, 0)
    numbers: dict[str, Any] = {name: value for name, value in inputs.parameters.items() if name not in _NOT_NUMBERS}
    numbers["joined"] = [connection.execute(query).fetchall() for query in _JOINED]
    models = "\0".join(sql("models", name) for name in MODELS if not name.endswith("()"))
    return inputs.parameters | {
        "received_to": received_to, "load_id": load_id, "superseded": superseded, "step": step, "version": version,
        "schema": SCHEMA_VERSION, "target": str(inputs.settings.objective[1]),
        "settings": json.dumps(numbers, sort_keys=True, default=str),
        "decisions": json.dumps(dict(connection.execute(_DECISIONS).fetchall())),
        "models": sha256(models.encode()).hexdigest()[:16],
    }  # fmt: skip


def _closable(connection: duckdb.DuckDBPyConnection, inputs: Inputs, before: Before) -> list[tuple[date, bool]]:
    """(day, whether it was missed) of the days to close, in order.

    A day that was seen running is closed by the first publish after its end. Of others nobody knows whether all has
    come: they are closed once their rows stop coming for a while, at the latest when the next day has ended.
    """
    yesterday = inputs.today - timedelta(days=1)
    arrived = dict(run(connection, "steps", "arrivals", {}).fetchall())
    is_closed = connection.execute("select 1 from history.days where day = ?", [yesterday]).fetchone()
    if before.today == yesterday and not is_closed:
        arrived.setdefault(yesterday, inputs.as_of)  # closed without a row, too: what comes later comes late
    ended = (
        datetime.combine(inputs.today, time(), ZoneInfo(inputs.settings.timezone)).astimezone(UTC).replace(tzinfo=None)
    )
    in_time = before.today == yesterday and inputs.as_of - ended <= IN_TIME
    return [
        (day, not (in_time and day == yesterday))
        for day, received_at in sorted(arrived.items())
        if (before.today == yesterday == day)
        or (inputs.as_of - received_at).total_seconds() >= QUIET_SECONDS
        or (before.today is not None and day < before.today < inputs.today)
    ]


def _find_causes(connection: duckdb.DuckDBPyConnection, values: dict[str, Any], known: Mapping[str, Any]) -> None:
    since = values | {
        "received_to": known["received_to"], "load_id": known["load_id"],
        "replayed": values["superseded"] > known["superseded"], "causes": _everywhere(values, known),
    }  # fmt: skip
    for name in ("everywhere", "fresh", "goals", "events", "candidates", "scopes", "changes"):
        run(connection, "steps", name, since)


def _everywhere(values: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """The causes that can have touched every cell since the newest step."""
    counts, before = json.loads(values["decisions"]), json.loads(known["decisions"])
    decided = {kind for kind, count in counts.items() if count > before.get(kind, 0)}
    causes = ["new_settings"] if values["settings"] != known["settings"] else []
    causes += ["new_models"] if values["models"] != known["models"] else []
    return causes + [cause for kind, cause in (("forget", "forget"), ("rules", "merge")) if kind in decided]
