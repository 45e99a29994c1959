"""This module owns how numbers are written for people: thousands apart, shares in percent, the unknown as a dash."""

from decimal import Decimal

UNKNOWN = "–"
MINUS = "−"  # as wide as a plus
Number = int | float | Decimal | None
WHOLE = 1_000  # amounts from here on are written without cents
CENTS = 10  # amounts per click beneath it have three digits after the point


def count(value: Number) -> str:
    """A whole number."""
    return UNKNOWN if value is None else _signed(f"{value:,.0f}")


def money(value: Number, of: Number = None) -> str:
    """An amount, without its currency: with cents below a thousand; `of` is the largest of those beside it."""
    if value is None:
        return UNKNOWN
    return _signed(f"{value:,.0f}" if max(abs(float(value)), abs(float(of or 0))) >= WHOLE else f"{value:,.2f}")


def each(value: Number) -> str:
    """An amount per click."""
    return UNKNOWN if value is None else _signed(f"{value:,.2f}" if abs(float(value)) >= CENTS else f"{value:,.3f}")


def percent(value: Number, digits: int = 0) -> str:
    """A share of one."""
    return UNKNOWN if value is None else _signed(f"{value:.{digits}%}").replace("%", " %")


def change(ratio: Number) -> str:
    """A ratio as what it adds: 1.12 is +12 %."""
    return UNKNOWN if ratio is None else _signed(f"{float(ratio) - 1:+.0%}").replace("%", " %")


def factor(value: Number) -> str:
    """A ratio such as ROAS."""
    return UNKNOWN if value is None else _signed(f"{value:.2f}")


def plural(number: int, one: str, many: str | None = None) -> str:
    """3 creatives, 1 creative."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _signed(text: str) -> str:
    """With a minus that is one, and none before a zero."""
    if text.startswith("-") and not text.strip("-0.,%"):
        text = text[1:]
    return text.replace("-", MINUS)
