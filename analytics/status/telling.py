"""This module owns how findings are told: to a person a page with what is wrong first and what to do, else as JSON."""

import json
from collections.abc import Sequence
from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING

from ingest.terminal.called import as_called

if TYPE_CHECKING:
    from analytics.status.health import Finding

WIDTH = 110


def page(findings: Sequence["Finding"]) -> str:
    """The page of a person: a verdict, then what is wrong with what to do, in the order of causes, then the rest."""
    wrong = [each for each in findings if not each.ok]
    well = [each for each in findings if each.ok]
    widest = max((len(each.what) for each in findings), default=0)
    lines = [_verdict(len(wrong)), ""]
    for each in wrong:
        lines += _told("WRONG", each, widest)
        lines.append("")
    for each in well:
        lines += _told("ok", each, widest)
    return "\n".join(lines).rstrip()


def as_json(findings: Sequence["Finding"], at: datetime) -> str:
    """The same for machines; `at` is naive UTC. The keys are a contract: docs/observing.md."""
    return json.dumps({
        "ok": all(each.ok for each in findings),
        "at": at.isoformat(timespec="seconds") + "Z",
        "findings": [
            {"what": each.what, "ok": each.ok, "detail": as_called(each.detail),
             "hint": "" if each.ok else as_called(each.hint)}
            for each in findings
        ],
    }, indent=2)  # fmt: skip


def _verdict(count: int) -> str:
    if count == 0:
        return "All is well."
    return "One thing is wrong." if count == 1 else f"{count} things are wrong; begin with the first."


def _told(mark: str, finding: "Finding", widest: int) -> list[str]:
    head = f"{mark:<7}{finding.what:<{widest}}  "
    lines = _wrapped(head, as_called(finding.detail))
    if not finding.ok and finding.hint:
        lines.append(f"{'':<7}{'do:':<{widest}}  {as_called(finding.hint)}")  # whole: it is copied and run
    return lines


def _wrapped(head: str, text: str) -> list[str]:
    """The text beside its head."""
    told = [part for line in text.splitlines() for part in wrap(line, WIDTH - len(head), break_on_hyphens=False,
                                                                break_long_words=False)]  # fmt: skip
    return [f"{head if index == 0 else ' ' * len(head)}{line}" for index, line in enumerate(told or [""])]
