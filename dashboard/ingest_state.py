"""This module owns what every page says of ingest: nothing while it takes webhooks, else a sentence."""

import time
from pathlib import Path
from threading import Lock

from analytics.health import Finding, door
from dashboard.config import Settings

REMEMBERED_SECONDS = 5.0  # every open page asks every few seconds, and a hung ingest takes two of them to not answer
_lock = Lock()
_seen: dict[Path, tuple[float, Finding]] = {}


def ingest_words(settings: Settings, now_seconds: float | None = None) -> str | None:
    """`Ingest is down: …` where no webhook would be taken now; None where all is well."""
    found = standing(settings, now_seconds)
    if found.ok:
        return None
    return f"Ingest takes no webhooks: {found.detail}. {found.hint}".strip()


def standing(settings: Settings, now_seconds: float | None = None) -> Finding:
    """How ingest is, asked at most every five seconds; `now_seconds` is of a clock that only runs forward."""
    now = time.monotonic() if now_seconds is None else now_seconds
    with _lock:
        at, found = _seen.get(settings.data_dir, (float("-inf"), None))
        if found is None or now - at > REMEMBERED_SECONDS:
            found = door(settings)
            _seen[settings.data_dir] = (now, found)
        return found
