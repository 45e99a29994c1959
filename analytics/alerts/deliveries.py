"""This module owns the queue: which event waits for which endpoint, what each attempt came to, what is sent again.

A delivery leaves the queue after its endpoint took it, or after the last try of the schedule. Every attempt of every
channel ends in `settle`, and nowhere else.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from analytics.alerts import endpoints
from analytics.alerts.store import now_ms, reading, writing
from ingest.config import ConfigError
from ingest.counting import metrics

SAID_MAX = 200
WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be tried now, and how often it was."""

    event_id: str
    tries: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to. `status` is HTTP's, None where there was none; `next_at` (unix ms) None: not again.

    `disables`: why nothing is sent to the endpoint any more; '' where it goes on.
    """

    event_id: str
    endpoint_id: str
    at: int
    ok: bool
    status: int | None
    took_ms: int
    said: str
    next_at: int | None = None
    disables: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log, newest first: an attempt with the names of what it was about, and where its delivery is."""

    at: int
    event_id: str
    type: str
    endpoint: str
    ok: bool
    status: int | None
    took_ms: int
    said: str
    next_at: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the deliveries of an endpoint stand. `oldest_waiting` is when its event was seen; times are unix ms."""

    endpoint_id: str
    delivered: int
    waiting: int
    given_up: int
    oldest_waiting: int | None
    last_at: int | None


def waiting_endpoints(data_dir: Path, at_ms: int) -> list[str]:
    """The ids of the endpoints for which something is to be tried now, and which are not switched off."""
    with reading(data_dir) as store:
        rows = store.execute(
            "select distinct d.endpoint_id from deliveries d join endpoints e on e.id = d.endpoint_id"
            " where d.state = 'waiting' and d.due_at <= ? and e.disabled_at is null",
            (at_ms,),
        ).fetchall()
    return [endpoint_id for (endpoint_id,) in rows]


def due(data_dir: Path, endpoint_id: str, at_ms: int, limit: int = 20) -> list[Due]:
    """What is to be tried now, in the order the events were seen. Raises StoreError."""
    with reading(data_dir) as store:
        rows = store.execute(
            "select d.event_id, d.tries from deliveries d join events e on e.id = d.event_id"
            " where d.endpoint_id = ? and d.state = 'waiting' and d.due_at <= ? order by e.at, e.id limit ?",
            (endpoint_id, at_ms, limit),
        ).fetchall()
    return [Due(*row) for row in rows]


def settle(data_dir: Path, attempt: Attempt) -> None:
    """Write down what an attempt came to: log, queue and the endpoint's standing in one transaction.

    Raises StoreError; then the delivery stays due, and is tried again.
    """
    each = attempt
    state = DELIVERED if each.ok else GIVEN_UP if each.next_at is None and not each.disables else WAITING
    key = (each.event_id, each.endpoint_id)
    with writing(data_dir) as store:
        known = store.execute(
            "update deliveries set state = ?1, tries = tries + 1, due_at = coalesce(?2, due_at),"
            " ended_at = iif(?1 = 'waiting', null, ?3) where event_id = ?4 and endpoint_id = ?5",
            (state, each.next_at, each.at, *key),
        ).rowcount
        if not known:  # the endpoint was removed meanwhile
            return
        store.execute(
            "insert into attempts(event_id, endpoint_id, at, ok, status, took_ms, said, next_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (*key, each.at, each.ok, each.status, each.took_ms, each.said[:SAID_MAX], each.next_at),
        )
        store.execute(
            "update endpoints set failing_since = iif(?1, null, coalesce(failing_since, ?2)),"
            " disabled_at = iif(?3 = '', disabled_at, ?2), disabled_why = iif(?3 = '', disabled_why, ?3) where id = ?4",
            (each.ok, each.at, each.disables, each.endpoint_id),
        )
    result = "failed" if state == WAITING else state
    metrics.outgoing("alert", result, each.took_ms / 1000)


def log(data_dir: Path, endpoint: str | None = None, event: str | None = None, limit: int = 100) -> list[Logged]:
    """The newest attempts; of one endpoint (a name or an id) or one event. Raises StoreError."""
    with reading(data_dir) as store:
        rows = store.execute(
            "select a.at, a.event_id, e.type, p.name, a.ok, a.status, a.took_ms, a.said, a.next_at, d.state"
            " from attempts a join events e on e.id = a.event_id join endpoints p on p.id = a.endpoint_id"
            " join deliveries d on d.event_id = a.event_id and d.endpoint_id = a.endpoint_id"
            " where (?1 is null or p.id = ?1 or p.name = ?1) and (?2 is null or a.event_id = ?2)"
            " order by a.id desc limit ?3",
            (endpoint, event, limit),
        ).fetchall()
    return [
        Logged(at, event_id, kind, name, bool(ok), status, took_ms, said, next_at, state)
        for at, event_id, kind, name, ok, status, took_ms, said, next_at, state in rows
    ]


def standings(data_dir: Path) -> dict[str, Standing]:
    """Endpoint id → how its deliveries stand, for those that have any. Raises StoreError."""
    with reading(data_dir) as store:
        rows = store.execute(
            "select d.endpoint_id, count(*) filter (where d.state = 'delivered'),"
            " count(*) filter (where d.state = 'waiting'), count(*) filter (where d.state = 'given_up'),"
            " min(e.at) filter (where d.state = 'waiting'),"
            " (select max(at) from attempts a where a.endpoint_id = d.endpoint_id)"
            " from deliveries d join events e on e.id = d.event_id group by d.endpoint_id"
        ).fetchall()
    return {row[0]: Standing(*row) for row in rows}


def replay(data_dir: Path, event: str | None = None, since_ms: int | None = None, endpoint: str | None = None) -> int:
    """Queue an event, or all since a moment, again, under the same ids; returns how many deliveries that are.

    To one endpoint, or to every one that wants it and is not switched off. Raises ConfigError, StoreError.
    """
    at = now_ms()
    with writing(data_dir) as store:
        if event is not None and not store.execute("select 1 from events where id = ?", (event,)).fetchone():
            raise ConfigError(f"There is no event {event!r}. See them: whichad alerts events")
        only = endpoints.find(store, endpoint) if endpoint is not None else None
        if only is not None and only.disabled_at is not None:
            raise ConfigError(
                f"{only.name} is switched off ({only.disabled_why}). First: whichad alerts endpoints enable"
            )
        to = [only] if only else [each for each in endpoints.of(store) if each.disabled_at is None]
        events = store.execute(
            "select id, type from events where id = ?1 or (?1 is null and at >= ?2) order by at", (event, since_ms or 0)
        ).fetchall()
        again = [(i, each.id, at) for i, kind in events for each in to if only is not None or each.wants(kind)]
        put(store, again)
    return len(again)


def put(store: sqlite3.Connection, rows: list[tuple[str, str, int]]) -> None:
    """Put deliveries (event id, endpoint id, due at) in the queue, or back into it, of an opened store."""
    store.executemany(
        "insert into deliveries(event_id, endpoint_id, state, due_at) values (?1, ?2, 'waiting', ?3)"
        " on conflict do update set state = 'waiting', tries = 0, due_at = ?3, ended_at = null",
        rows,
    )
