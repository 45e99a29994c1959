"""This module owns the rules: one of each built-in event, on by default, and a person's own; and their snoozes."""

import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from analytics.alerts.conditions import Condition, check, read, written
from analytics.alerts.kinds import THRESHOLD
from analytics.alerts.store import now_ms, reading, writing
from ingest.config import ConfigError
from ingest.settings.mistakes import near

_SELECT = "select id, name, type, condition, is_on, created_at from rules "


@dataclass(frozen=True, slots=True)
class Rule:
    """When an event is made. `condition` is None for a built-in rule, whose id is its type.

    `snoozed`: subject → until when (unix ms) nothing is said of it; the subject "" is the whole rule.
    """

    id: str
    name: str
    type: str
    condition: Condition | None
    is_on: bool
    created_at: int
    snoozed: dict[str, int]

    def is_quiet(self, subject: str, at_ms: int) -> bool:
        """Whether nothing is said of a subject now: switched off, or snoozed."""
        return not self.is_on or max(self.snoozed.get("", 0), self.snoozed.get(subject, 0)) > at_ms


def listed(data_dir: Path) -> list[Rule]:
    """Every rule, the built-in ones first. Raises StoreError."""
    with reading(data_dir) as store:
        return of(store)


def of(store: sqlite3.Connection) -> list[Rule]:
    """The same, of an opened store."""
    snoozed: dict[str, dict[str, int]] = {}
    for rule_id, subject, until in store.execute("select rule_id, subject, until from snoozes where until > ?",
                                                 (now_ms(),)):  # fmt: skip
        snoozed.setdefault(rule_id, {})[subject] = until
    rows = store.execute(_SELECT + "order by condition is not null, name, id").fetchall()
    return [
        Rule(i, name, kind, read(condition) if condition else None, bool(on), at, snoozed.get(i, {}))
        for i, name, kind, condition, on, at in rows
    ]


def named(data_dir: Path, name: str) -> Rule:
    """The rule of an id or a name. Raises ConfigError where there is none, StoreError."""
    with reading(data_dir) as store:
        return find(store, name)


def add(data_dir: Path, name: str, condition: Condition) -> Rule:
    """A rule of one's own; its first look says what is crossed already. Raises ConfigError, StoreError."""
    check(condition)
    made, at = f"rule_{secrets.token_hex(6)}", now_ms()
    with writing(data_dir) as store:
        name = name.strip() or condition.name
        if any(each.name.casefold() == name.casefold() for each in of(store)):
            raise ConfigError(f"There is a rule {name!r} already. Remove it first, or take another name.")
        store.execute(
            "insert into rules values (?1, ?2, ?3, ?4, 1, ?5, ?5)", (made, name, THRESHOLD, written(condition), at)
        )
        return find(store, made)


def remove(data_dir: Path, name: str) -> Rule:
    """Remove a rule of one's own; a built-in one is switched off. Raises ConfigError, StoreError."""
    with writing(data_dir) as store:
        found = find(store, name)
        if found.condition is None:
            _switch(store, found.id, False)
        else:
            store.execute("delete from rules where id = ?", (found.id,))
        return found


def switch(data_dir: Path, name: str, on: bool) -> Rule:
    """Switch a rule on or off; what was said last is kept. Raises ConfigError, StoreError."""
    with writing(data_dir) as store:
        found = find(store, name)
        _switch(store, found.id, on)
        return find(store, found.id)


def snooze(data_dir: Path, name: str, until_ms: int, subject: str = "") -> Rule:
    """Say nothing of a rule, or of one subject of it, until then; a time that has passed wakes it.

    What still holds afterwards is said then. Raises ConfigError, StoreError.
    """
    with writing(data_dir) as store:
        found = find(store, name)
        store.execute("insert or replace into snoozes values (?, ?, ?)", (found.id, subject, until_ms))
        return find(store, found.id)


def find(store: sqlite3.Connection, name: str) -> Rule:
    """The rule of an id or a name, of an opened store. Raises ConfigError."""
    every = of(store)
    for each in every:
        if name == each.id or name.casefold() == each.name.casefold():
            return each
    names = [each.name for each in every]
    raise ConfigError(f"There is no rule {name!r}{near(name, names)}. There are: {'; '.join(names)}.")


def _switch(store: sqlite3.Connection, rule_id: str, on: bool) -> None:
    store.execute("update rules set is_on = ?, changed_at = ? where id = ?", (on, now_ms(), rule_id))
