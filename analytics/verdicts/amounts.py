"""This module owns how a verdict's sentence writes numbers: money, shares, counts."""


def money(amount: float) -> str:
    """Digits that say something: 1,234 · 12.30 · 0.31 · 0.022 · 0.0042."""
    return amounts(amount)[0]


def amounts(*several: float) -> list[str]:
    """The same of several, each with as many digits as the smallest needs."""
    sizes = [abs(amount) for amount in several if amount]
    least = min(sizes, default=1.0)
    places = 0 if least >= 1000 else 2 if least >= 0.1 else 3 if least >= 0.01 else 4
    return [f"{amount:,.{places}f}" for amount in several]


def percent(p: float) -> str:
    """Never surer than over 99 %."""
    if p > 0.99:
        return "over 99 %"
    return "under 1 %" if p < 0.01 else f"{p:.0%}".replace("%", " %")


def rare(p: float) -> str:
    """A small share: 1.5 %."""
    return f"{p:.1%}".replace("%", " %") if p >= 0.001 else "under 0.1 %"


def count(number: int, thing: str) -> str:
    """One thing, or several."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def per(top: float, bottom: float) -> float:
    """A ratio; 0 of nothing."""
    return top / bottom if bottom else 0.0
