"""This module owns the sentence about a gap: how large it is, and which parts of it matter, in a marketer's words."""

from collections.abc import Sequence
from decimal import Decimal

from analytics.compare.parts import Part
from analytics.compare.steps import WORDS

PARTS_TOLD = 3
SHARE_MIN = Decimal("0.1")  # of the gap: smaller parts are in the table only
_RATIOS = ("lp_rate", "ctr1", "serp_rate", "ctr2", "cvr", "ctr")
_TITLES = {"lp_rate": "LP rate", "serp_rate": "SERP rate", "aov": "AOV"}
_COUNTED = ("volume", "new", "gone")


def creatives_sentence(parts: Sequence[Part], first: str, second: str) -> str:
    """Why a click of the second creative brings more, or less, than one of the first."""
    *each, total = parts
    what = "earns" if total.formula and "cost" in total.formula else "brings"
    if not total.gap:
        return f"{second} {what} as much per click as {first}."
    more = "more" if total.gap > 0 else "less"
    return f"{second} {what} {amount(total.gap)} {more} per click than {first}: {_because(each, total.gap)}."


def periods_sentence(parts: Sequence[Part], first: str, second: str, currency: str, *, is_one: bool = False) -> str:
    """Why the second period brought more profit, or less, than the first; `is_one` of one creative.

    The rates of several creatives together also move with the mix: beside a part within creatives they would confuse.
    """
    *each, total = parts
    if not total.gap:
        return f"The profit of {second} is that of {first}."
    more = "higher" if total.gap > 0 else "lower"
    size = f"{amount(total.gap)} {currency}"
    return f"The profit of {second} is {size} {more} than that of {first}: {_because(each, total.gap, is_one)}."


def amount(value: Decimal | float) -> str:
    """An amount without its sign: two places, more where it is small."""
    size = abs(float(value))
    if size >= 0.1 or not size:
        return f"{size:,.2f}"
    return f"{size:.2g}" if size >= 0.0001 else f"{size:.6f}"


def _because(parts: Sequence[Part], gap: Decimal, is_one: bool = True) -> str:
    large = sorted((part for part in parts if abs(part.gap) >= SHARE_MIN * abs(gap)), key=lambda p: -abs(p.gap))
    told = large[:PARTS_TOLD]
    with_it = [_reason(part, is_one) for part in told if (part.gap > 0) == (gap > 0)]
    against = [_reason(part, is_one) for part in told if (part.gap > 0) != (gap > 0)]
    if with_it and abs(told[0].gap) <= abs(gap):
        with_it[0] = with_it[0].replace(" because", " of it because", 1)
    words = ", ".join(with_it) or "many small parts"
    return f"{words}; the other way {', '.join(against)}" if against else words


def _reason(part: Part, is_one: bool) -> str:
    better, worse = WORDS.get(part.part, (f"{part.part} is higher", f"{part.part} is lower"))
    shown = ""
    if part.value is not None and part.against is not None and (is_one or part.part in _COUNTED):
        title = "" if part.part in _COUNTED else _title(part.part) + " "
        shown = f" ({title}{_value(part, part.value)} against {_value(part, part.against)})"
    unsure = "" if part.is_sure or part.low is None else ", not sure"
    return f"{amount(part.gap)} because {better if part.gap > 0 else worse}{shown}{unsure}"


def _title(name: str) -> str:
    return _TITLES.get(name) or (name.replace("_", " ") if "_" in name else name.upper())


def _value(part: Part, value: float) -> str:
    if part.part in _COUNTED:
        return f"{value:,.0f}"
    if part.part in _RATIOS:
        return f"{value:.1%}".replace("%", " %") if value < 0.1 else f"{value:.0%}".replace("%", " %")
    return amount(value)
