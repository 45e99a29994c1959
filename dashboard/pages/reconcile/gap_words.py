"""This module owns how a gap is said in a sentence: whose word it is, how much it differs, what it is made of."""

from collections.abc import Hashable, Mapping

from dashboard import numbers
from dashboard.pages.reconcile.gaps import MEASURES, PARTS, Choice

_WHO = {"platform": "The ad account", "feed": "The feed", "tracker": "The shop or tracker"}
Row = Mapping[Hashable, object]


def place(row: Row) -> str:
    """Where: `facebook · act_9 · 2384`; what names nothing says so."""
    named = [str(row[name]) for name in ("network", "account_id", "campaign_id") if isinstance(row[name], str)]
    return " · ".join(named) if isinstance(row["campaign_id"], str) else " · ".join([*named, "no campaign named"])


def gap_sentence(row: Row, choice: Choice, currency: str) -> str:
    """`The ad account said 12 clicks, 8 are counted here. Of the 4 more, 2 …`: the largest parts first."""
    against = row["against"]
    if against not in _WHO:
        return "Nobody else said anything of it."
    said, ours, gap = (_number(row[name]) for name in (str(against), "observed", "gap"))
    noun = ("of " if choice.unit == "money" else "") + MEASURES[choice.measure][0].lower()
    told = numbers.known(row[str(against)])  # type: ignore[arg-type] # a column of DOUBLE
    start = f"{_WHO[str(against)]} said {_amount(said, choice, currency) if told else 'nothing'} {noun if told else ''}"
    start = (
        f"{start.strip()}, here {_amount(ours, choice, currency)} {'is' if choice.unit == 'money' else 'are'} counted"
    )
    if not gap:
        return f"{start}: the same."
    parts = sorted(((_number(row[part.column]), part) for part in PARTS), key=lambda pair: -abs(pair[0]))
    made_of = [f"{_signed(amount, choice, currency)} {part.said}" for amount, part in parts if amount]
    return f"{start} ({_signed(gap, choice, currency)}): {', '.join(made_of)}."


def total_sentence(gap: float | None, parts: Mapping[str, float], choice: Choice, currency: str) -> str:
    """The gap of the whole period, and its two largest parts."""
    if gap is None or not numbers.known(gap):
        return "Nobody else said anything in this period: there is nothing to reconcile with."
    if not gap and not any(parts.values()):
        return "No gap: everybody says what is counted here."
    told = sorted(
        ((value, part.title.lower()) for part in PARTS if (value := parts[part.column])), key=lambda p: -abs(p[0])
    )
    largest = " and ".join(f"{title} ({_signed(value, choice, currency)})" for value, title in told[:2])
    return f"Others say {_signed(gap, choice, currency)} against what is counted here; most of it: {largest}."


def _amount(value: float, choice: Choice, currency: str) -> str:
    return numbers.in_unit(value, choice.unit, choice.currency or currency, 2 if choice.unit == "money" else None)


def _signed(value: float, choice: Choice, currency: str) -> str:
    return ("+" if value > 0 else "") + _amount(value, choice, currency)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and numbers.known(float(value)) else 0.0
