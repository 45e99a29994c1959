"""This module owns the small line on a card or in a row: an SVG in a data URI, so that hundreds cost nothing."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

WIDTH, HEIGHT, PAD = 120, 28, 3
COLOUR = "#5c7fa3"  # 3:1 and more on the cards of both schemes
# Quoted once: of five hundred lines it was a third of the time.
_BEGIN = "data:image/svg+xml," + quote(
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
)
_GROUND = (
    quote('<path d="M0 '), quote(f'H{WIDTH}" stroke="{COLOUR}" stroke-opacity=".45" stroke-dasharray="2 3"/>')
)  # fmt: skip
_STROKE = (
    quote('<path d="'),
    quote(f'" fill="none" stroke="{COLOUR}" stroke-width="1.75" vector-effect="non-scaling-stroke" '
          'stroke-linejoin="round" stroke-linecap="round"/>'),
)  # fmt: skip
_DOTTED = (_STROKE[0], _STROKE[1].replace("%20fill", "%20stroke-dasharray%3D%22.1%203.5%22%20fill", 1))
_END = quote("</svg>")


def sparkline(series: Sequence[float | None], zero: bool = False, open_end: bool = False) -> str | None:
    """The data URI of a line through the days' values, gaps left open; None below two values.

    `zero` keeps 0 on the axis and draws it, so that losing days can be told from earning ones. `open_end`: the last
    day is not over: the way to it is dotted, and goes to the edge where it would flatten all other days.
    """
    values = [value for value in series if value is not None]
    if len(values) < 2:
        return None
    over = values[:-1] if open_end and series[-1] is not None else values
    ends = [*over, 0.0] if zero else over
    low, high = min(ends), max(ends)
    rise = (HEIGHT - 2 * PAD) / (high - low) if high > low else 0.0
    foot = HEIGHT - PAD + low * rise if high > low else HEIGHT / 2
    points = [None if value is None else f"{place}%20{foot - min(max(value, low), high) * rise:.1f}"
              for place, value in zip(_places(len(series)), series, strict=True)]  # fmt: skip
    drawn = _path(points[:-1] if open_end else points, _STROKE)
    if open_end and points[-1] is not None:
        drawn += _path([point for point in points if point is not None][-2:], _DOTTED)
    ground = f"{_GROUND[0]}{foot:.1f}{_GROUND[1]}" if zero else ""
    return f"{_BEGIN}{ground}{drawn}{_END}"  # quoted as it is


@lru_cache(maxsize=64)
def _places(days: int) -> tuple[str, ...]:
    """Where each of so many days stands, from left to right."""
    step = (WIDTH - 2 * PAD) / (days - 1)
    return tuple(f"{PAD + place * step:.1f}" for place in range(days))


def _path(points: Sequence[str | None], stroke: tuple[str, str]) -> str:
    """A line through the points, with a gap where there is none."""
    path, pen = [], "M"
    for point in points:
        if point is not None:
            path.append(f"{pen}{point}")
        pen = "M" if point is None else "L"
    return f"{stroke[0]}{''.join(path)}{stroke[1]}"
