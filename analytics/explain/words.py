"""This module owns how a goal is told: what it is, how its money came about, who is credited, else what to do."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from analytics.causes import cause_of
from analytics.explain.explained import Explained
from analytics.explain.journey import Goal, Scope, Statement
from analytics.explain.reasons import VIEWS
from ingest.way import moment

TITLE_CHARS = 48
# Why a goal is nobody's, in words; codes as in attribution_ledger.
NOBODY = {
    "no_id": "it names neither a click nor a visitor", "no_touch": "no touch is known before it",
    "no_identity": "what came before it shows no ad", "outside_window": "its touches are outside the window",
    "no_paid_touch": "nobody paid for what came before it", "no_same_click": "its money names no click that came here",
    "only_views": "it follows views only", "left_out": "the settings leave all of its touches out",
    "non_human": "it is not a person's", "not_credited": "the last build says nothing of it",
}  # fmt: skip
_DO = {
    "only_views": "Nothing to mend: the rows with views credit it.",
    "left_out": "If that is not meant, see [attribution] remove_networks and after_conversion.",
    "non_human": "Nothing counts it. If it is a person's, see what the sender says of its traffic.",
    "no_identity": "Send referrerAdCreative or ad_id with every click, or post what the ads show as `ad`.",
}


def goal_rows(of: Explained, headline_rule: str) -> list[tuple[str, str]]:
    """What a goal is, what is known of its money, who counted it, and under the headline rule who is credited."""
    goal, said = of.known.goal, of.known.statements
    rows = [
        ("goal", f"{goal.type} {clean(goal.id)} of {goal.sender}: {goal.kind}, {moment(goal.occurred_us)}"),
        ("counts", f"{goal.conversions} on {goal.day}; its money on {goal.booked_day}"),
        ("money", _money(goal)),
        *(("stated", text) for text in _stated(said)),
    ]
    if goal.settlement_sender:
        factor = "" if goal.settlement_factor is None else f", factor {goal.settlement_factor:.6g}"
        rows.append(("settled by", f"{goal.settlement_sender}; it was estimated at {plain(goal.estimate)}{factor}"))
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


def nobody(of: Explained, scope: Scope, rule: str) -> str:
    """The code of why a rule credits nobody."""
    unlisted = "non_human" if of.known.goal.traffic != "human" else "not_credited"
    return of.known.nobody.get((scope, rule), (unlisted, ""))[0]


def what_to_do(of: Explained, scope: Scope, rule: str) -> str:
    """What to do about a goal that a rule credits to nobody; empty where it is credited."""
    reason, cause = of.known.nobody.get((scope, rule), (nobody(of, scope, rule), ""))
    known = cause_of("unattributable", cause) or cause_of("unattributable", reason)
    return known.action if known else _DO.get(reason, "")


def reach(scope: Scope) -> str:
    """A window for people: 7 d, 7 d with views."""
    return f"{scope[0]} d" + (" with views" if scope[1] == VIEWS else "")


def plain(amount: Decimal) -> str:
    """Money without the zeros behind its cents."""
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


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


def _money(goal: Goal) -> str:
    net, back = goal.amount - goal.refunds, f" - {plain(goal.refunds)} refunded" if goal.refunds else ""
    sum_of = f" = {plain(goal.amount)}{back}" if back else ""
    return f"{plain(net)} {goal.currency}{sum_of}, {'settled' if goal.settled else 'provisional'}"


def _stated(said: Iterable[Statement]) -> Iterator[str]:
    """Each statement of an amount; the one in force and the refunds are those that count."""
    is_found = False
    for each in said:
        if each.revenue is None:
            continue
        counts = each.type == "refund" or (each.is_set and not is_found)
        is_found = is_found or (counts and each.type != "refund")
        sign, stage = ("-", "") if each.type == "refund" else ("", f"{each.stage} " if each.stage else "")
        note = "" if counts else "; not in force"
        yield (f"{stage}{sign}{plain(each.revenue)} {each.currency} by {each.type} {clean(each.id)} of {each.sender},"
               f" {each.stated_at:%Y-%m-%d %H:%M:%S} UTC{note}")  # fmt: skip


def _headline(of: Explained, rule: str) -> Iterator[str]:
    scope = of.known.headline
    if scope is None:
        return
    won = [at for (s, r, at), share in of.known.shares.items() if (s, r) == (scope, rule) and share.weight]
    if won:
        yield f"{rule}, {reach(scope)}: touch #{won[0]}"
        return
    why = nobody(of, scope, rule)
    yield f"{rule}, {reach(scope)}: nobody, {why}: {NOBODY.get(why, why)}. {what_to_do(of, scope, rule)}".rstrip()
