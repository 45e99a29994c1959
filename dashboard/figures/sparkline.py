"""This module owns the small line on a card: an SVG in a data URI, so that nine of them cost nothing."""

from collections.abc import Sequence
from urllib.parse import quote

WIDTH, HEIGHT, PAD = 120, 28, 3
COLOUR = "#5c7fa3"  # 3:1 and more on the cards of both schemes


def sparkline(series: Sequence[float | None]) -> str | None:
    """The data URI of a line through the days' values, gaps left open; None below two values."""
    values = [value for value in series if value is not None]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    step = (WIDTH - 2 * PAD) / (len(series) - 1)
    scale = (HEIGHT - 2 * PAD) / ((high - low) or 1)
    path, pen, end = [], "M", (0.0, 0.0)
    for place, value in enumerate(series):
        if value is None:
            pen = "M"
            continue
        end = (PAD + place * step, HEIGHT - PAD - (value - low) * scale if high > low else HEIGHT / 2)
        path.append(f"{pen}{end[0]:.1f} {end[1]:.1f}")
        pen = "L"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{"".join(path)}" fill="none" stroke="{COLOUR}" stroke-width="1.75" '
        f'vector-effect="non-scaling-stroke" stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )
    return "data:image/svg+xml," + quote(svg)
