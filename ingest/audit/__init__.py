"""This module owns the audit's vocabulary: a line of the balance sheet, two numbers that must agree."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Two counts that must be equal (or a finding, where `left` is what was found and `right` what should be)."""

    part: str  # journal | archive | record | nodes | marts | history | alerts | dashboard
    what: str
    left: str
    right: str
    ok: bool
    note: str = ""


def equal(part: str, what: str, left: object, right: object, note: str = "") -> Line:
    """A line that is right where both sides are the same."""
    return Line(part, what, str(left), str(right), left == right, "" if left == right else note)


def sound(lines: Sequence[Line]) -> bool:
    """Whether every line is right."""
    return all(line.ok for line in lines)
