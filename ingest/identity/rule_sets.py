"""This module owns the rule sets of creative identity, and which of them is in force.

A better normalisation is a new function in `RULES`, beside the old one, never a change of it. Which one counts is
data: the last decision of kind `rules`, whose subject is the version. So the journal alone says what every text is.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from ingest.creative import Creative, identify

DEFAULT = "rac/1"
RULES: dict[str, Callable[[str], Creative]] = {DEFAULT: identify}

_LAST = "select subject from decisions where kind = 'rules' order by decided_at desc, decision_id desc limit 1"
_MOVES = "select decided_at, object from decisions where kind = 'rules' order by decided_at, decision_id"


class RulesError(Exception):
    """A rule set was asked for that this version of whichad does not have; the message says what to do."""


def in_force(connection: duckdb.DuckDBPyConnection) -> str:
    """The version that the record's decisions put in force, whether this program knows it or not."""
    row = connection.execute(_LAST).fetchone()
    return str(row[0]) if row else DEFAULT


def rule_set(version: str) -> Callable[[str], Creative]:
    """The function of a version. Raises RulesError where there is none."""
    if version not in RULES:
        raise RulesError(
            f"The rules {version!r} are in force or asked for, and this whichad knows only {', '.join(sorted(RULES))}."
            f" Upgrade it, or go back with: whichad ingest creatives renormalise --to {DEFAULT} --apply"
        )
    return RULES[version]


class Moves:
    """Where creatives that people named in decisions went when the rules changed.

    Each decision of kind `rules` carries, as the JSON of its `object`, the ids that it moved: {"old": ["new", …]}.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Reads the decisions of the record."""
        self._steps: list[tuple[Any, dict[str, list[str]]]] = [
            (at, json.loads(moved)) for at, moved in connection.execute(_MOVES).fetchall() if moved
        ]

    def today(self, creative_id: str | None, decided_at: Any) -> list[str]:
        """What an id that was named at `decided_at` is called now: one id, or several where its texts were split."""
        found = {creative_id} if creative_id else set()
        for at, moved in self._steps:
            if at > decided_at:
                found = {new for old in found for new in moved.get(old, [old])}
        return sorted(found)


def moves_as_json(moved: Iterable[tuple[str, str]]) -> str | None:
    """The `object` of a decision of kind `rules`, from pairs (old id, new id); None where nothing moved."""
    found: dict[str, set[str]] = {}
    for old, new in moved:
        found.setdefault(old, set()).add(new)
    changed = {old: sorted(new) for old, new in sorted(found.items()) if new != {old}}
    return json.dumps(changed) if changed else None
