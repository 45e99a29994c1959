"""This module owns the small line on a card or in a row: an SVG in a data URI, so that hundreds cost nothing."""

from collections.abc import Sequence
from urllib.parse import quote

WIDTH, HEIGHT, PAD = 120, 28, 3
COLOUR = "#5c7fa3"  # 3:1 and more on the cards of both schemes


def sparkline(series: Sequence[float | None], zero: bool = False, open_end: bool = False) -> str | None:
    """The data URI of a line through the days' values, gaps left open; None below two values.

    `zero` keeps 0 on the axis and draws it, so that losing days can be told from earning ones. `open_end`: the last
    day is not over, and the way to it is dotted.
    """
    values = [value for value in series if value is not None]
    if len(values) < 2:
        return None
    ends = [*values, 0.0] if zero else values
    low, high = min(ends), max(ends)
    step = (WIDTH - 2 * PAD) / (len(series) - 1)

    def height(value: float) -> float:
        return HEIGHT - PAD - (value - low) * (HEIGHT - 2 * PAD) / (high - low) if high > low else HEIGHT / 2

    points = [None if value is None else f"{PAD + place * step:.1f} {height(value):.1f}"
              for place, value in enumerate(series)]  # fmt: skip
    over = points[:-1] if open_end else points
    way = [point for point in points if point][-2:] if open_end and points[-1] else []
    ground = f'<path d="M0 {height(0.0):.1f}H{WIDTH}" stroke="{COLOUR}" stroke-opacity=".45" stroke-dasharray="2 3"/>'
    rest = _stroke(way, 'stroke-dasharray=".1 3.5" ') if way else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{ground if zero else ''}{_stroke(over)}{rest}</svg>"
    )
    return "data:image/svg+xml," + quote(svg)


def _stroke(points: Sequence[str | None], more: str = "") -> str:
    """A line through the points, with a gap where there is none."""
    path = "".join(
        f"{'L' if place and points[place - 1] else 'M'}{point}" for place, point in enumerate(points) if point
    )
    return (
        f'<path d="{path}" fill="none" stroke="{COLOUR}" stroke-width="1.75" {more}'
        'vector-effect="non-scaling-stroke" stroke-linejoin="round" stroke-linecap="round"/>'
    )
