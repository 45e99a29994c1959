"""This module owns what of a goal counts for nothing: what its system of record did not tell, and money without a rate.

Codes and sentences; what is decided is decided by the models.
"""

from decimal import Decimal

from analytics.explain.journey import Known, Statement
from analytics.explain.reasons import Reason

_GOALS = ("conversion", "ad_click")
_RECORD = (
    "the system of record of {kind} is {sender}, and it told {what} of this: {so}."
    " Let {sender} send it, or change [conversions.{kind}] from"
)
UNCONVERTED = "there is no rate, its money is credited to nobody (unconverted); state a rate under [currencies]"


def uncounted(known: Known) -> list[Reason]:
    """What of a goal counts for nothing, and what to do; empty where all of it counts."""
    unheard = [Reason("not_of_record", sentence) for sentence in _not_of_record(known)]
    return unheard + [Reason("unconverted", without_rate(amount, code)) for code, amount in known.unconverted]


def without_rate(amount: Decimal, currency: str) -> str:
    """Money of a currency that has no rate."""
    return f"{plain(amount)} {currency}: {UNCONVERTED}"


def is_void(known: Known) -> bool:
    """Whether nothing at all of it counts, because its system of record told nothing."""
    goal, said = known.goal, known.statements
    is_nothing = not (goal.conversions or goal.amount or goal.refunds)
    return is_nothing and bool(said) and not any(each.is_heard for each in said)


def kinds_told(known: Known) -> list[tuple[str, str]]:
    """Kinds that only others than their system of record told, with that; empty where the goal is one that counts."""
    told = [each for each in known.statements if each.type in _GOALS] or (
        list(known.statements) if is_void(known) else []
    )
    return [] if any(each.is_heard for each in told) else sorted({_record(each) for each in told})


def _not_of_record(known: Known) -> list[str]:
    what, so = ("nothing", "nothing of it counts") if is_void(known) else (
        "no conversion", "only the money that it told counts")  # fmt: skip
    return [_RECORD.format(kind=kind, sender=sender, what=what, so=so) for kind, sender in kinds_told(known)]


def _record(each: Statement) -> tuple[str, str]:
    return each.record_kind or "", each.record_sender or ""


def plain(amount: Decimal) -> str:
    """Money without the zeros behind its cents."""
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"
