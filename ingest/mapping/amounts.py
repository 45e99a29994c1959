"""This module owns money in a mapping: exact sums, and whole amounts from those in a currency's smallest unit."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from ingest.currency import minor_digits
from ingest.mapping.scope import is_blank, text_of

UNREADABLE = "not a number"  # the field's own reader refuses it, by its name
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


def balance(plus: Iterable[Any], less: Iterable[Any]) -> str | None:
    """All of `plus` without all of `less`, lists taken apart; None where nothing of `plus` is there.

    An empty list is there: nothing was paid back, and that is an amount.
    """
    plus = list(plus)
    if all(is_blank(value) for value in plus):
        return None
    try:
        return str(sum(_amounts(plus), Decimal(0)) - sum(_amounts(less), Decimal(0)))
    except ArithmeticError:
        return UNREADABLE


def from_minor(value: Any, currency: str | None, digits: Mapping[str, int]) -> str:
    """1250 in USD is 12.50; `digits` names the currencies that the platform counts otherwise than ISO 4217."""
    code = (currency or "").strip().upper()
    try:
        places = digits[code] if code in digits else minor_digits(code)
        return str(Decimal(text_of(value) or "x").scaleb(-places))
    except (ArithmeticError, ValueError):
        return UNREADABLE


def divided(value: Any, by: int) -> str:
    """1230000 by 1000000 is 1.23; what cannot be divided exactly is no amount."""
    try:
        amount = Decimal(text_of(value) or "x")
        return str(_EXACT.divide(amount, Decimal(by)))
    except ArithmeticError:
        return UNREADABLE


def _amounts(values: Iterable[Any]) -> Iterator[Decimal]:
    for value in values:
        if isinstance(value, list):
            yield from _amounts(value)
        elif not is_blank(value):
            yield Decimal(text_of(value) or "x")
