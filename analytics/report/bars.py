"""This module owns the picture of an interval: a bar from low to high, a dot at the estimate, a line at the target."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from analytics.report.markup import Content, Html, tag

WIDTH, HEIGHT, MARGIN = 180, 22, 8
TIP = 4
OUTLIERS = 0.05  # of the ends may lie outside: they are cut off with an arrow, so that the others can be seen


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate with its interval; an end that is None is not known, and reaches out of the picture."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """What the left and the right end of the picture stand for; all bars of a table share one."""

    low: float
    high: float

    def x(self, value: float) -> float:
        """Where a value lies, cut at the ends."""
        share = (value - self.low) / (self.high - self.low)
        return round(MARGIN + min(max(share, 0), 1) * (WIDTH - 2 * MARGIN), 1)


def scale(spans: Iterable[Span], *marks: float) -> Scale:
    """A scale that shows the marks and all but the farthest ends."""
    told = list(spans)
    lows = sorted(each.low for each in told if _is_known(each.low))
    highs = sorted(each.high for each in told if _is_known(each.high))
    low = min([*marks, *lows[int(len(lows) * OUTLIERS) :]], default=0.0)
    high = max([*marks, *highs[: math.ceil(len(highs) * (1 - OUTLIERS))]], default=1.0)
    return Scale(low, high if high > low else low + (abs(low) or 1.0))


def bar(span: Span, over: Scale, mark: float | None, words: str) -> Html:
    """The picture; `words` say the same to who cannot see it. Nothing where neither end is known."""
    if not _is_known(span.value) or not (_is_known(span.low) or _is_known(span.high)):
        return Html("")
    low = span.low if _is_known(span.low) else -math.inf
    high = span.high if _is_known(span.high) else math.inf
    x1, x2, middle = over.x(max(low, over.low)), over.x(min(high, over.high)), HEIGHT // 2
    side = "open" if mark is None or low <= mark <= high else "above" if low > mark else "beneath"
    parts: list[Content] = [tag("title", words)]
    if mark is not None:
        parts.append(tag("line", x1=over.x(mark), x2=over.x(mark), y1=1, y2=HEIGHT - 1, class_="mark"))
    parts.append(tag("line", x1=x1, x2=x2, y1=middle, y2=middle, class_=f"bar {side}"))
    if low < over.low:
        parts.append(_tip(x1, middle, -TIP, side))
    if high > over.high:
        parts.append(_tip(x2, middle, TIP, side))
    parts.append(tag("circle", cx=over.x(span.value), cy=middle, r=4, class_=f"dot {side}"))
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH, height=HEIGHT, role="img", aria_label=words)


def _tip(x: float, y: int, reach: int, side: str) -> Html:
    """An arrow head: it goes on."""
    return tag("path", d=f"M{x} {y - TIP}L{x + reach} {y}L{x} {y + TIP}", class_=f"tip {side}")


def _is_known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
