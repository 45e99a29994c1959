"""This module owns what a benchmark answers: our measure beside a peer's, round by round, and how the ratio stands."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Better = Literal["more", "less"]
SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One line of the table: `ours` and `theirs` in `unit`, a pair a round; `target` bounds ours / theirs.

    `better` is "more" where the ratio shall be at least the target, "less" where at most. `ceiling` bounds `ours`
    itself, in `unit`. `skipped` says in a sentence why nothing was measured, `setup` how the peer was set up.
    """

    what: str
    against: str
    unit: str
    ours: Sequence[float] = ()
    theirs: Sequence[float] = ()
    target: float | None = None
    better: Better = "more"
    ceiling: float | None = None
    stretch: float | None = None
    setup: str = ""
    skipped: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Ours / theirs of each round."""
        return [our / their for our, their in zip(self.ours, self.theirs, strict=True)] if self.theirs else []

    @property
    def ratio(self) -> float | None:
        """The median of the ratios."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, `measured` (there is no target), or `skipped`."""
        if self.skipped:
            return SKIPPED
        held = []
        if self.target is not None and self.ratio is not None:
            held.append(self.ratio >= self.target if self.better == "more" else self.ratio <= self.target)
        if self.ceiling is not None:
            held.append(statistics.median(self.ours) <= self.ceiling)
        return "measured" if not held else "met" if all(held) else "missed"

    def as_json(self) -> dict[str, Any]:
        """Everything, with the ratios and the verdict."""
        return asdict(self) | {"ratios": self.ratios, "ratio": self.ratio, "verdict": self.verdict}


def table(findings: Sequence[Finding]) -> str:
    """The findings as a table for people; below it, how each peer was set up."""
    head = ("what", "ours", "against", "theirs", "ratio (least to most)", "target", "")
    lines = [head, *(_line(each) for each in findings)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    told.insert(1, "  ".join("-" * width for width in widths))
    notes = dict.fromkeys(f"{each.against}: {each.setup}" for each in findings if each.setup)
    gone = [f"skipped: {each.what} against {each.against}: {each.skipped}" for each in findings if each.skipped]
    return "\n".join([*told, "", *notes, *gone])


def _line(found: Finding) -> tuple[str, ...]:
    if found.skipped:
        return (found.what, "", found.against, "", "", _target(found), SKIPPED)
    ratios = found.ratios
    spread = f"{found.ratio:.3g} ({min(ratios):.3g} to {max(ratios):.3g})" if ratios else ""
    return (found.what, _amount(found.ours, found.unit), found.against, _amount(found.theirs, found.unit), spread,
            _target(found), found.verdict)  # fmt: skip


def _amount(values: Sequence[float], unit: str) -> str:
    if not values:
        return ""
    median = statistics.median(values)
    return f"{median:,.0f} {unit}" if median >= 100 else f"{median:,.3g} {unit}"


def _target(found: Finding) -> str:
    sign = "≥" if found.better == "more" else "≤"
    words = [f"{sign} {found.target:g} ×"] if found.target is not None else []
    if found.stretch is not None:
        words.append(f"stretch {found.stretch:g} ×")
    if found.ceiling is not None:
        words.append(f"≤ {found.ceiling:g} {found.unit}")
    return ", ".join(words)
