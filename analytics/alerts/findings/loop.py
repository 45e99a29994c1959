"""This module owns `data.stale` and `publish.failed`: what the loop's `status.json` says, and how long ago.

Stale is what is published, once deliveries of so long ago may not be in it: the loop does not run, is stuck, or fails.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from analytics.alerts.findings.looking import Found, Look, length, subject_of
from analytics.alerts.store import moment
from analytics.status.cycle import STATUS_FILE

_MINUTE_MS = 60_000
PUBLISHED = subject_of("published")


@dataclass(frozen=True, slots=True)
class Loop:
    """What the loop said last. `at` is unix ms; `is_level`: all that had come by then is published."""

    at: int
    is_level: bool
    sentence: str
    check: str | None
    rows: tuple[Any, ...]


def read(data_dir: Path) -> Loop | None:
    """What the loop said last; None where it said nothing yet, or nothing that can be read."""
    try:
        said = json.loads((data_dir / STATUS_FILE).read_text(encoding="utf-8"))
        at = int(datetime.fromisoformat(said["at"]).timestamp() * 1000)
        level = bool(said["ok"]) and not said.get("more", False)
        return Loop(at, level, str(said["sentence"]), said.get("check"), tuple(said.get("rows", ())))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stale(loop: Loop | None, look: Look, started_at: int) -> Iterator[Found]:
    """Whether what is published is too old. `started_at` (unix ms): whoever started just now waits first."""
    if loop is None or look.is_quiet(PUBLISHED):
        return
    before = look.said.get(PUBLISHED, {"level_at": loop.at, "stale": False})
    level_at = loop.at if loop.is_level else before["level_at"]
    minutes = (look.at_ms - max(level_at, started_at)) / _MINUTE_MS
    state = {"level_at": level_at, "stale": minutes >= look.alerts.stale_minutes}
    if state["stale"] and not before["stale"]:
        since = moment(level_at)
        told = f"What is published is of {since:%d %b %Y %H:%M} UTC, {length(minutes)} ago."
        sentence = f"{told} The loop said last: {loop.sentence}"
        data = {"level_at": since, "minutes": int(minutes), "said": loop.sentence, "said_at": moment(loop.at)}
        yield Found(PUBLISHED, state, sentence, data, str(level_at))
    elif state["stale"] != before["stale"] or level_at - before["level_at"] >= _MINUTE_MS or not look.said:
        yield Found(PUBLISHED, state)


def failed(loop: Loop | None, look: Look) -> Iterator[Found]:
    """The check that keeps a version back; said once until it passes, and again for another check."""
    if loop is None or look.is_quiet(PUBLISHED):
        return
    before = look.said.get(PUBLISHED)
    if loop.check is None:
        if before is not None and loop.is_level:
            yield Found(PUBLISHED, None)
    elif before is None or before["check"] != loop.check:
        data = {"check": loop.check, "rows": list(loop.rows), "at": moment(loop.at)}
        yield Found(PUBLISHED, {"check": loop.check, "at": loop.at}, loop.sentence, data, f"{loop.check} {loop.at}")
