"""This module owns what a picture of a page is held against: its boxes, its ink and light, and the look that is kept.

No picture is kept: machines draw letters differently. Of each part of a page (header, controls, every panel) a look
keeps where it lies, and on a coarse grid how light each cell is and how much of it is ink. One font draws everything
(fonts-dejavu-core, which `make test` installs beside Chromium). `make looks` keeps the looks anew.
"""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
KEPT = FOLDER / "fixtures" / "looks"
RENEWS = os.environ.get("RENEW_LOOKS") == "1"
COLUMNS, ROWS = 12, 6
SECONDS_MAX = 90
LIGHT_MAX = 0.05  # of a dark page
INK_MOVED_MAX = 0.35  # the share of a part's ink that may lie elsewhere: words and numbers change, shapes do not
LIGHT_MOVED_MAX = 0.06
PLACE_MAX, HEIGHT_MAX = 4, 0.25  # px; of the height
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
# Everything in one font, from the first paint on; what says how old the data is changes with the day, and is not drawn.
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
DRAWS_ALIKE = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  * { font-family: "DejaVu Sans" !important; caret-color: transparent !important }
  code, pre, kbd { font-family: "DejaVu Sans Mono" !important }
  #as-of { visibility: hidden !important }
  * { transition: none !important; animation: none !important }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
"""
Box = Sequence[int]
Cells = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Seen:
    """A page as it was drawn: its picture, what is wrong with it, and the look of its parts."""

    png: bytes
    faults: Sequence[str]
    parts: Mapping[str, tuple[Box, Cells]]  # in the order of the page

    @property
    def look(self) -> dict[str, str]:
        """What is kept: `x y width height`, then a digit per cell for its light, then one for its ink."""
        return {name: " ".join([*map(str, box), *_written(cells)]) for name, (box, cells) in self.parts.items()}


@dataclass
class Difference:
    """How a page departs from the look that is kept: sentences, and the cells to mark in its picture."""

    sentences: list[str] = field(default_factory=list)
    marks: list[tuple[Box, float]] = field(default_factory=list)


def settled(page: Any, scheme: str) -> None:
    """Wait until the page is whole in a scheme: late panels, too, and nothing moves."""
    assert page.evaluate(_script("settle"), [scheme, SECONDS_MAX]) == ""


def seen(page: Any, eye: Any, scheme: str) -> Seen:
    """Look at a page that stands still; `eye` is a blank page, whose canvas reads the picture."""
    asked = page.evaluate(_script("regions"))
    png = page.screenshot(full_page=True, animations="disabled", scale="css")
    told = eye.evaluate(_script("ink"), {"png": _text(png), "columns": COLUMNS, "rows": ROWS, **asked})
    faults = [
        *page.evaluate(_script("faults")),
        *(f"{name} is a figure without ink" for name in told["blank"]),
        *told["faint"],
    ]
    if scheme == "dark" and told["light"] > LIGHT_MAX:
        faults.append(f"{told['light']:.0%} of the dark page is light")
    return Seen(png, faults, {name: (box, cells) for name, box, cells in told["regions"]})


def compared(kept: Mapping[str, str], now: Seen) -> Difference:
    """Hold what is seen against a kept look."""
    found = Difference()
    if list(kept) != list(now.parts):
        found.sentences.append(f"the parts are {', '.join(now.parts)}; kept are {', '.join(kept)}")
    for name, (box, cells) in now.parts.items():
        if name in kept:
            _compare(found, name, box, cells, *_read(kept[name]))
    return found


def _compare(found: Difference, name: str, box: Box, cells: Cells, was: Box, before: Cells) -> None:
    if abs(box[0] - was[0]) > PLACE_MAX or abs(box[2] - was[2]) > PLACE_MAX:
        found.sentences.append(f"{name} is {box[2]} px wide at {box[0]}, kept: {was[2]} at {was[0]}")
    if abs(box[3] - was[3]) > HEIGHT_MAX * was[3]:
        found.sentences.append(f"{name} is {box[3]} px high, kept: {was[3]}")
    ink = [abs(now[1] - old[1]) for now, old in zip(cells, before, strict=True)]
    light = [abs(now[0] - old[0]) for now, old in zip(cells, before, strict=True)]
    moved = sum(ink) / max(sum(now[1] + old[1] for now, old in zip(cells, before, strict=True)), 1e-9)
    lighter = sum(light) / len(light)
    if moved <= INK_MOVED_MAX and lighter <= LIGHT_MOVED_MAX:
        return
    found.sentences.append(f"{name}: {moved:.0%} of its ink lies elsewhere, its light differs by {lighter:.0%}")
    for place, change in enumerate(zip(ink, light, strict=True)):
        row, column = divmod(place, COLUMNS)
        wide, high = box[2] / COLUMNS, box[3] / ROWS
        at = [round(box[0] + column * wide), round(box[1] + row * high), round(wide), round(high)]
        found.marks.append((at, min(1.0, 8 * max(change))))


def marked(eye: Any, now: Seen, marks: Sequence[tuple[Box, float]]) -> bytes:
    """The picture with what differs in red."""
    return base64.b64decode(eye.evaluate(_script("mark"), {"png": _text(now.png), "marks": list(marks)}))


def kept(name: str) -> dict[str, dict[str, str]]:
    """The looks of a page, by scheme and width; none where nothing is kept."""
    file = KEPT / f"{name}.json"
    read: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
    return read


def keep(name: str, looks: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the looks of a page."""
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps(looks, indent=1) + "\n")


def _written(cells: Cells) -> tuple[str, str]:
    # Ink by its root: a thin line in a cell must not be written as none.
    return "".join(_DIGITS[round(light * 63)] for light, _ in cells), "".join(
        _DIGITS[round(ink**0.5 * 63)] for _, ink in cells
    )


def _read(line: str) -> tuple[Box, Cells]:
    *box, light, ink = line.split()
    cells = [[_DIGITS.index(a) / 63, (_DIGITS.index(b) / 63) ** 2] for a, b in zip(light, ink, strict=True)]
    return [int(each) for each in box], cells


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()


@cache
def _script(name: str) -> str:
    return (FOLDER / "seen" / f"{name}.js").read_text(encoding="utf-8")
