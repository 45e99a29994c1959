"""This module owns the tables of an explanation: the journey, the shares that sum to 100 %, and what earns nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

from analytics.explain.explained import Explained, Row
from analytics.explain.journey import Goal, Scope, Share
from analytics.explain.reasons import Reason, ago
from analytics.explain.unattributed import nobody, why_nobody
from analytics.explain.uncounted import plain
from analytics.explain.words import clean, millionths, reach, title

LINES_SHOWN = 60  # of a journey in a table, touches always
COLUMNS_MAX = 6  # touches that have a column of their own
JOURNEY = ("#", "when (UTC)", "before", "what", "by", "network", "creative", "why it is no touch")
WHY_NOT = ("#", "window", "rules", "why it earns nothing")
Cells = list[tuple[Any, ...]]


def journey_rows(of: Explained) -> tuple[Cells, int]:
    """Rows of JOURNEY in the order of time, and how many are left out: the farthest of those that are no touches."""
    goal = of.known.goal
    others = [row for row in of.rows if not row.touch and row.line.key_hash != goal.goal_id]
    others.sort(key=lambda row: abs(row.line.occurred_us - goal.occurred_us))
    kept = max(LINES_SHOWN - (len(of.rows) - len(others)), 0)
    hidden = {row.line.key_hash for row in others[kept:]}
    return [_journey_row(row, goal) for row in of.rows if row.line.key_hash not in hidden], len(hidden)


def share_rows(of: Explained) -> tuple[tuple[str, ...], Cells]:
    """Columns and rows: one for each way to share, with the windows and rules that share so. Each sums to 100 %."""
    touches = sorted({at for _, _, at in of.known.shares})
    is_wide = len(touches) > COLUMNS_MAX
    groups: dict[tuple[str, ...], list[tuple[Scope, str]]] = {}
    for scope, rule in ((scope, rule) for scope in of.known.scopes for rule in of.rules):
        own = {at: share for (s, r, at), share in of.known.shares.items() if (s, r) == (scope, rule)}
        if is_wide:
            cells = ["; ".join(f"#{at} {_cell(own[at])}" for at in touches if at in own)]
        else:
            cells = [_cell(own[at]) if at in own else "" for at in touches]
        groups.setdefault((*cells, _sum(own.values()) or _nobody(of, scope, rule)), []).append((scope, rule))
    columns = ("window", "rules", *(["shares"] if is_wide else [f"#{at}" for at in touches]), "sum")
    return columns, [(*folded, *cells) for cells, members in groups.items() for folded in _folded(members, of)]


def why_not_rows(of: Explained) -> Cells:
    """Rows of WHY_NOT: touches, and the windows and rules under which they earn nothing for the same reason."""
    groups: dict[tuple[int, Reason], list[tuple[Scope, str]]] = {}
    for (scope, rule, at), reason in sorted(of.why_not.items(), key=lambda cell: cell[0][2]):
        groups.setdefault((at, reason), []).append((scope, rule))
    rows: dict[tuple[str, str, str], list[int]] = {}
    for (at, reason), members in groups.items():
        for folded in _folded(members, of):
            rows.setdefault((*folded, reason.words), []).append(at)
    return [(_numbers(touches), *rest) for rest, touches in rows.items()]


def _journey_row(row: Row, goal: Goal) -> tuple[Any, ...]:
    line = row.line
    return (
        row.touch.position if row.touch else "", f"{line.occurred_at:%Y-%m-%d %H:%M:%S}",
        ago(goal.occurred_us - line.occurred_us), f"{line.type} {clean(line.id)}", line.sender, clean(line.network),
        title(line.creative_text), row.reason.words if row.reason else "",
    )  # fmt: skip


def _cell(share: Share) -> str:
    return f"{share.weight / 10_000:.4f}".rstrip("0").rstrip(".") + f" % {plain(millionths(share.revenue_millionths))}"


def _sum(shares: Iterable[Share]) -> str:
    each = list(shares)
    weight, money = sum(share.weight for share in each), sum(share.revenue_millionths for share in each)
    return _cell(Share(weight, 0, money)) if each else ""


def _nobody(of: Explained, scope: Scope, rule: str) -> str:
    why, goal = nobody(of, scope, rule), of.known.goal
    return f"nobody 100 % {plain(goal.amount - goal.refunds)}: {why}, {why_nobody(of, scope, rule)}"


def _folded(members: list[tuple[Scope, str]], of: Explained) -> Iterator[tuple[str, str]]:
    """(windows, rules) of cells that say the same: the rules of each window, windows with the same rules together."""
    rules_of: dict[Scope, list[str]] = {}
    for scope, rule in members:
        rules_of.setdefault(scope, []).append(rule)
    windows_of: dict[tuple[str, ...], list[Scope]] = {}
    for scope, found in rules_of.items():
        windows_of.setdefault(tuple(sorted(found, key=of.rules.index)), []).append(scope)
    for rules, scopes in windows_of.items():
        yield (
            "all" if len(scopes) == len(of.known.scopes) else ", ".join(reach(scope) for scope in scopes),
            _named(rules, of.rules),
        )


def _named(rules: tuple[str, ...], asked: tuple[str, ...]) -> str:
    missing = [rule for rule in asked if rule not in rules]
    if len(asked) > 1 and len(missing) < 4:
        return f"all but {', '.join(missing)}" if missing else "all"
    return ", ".join(rules)


def _numbers(touches: list[int]) -> str:
    """Numbers in order, runs folded: 1, 3-6."""
    runs: list[list[int]] = []
    for number in touches:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
