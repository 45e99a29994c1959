"""This module owns how ingest is, as every page asks it: remembered for some seconds."""

import time
from pathlib import Path
from threading import Lock

from analytics.status.health import Finding, door
from dashboard.config import Settings

REMEMBERED_SECONDS = 5.0  # every open page asks every few seconds, and a hung ingest takes two of them to not answer
_lock = Lock()
_seen: dict[Path, tuple[float, Finding]] = {}


def standing(settings: Settings, now_seconds: float | None = None) -> Finding:
    """How ingest is, asked at most every five seconds; `now_seconds` is of a clock that only runs forward."""
    now = time.monotonic() if now_seconds is None else now_seconds
    with _lock:
        at, found = _seen.get(settings.data_dir, (float("-inf"), None))
        if found is None or now - at > REMEMBERED_SECONDS:
            found = door(settings)
            _seen[settings.data_dir] = (now, found)
        return found
