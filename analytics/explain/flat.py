"""This module owns the flat rows of an explanation, for programs: per goal, interaction, window and rule one."""

from collections.abc import Iterator
from typing import Any

from analytics.explain.explained import Explained, Row
from analytics.explain.journey import Goal, Scope
from analytics.explain.reasons import seconds_of
from analytics.explain.unattributed import nobody, why_nobody
from analytics.explain.uncounted import uncounted
from analytics.explain.words import millionths

# `says`: share, nothing (a touch that earns nothing), no_touch (an interaction that is none), nobody (credited),
# uncounted (what of the goal counts for nothing).
FLAT = (
    "goal_id", "goal_sender", "goal_type", "goal", "conversion_kind", "goal_at", "says", "window_days", "touch_types",
    "rule", "position", "type", "sender", "id", "occurred_at", "lag_seconds", "network", "creative_id", "creative_text",
    "weight", "conversions", "revenue", "reason", "words",
)  # fmt: skip
_NOTHING = (0, 0, 0)
_SPLIT: tuple[None, None, None] = (None, None, None)


def flat(of: Explained) -> Iterator[tuple[Any, ...]]:
    """Rows of FLAT. Of each window and rule, the weights of `share` and `nobody` add up to one million."""
    goal = of.known.goal
    head = (goal.goal_id, goal.sender, goal.type, goal.id, goal.kind, goal.occurred_at)
    for each in uncounted(of.known):
        yield (*head, "uncounted", *_SPLIT, None, *_line(None, goal), *_SPLIT, each.code, each.words)
    touched = {row.touch.position: row for row in of.rows if row.touch}
    for row in of.rows:
        if row.reason:
            yield (*head, "no_touch", *_SPLIT, None, *_line(row, goal), *_SPLIT, row.reason.code, row.reason.words)
    for scope, rule in ((scope, rule) for scope in of.known.scopes for rule in of.rules):
        yield from ((*head, *cell) for cell in _cells(of, scope, rule, touched))


def _cells(of: Explained, scope: Scope, rule: str, touched: dict[int, Row]) -> Iterator[tuple[Any, ...]]:
    goal, is_credited = of.known.goal, False
    for touch in of.known.touches:
        at = touch.position
        where = (*scope, rule, at, *_line(touched.get(at), goal))
        share = of.known.shares.get((scope, rule, at))
        is_credited = is_credited or share is not None
        if share and share.weight:
            earned = (millionths(share.conversion_millionths), millionths(share.revenue_millionths))
            yield ("share", *where, share.weight, *earned, None, None)
        else:
            reason = of.why_not[scope, rule, at]
            yield ("nothing", *where, *_NOTHING, reason.code, reason.words)
    if not is_credited:
        all_of_it = (1_000_000, goal.conversions, goal.amount - goal.refunds)
        yield (
            "nobody",
            *scope,
            rule,
            None,
            *_line(None, goal),
            *all_of_it,
            nobody(of, scope, rule),
            why_nobody(of, scope, rule),
        )


def _line(row: Row | None, goal: Goal) -> tuple[Any, ...]:
    if row is None:
        return (None,) * 8
    line = row.line
    lag = seconds_of(goal.occurred_us - line.occurred_us)
    return (line.type, line.sender, line.id, line.occurred_at, lag, line.network, line.creative_id, line.creative_text)
