"""This module owns which goals somebody means by the id of an item, an order, a click, a receipt or a delivery."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from analytics.config import AnalyticsSettings
from analytics.explain.patience import attached, patiently
from ingest.inspecting.finding import delivery_id_of
from ingest.inspecting.way import Way, ways

GOALS_MAX = 5  # told in full; of more, a sentence
MATCHES_MAX = 200
# By the id of an item, of an order, of a click.
_NAMED = """
select key_hash, type, click_id, visitor from identified
where (id = $what or click_id = $what or key_hash in (select key_hash from events where transaction_id = $what))
  and sender = coalesce($sender, sender) and type = coalesce($type, type)
order by occurred_us, key_hash limit $most
"""
_KEYED = """
select key_hash, type, click_id, visitor from identified
where key_hash in (select unnest($keys::bigint[])) and type = coalesce($type, type)
order by occurred_us, key_hash limit $most
"""
# A goal itself, and whatever speaks of its money: another teller, a revision, a refund.
_OF_MONEY = """
with meant as (
  select key_hash, key_kind, key_sender, key_value from money_events
  where key_hash in (select unnest($keys::bigint[])))
select goal_id from goals_told where goal_id in (select key_hash from meant)
union
select t.goal_id from meant m
join goals_told t on t.key_kind = m.key_kind and t.key_sender = m.key_sender and t.key_value = m.key_value
"""
_IN_TIME = """
select goal_id from goals_told where goal_id in (select unnest($goals::bigint[])) order by occurred_us, goal_id
"""
_OF_CLICKS = """
select goal_id from goals where click_id in (select unnest($values::varchar[])) order by occurred_us, goal_id
"""
_OF_VISITORS = """
select goal_id from goals where visitor in (select unnest($values::varchar[])) order by occurred_us, goal_id
"""
_NOWHERE = (
    "Nothing that was built has the id {what!r}: no item, order, click, receipt or delivery. The last build is as of"
    " {as_of}. Whether it was refused, or stands in the quarantine: whichad ingest why {what}"
)
_NOT_YET = "{what!r} is loaded and not built yet; the last build is as of {as_of}. Build it: whichad analytics build"
_STATEMENT = "{what!r} is a statement, and no conversion: what became of it says whichad ingest why {what}"
_NOTHING = "{what!r} counts nowhere: {why}. Its whole way: whichad ingest why {what}"
_GOALLESS = (
    "{what!r} is there ({type}), and neither its click nor its visitor has a conversion, as of the last build, {as_of}."
)


@dataclass(frozen=True, slots=True)
class Found:
    """The goals that are meant, the nearest first; or the sentence that says why there is none."""

    as_of: datetime
    goals: list[int] = field(default_factory=list)
    more: int = 0
    sentence: str = ""
    fit_id: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody names; `sender` and `kind` (a type, such as click) narrow it where several have that id."""

    what: str
    sender: str | None = None
    kind: str | None = None


@contextmanager
def built(settings: AnalyticsSettings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The last build, read-only; tries for a while where the loop holds it. Raises RecordError."""
    connection = duckdb.connect()
    try:
        with attached(connection, settings.work_path, "work"):
            connection.execute("set timezone = 'UTC'")
            connection.execute("use work")
            yield connection
    finally:
        connection.close()


def find(settings: AnalyticsSettings, asked: Asked) -> Found:
    """The goals that are meant. Raises RecordError where a file stays busy, or nothing is built."""
    by_delivery = delivery_id_of(asked.what) is not None
    with built(settings) as connection:
        as_of = stamp(connection)["as_of"]
        matches = [] if by_delivery else _named(connection, asked)
        if matches:
            return _goals(connection, asked, matches, as_of)
    # The record, while the loop may have the build.
    found = patiently(lambda: ways(settings, asked.what, asked.sender, asked.kind), settings.record_path)
    with built(settings) as connection:
        keys = [way.counted.key_hash for way in found if way.counted]
        matches = connection.execute(_KEYED, {"keys": keys, "type": asked.kind, "most": MATCHES_MAX}).fetchall()
        if matches:
            return _goals(connection, asked, matches, as_of)
    return Found(as_of, sentence=_why_none(asked.what, found, as_of))


def stamp(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """`as_of` and `fit_id` (whose weights markov and shapley use) of the last build, which `connection` uses."""
    ((as_of, fit_id),) = connection.execute("select as_of, (select max(fit_id) from fits) from freshness").fetchall()
    return {"as_of": as_of, "fit_id": fit_id}


def _named(connection: duckdb.DuckDBPyConnection, asked: Asked) -> list[tuple[Any, ...]]:
    bound = {"what": asked.what, "sender": asked.sender, "type": asked.kind, "most": MATCHES_MAX}
    return connection.execute(_NAMED, bound).fetchall()


def _goals(
    connection: duckdb.DuckDBPyConnection, asked: Asked, matches: list[tuple[Any, ...]], as_of: datetime
) -> Found:
    """What is money leads to its own goal; all else to the goals of its click, then of its visitor."""
    of_money = connection.execute(_OF_MONEY, {"keys": [row[0] for row in matches]}).fetchall()
    in_time = connection.execute(_IN_TIME, {"goals": [row[0] for row in of_money]}).fetchall() if of_money else []
    goals = [row[0] for row in in_time]
    if not goals:
        for column, query in ((2, _OF_CLICKS), (3, _OF_VISITORS)):
            values = sorted({row[column] for row in matches if row[column] is not None})
            goals += [row[0] for row in connection.execute(query, {"values": values}).fetchall()]
    goals = list(dict.fromkeys(goals))
    if not goals:
        return Found(as_of, sentence=_GOALLESS.format(what=asked.what, type=matches[0][1], as_of=told(as_of)))
    return Found(as_of, goals[:GOALS_MAX], max(len(goals) - GOALS_MAX, 0))


def _why_none(what: str, found: list[Way], as_of: datetime) -> str:
    counted = [way.counted for way in found if way.counted]
    sentence = _NOWHERE if not found else _NOTHING if not counted else _NOT_YET
    if counted and all(each.table != "interactions" for each in counted):
        sentence = _STATEMENT
    step = found[-1].steps[-1] if found else None
    why = f"{step.what}, {step.detail}".rstrip(" .,") if step else ""
    return sentence.format(what=what, as_of=told(as_of), why=why)


def told(moment: datetime) -> str:
    """A moment for people; `moment` is naive UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
