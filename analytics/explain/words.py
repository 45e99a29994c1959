"""This module owns how a goal is told: what it is, how its money came about, who is credited, else what to do."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from analytics.explain.explained import Explained
from analytics.explain.journey import Scope, Statement
from analytics.explain.reasons import VIEWS
from analytics.explain.unattributed import nobody, what_to_do, why_nobody
from analytics.explain.uncounted import is_void, kinds_told, plain, uncounted
from analytics.inputs.windows import EVERY_KIND
from ingest.inspecting.way import moment

TITLE_CHARS = 48


def goal_rows(of: Explained, headline_rule: str) -> list[tuple[str, str]]:
    """What a goal is, what is known of its money, who counted it, and under the headline rule who is credited."""
    goal, said = of.known.goal, of.known.statements
    rows = [
        ("goal", f"{goal.type} {clean(goal.id)} of {goal.sender}: {_kind(of)}, {moment(goal.occurred_us)}"),
        ("counts", _counts(of)),
        ("money", _money(of)),
        *(("stated", text) for text in _stated(said)),
        *(("uncounted", f"{each.words}.") for each in uncounted(of.known)),
    ]
    if goal.settlement_sender:
        factor = "" if goal.settlement_factor is None else f", factor {goal.settlement_factor:.6g}"
        rows.append(("settled by", f"{goal.settlement_sender}; it was estimated at {plain(goal.estimate)}{factor}"))
    if not kinds_told(of.known):
        others = sorted({each.sender for each in said if each.type in ("conversion", "ad_click")} - {goal.sender})
        again = f"; {', '.join(others)} told it again, which counts once" if others else ""
        rows.append(("counted from", f"{goal.sender}{again}"))
    rows.append(("windows", ", ".join(reach(scope) for scope in of.known.scopes)))
    if of.known.is_crowd:
        rows.append(
            ("visitor", "its id stands for a crowd: more clicks than a person makes, only its own click is read")
        )
    if of.known.is_cut:
        rows.append(("journey", f"only the {len(of.rows)} interactions that are nearest in time are listed"))
    return rows + [("headline", text) for text in _headline(of, headline_rule)]


def reach(scope: Scope) -> str:
    """A window for people: 7 d, 7 d with views."""
    return f"{scope[0]} d" + (" with views" if scope[1] == VIEWS else "")


def windows(found: list[tuple[int, str]]) -> str:
    """Windows by kind for people: `found` are days and kind, * all others. 30 d; 2 d for lead."""
    if len(found) == 1 and found[0][1] == EVERY_KIND:
        return f"{found[0][0]} d"
    return ", ".join(f"{days} d for {'all other kinds' if kind == EVERY_KIND else kind}" for days, kind in found)


def millionths(amount: int) -> Decimal:
    """Millionths as the number they stand for."""
    return Decimal(amount) * Decimal("0.000001")


def clean(text: str | None) -> str:
    """A sender's text on one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text or "")


def title(text: str | None) -> str:
    """A creative's text, short."""
    shown = " ".join(clean(text).split())
    return shown if len(shown) <= TITLE_CHARS else f"{shown[: TITLE_CHARS - 1]}…"


def _kind(of: Explained) -> str:
    """The goal's kind; of what only others than its system of record told the kind that they told."""
    return ", ".join(kind for kind, _ in kinds_told(of.known)) or of.known.goal.kind


def _counts(of: Explained) -> str:
    goal = of.known.goal
    return "nothing" if is_void(of.known) else f"{goal.conversions} on {goal.day}; its money on {goal.booked_day}"


def _money(of: Explained) -> str:
    goal = of.known.goal
    net, back = goal.amount - goal.refunds, f" - {plain(goal.refunds)} refunded" if goal.refunds else ""
    sum_of = f" = {plain(goal.amount)}{back}" if back else ""
    is_none = is_void(of.known) or (of.known.unconverted and not goal.amount)
    state = "" if is_none else ", settled" if goal.settled else ", provisional"
    return f"{plain(net)} {goal.currency}{sum_of}{state}"


def _stated(said: Iterable[Statement]) -> Iterator[str]:
    """Each statement of an amount; the one in force and the refunds are those that count."""
    is_found = False
    for each in said:
        if each.revenue is None:
            continue
        counts = each.is_set and (each.type == "refund" or not is_found)
        is_found = is_found or (counts and each.type != "refund")
        sign, stage = ("-", "") if each.type == "refund" else ("", f"{each.stage} " if each.stage else "")
        why_not = "not in force" if each.is_heard else f"not counted, for {each.record_sender} is the system of record"
        note = "" if counts else f"; {why_not}"
        yield (f"{stage}{sign}{plain(each.revenue)} {each.currency} by {each.type} {clean(each.id)} of {each.sender},"
               f" {each.stated_at:%Y-%m-%d %H:%M:%S} UTC{note}")  # fmt: skip


def _headline(of: Explained, rule: str) -> Iterator[str]:
    scope = of.known.headline
    if scope is None:
        return
    if is_void(of.known):
        yield f"{rule}, {reach(scope)}: nobody, for there is nothing to credit"
        return
    won = [at for (s, r, at), share in of.known.shares.items() if (s, r) == (scope, rule) and share.weight]
    if won:
        yield f"{rule}, {reach(scope)}: touch #{won[0]}"
        return
    why = f"nobody, {nobody(of, scope, rule)}: {why_nobody(of, scope, rule)}"
    yield f"{rule}, {reach(scope)}: {why}. {what_to_do(of, scope, rule)}".rstrip()
