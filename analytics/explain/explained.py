"""This module owns an explanation: every interaction around a goal, with its shares or with why it earns nothing."""

from dataclasses import dataclass, replace
from itertools import product

import duckdb

from analytics.config import AnalyticsSettings
from analytics.explain.asked import Asked, Found, built, find, stamp
from analytics.explain.journey import Known, Line, Scope, Touch
from analytics.explain.reading import known
from analytics.explain.reasons import Reason, no_part, no_touch, touch_of, under

GONE = "It was there a moment ago, and the build that was just made does not have it any more. Ask again."
Cell = tuple[Scope, str, int]  # scope, rule, position
_EVERY_RULE = "select rule from rules order by rowid"  # those of the last build, ours first


@dataclass(frozen=True, slots=True)
class Row:
    """One interaction of a journey: a touch, or the reason why it is none."""

    line: Line
    touch: Touch | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A goal: each interaction, each touch's share in `known.shares`, and where that is nothing or none the reason.

    `rules` are those that are asked for: one, or all.
    """

    known: Known
    rows: tuple[Row, ...]
    why_not: dict[Cell, Reason]
    rules: tuple[str, ...]


def explained(settings: AnalyticsSettings, asked: Asked, rules: tuple[str, ...] = ()) -> tuple[Found, list[Explained]]:
    """The goals that are meant, and their explanations, under every rule unless some are named.

    Raises RecordError: nothing built, or a busy file.
    """
    found = find(settings, asked)
    if not found.goals:
        return found, []
    with built(settings) as connection:
        each = of_goals(connection, found.goals, settings.attribution.path, rules)
        found = replace(found, **stamp(connection), sentence="" if each else GONE)
    return found, sorted(each, key=lambda one: found.goals.index(one.known.goal.goal_id))


def of_goals(
    connection: duckdb.DuckDBPyConnection, goal_ids: list[int], path: str, rules: tuple[str, ...] = ()
) -> list[Explained]:
    """The explanations of goals by their numbers; `connection` uses the last build, `path` is the setting."""
    rules = rules or tuple(rule for (rule,) in connection.execute(_EVERY_RULE).fetchall())
    return [_explain(each, path, rules) for each in known(connection, goal_ids)]


def _explain(of: Known, path: str, rules: tuple[str, ...]) -> Explained:
    rows = []
    for line in of.lines:
        touch = touch_of(line, of)
        rows.append(Row(line, touch, None if touch else no_touch(line, of)))
    why_not = {}
    for scope, rule, touch in product(of.scopes, rules, of.touches):
        cell = (scope, rule, touch.position)
        share = of.shares.get(cell)
        if share is None:
            why_not[cell] = under(rule, scope, touch, of, path)
        elif not share.weight:
            why_not[cell] = no_part(rule)
    return Explained(of, tuple(rows), why_not, rules)
