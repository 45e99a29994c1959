"""This module owns the events: what was seen, noted once, with what was said of its subject and whom it goes to."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from analytics.alerts import endpoints
from analytics.alerts.store import NAME, moment, reading, writing

_SELECT = "select id, type, rule_id, subject, at, version, sentence, data from events "


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell. `at` is unix ms; `data` is what is sent, beside the sentence that people read."""

    id: str
    type: str
    rule_id: str
    subject: str
    at: int
    version: str | None
    sentence: str
    data: dict[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """What is posted, as Standard Webhooks asks: type, timestamp, data."""
        at = moment(self.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"type": self.type, "timestamp": at, "data": {"sentence": self.sentence, **self.data}}


@dataclass(frozen=True, slots=True)
class Step:
    """What one evaluation came to, noted in one transaction: events, and per (rule, subject) what is said now.

    A state of None is taken back: nothing is known of the subject any more.
    """

    events: list[Event] = field(default_factory=list)
    states: dict[tuple[str, str], Any] = field(default_factory=dict)


def event_id(rule_id: str, subject: str, occasion: str) -> str:
    """The id of what a rule says of a subject on an occasion (a version, a day): found twice, it is the same."""
    return "evt_" + sha256("\0".join((rule_id, subject, occasion)).encode()).hexdigest()[:24]


def note(data_dir: Path, step: Step, at_ms: int) -> list[Event]:
    """Write a step down and queue its events for the endpoints that want them; returns the events that are new.

    All of it or nothing: after a kill the evaluation is made again and comes to the same ids. Raises StoreError.
    """
    if not (step.events or step.states):
        return []
    with writing(data_dir) as store:
        new = [each for each in step.events if insert(store, each)]
        queue(store, new, at_ms)
        known = {rule_id for (rule_id,) in store.execute("select id from rules")}  # one may be gone since
        for (rule_id, subject), said in step.states.items():
            if said is None:
                store.execute("delete from states where rule_id = ? and subject = ?", (rule_id, subject))
            elif rule_id in known:
                store.execute(
                    "insert or replace into states values (?, ?, ?, ?)", (rule_id, subject, json.dumps(said), at_ms)
                )
    return new


def queue(store: sqlite3.Connection, events: Iterable[Event], at_ms: int) -> None:
    """A delivery of each event to each endpoint that wants it and is not switched off."""
    wanting = [each for each in endpoints.of(store) if each.disabled_at is None]
    store.executemany(
        "insert or ignore into deliveries(event_id, endpoint_id, state, due_at) values (?, ?, 'waiting', ?)",
        [(event.id, each.id, at_ms) for event in events for each in wanting if each.wants(event.type)],
    )


def listed(data_dir: Path, kind: str | None = None, since_ms: int = 0, limit: int = 100) -> list[Event]:
    """The newest events, newest first; of one type, or from a moment on. Raises StoreError."""
    with reading(data_dir) as store:
        rows = store.execute(
            _SELECT + "where at >= ?1 and (?2 is null or type = ?2) order by at desc, id limit ?3",
            (since_ms, kind, limit),
        ).fetchall()
    return [_event(row) for row in rows]


def one(data_dir: Path, event: str) -> Event | None:
    """The event of an id; None where there is none. Raises StoreError."""
    with reading(data_dir) as store:
        row = store.execute(_SELECT + "where id = ?", (event,)).fetchone()
    return _event(row) if row else None


def states(data_dir: Path, rule_id: str) -> dict[str, Any]:
    """What a rule said last: subject → what. Raises StoreError."""
    with reading(data_dir) as store:
        rows = store.execute("select subject, said from states where rule_id = ?", (rule_id,)).fetchall()
    return {subject: json.loads(said) for subject, said in rows}


def forget_said(data_dir: Path) -> None:
    """Forget what was said last, where nobody is left who heard it: who comes next begins anew. Raises StoreError."""
    if not (data_dir / NAME).exists():
        return
    with writing(data_dir) as store:
        store.execute("delete from states")


def prune(data_dir: Path, before_ms: int) -> int:
    """Forget events from before a moment, with their deliveries and attempts; returns how many. Raises StoreError."""
    with writing(data_dir) as store:
        return store.execute(
            "delete from events where at < ? and id not in (select event_id from deliveries where state = 'waiting')",
            (before_ms,),
        ).rowcount


def insert(store: sqlite3.Connection, event: Event) -> bool:
    """Note an event in an opened store; False where it is there already."""
    data = json.dumps(event.data, default=_plain, ensure_ascii=False)
    found = store.execute(
        "insert or ignore into events values (?, ?, ?, ?, ?, ?, ?, ?)",
        (event.id, event.type, event.rule_id, event.subject, event.at, event.version, event.sentence, data),
    )
    return found.rowcount == 1


def _plain(value: object) -> str:
    """Times as RFC 3339 writes them; money and days as they are spelled."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


def _event(row: tuple[Any, ...]) -> Event:
    *told, data = row
    i, kind, rule_id, subject, at, version, sentence = told
    return Event(i, kind, rule_id, subject, at, version, sentence, json.loads(data))
