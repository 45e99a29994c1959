"""This module owns what is said of the canary: to `whichad status` in a sentence, to `/metrics` in seconds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.canary.noting import SEEN, last_seen
from ingest.canary.posting import SAID
from ingest.config import IngestSettings

LATE_SECONDS = 300.0  # a full build of some millions of rows; and what a person would call late


@dataclass(frozen=True, slots=True)
class Standing:
    """How the canary stands: whether all is well, a sentence, and what to do where it is not."""

    ok: bool
    detail: str
    hint: str = ""


def posted(data_dir: Path) -> dict[str, Any]:
    """What became of the last canary that was posted; {} for none."""
    try:
        said = json.loads((data_dir / SAID).read_text(encoding="utf-8"))
        return {"at": float(said["at"]), "ok": bool(said["ok"]), "seconds": float(said["seconds"]),
                "problem": str(said["problem"])}  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def standing(settings: IngestSettings, now: float) -> Standing | None:
    """How the canary of a running ingest stands at `now` (unix seconds); None where it is off."""
    every, said = settings.canary.every_seconds, posted(settings.data_dir)
    if not every:
        return None
    patience = 3 * every + LATE_SECONDS
    if not said:
        return Standing(True, f"the first one is posted {every:g} s after the start")
    age, words = now - said["at"], f"answered in {said['seconds'] * 1000:.0f} ms"
    if not said["ok"]:
        return Standing(False, f"{said['problem']}, {age:.0f} s ago", "A sender would hear the same: see ingest above.")
    if age > patience:
        return Standing(False, f"the last one was posted {age:.0f} s ago", "Start whichad again: whichad up")
    if settings.nodes.is_door_only:
        return Standing(True, f"{words}, {age:.0f} s ago")
    seen = last_seen(settings.data_dir)
    if not seen:
        is_late = age > LATE_SECONDS
        return Standing(not is_late, f"{words}, {age:.0f} s ago, and not visible yet", LOOP if is_late else "")
    behind = now - seen / 1e6
    if behind > patience:
        return Standing(False, f"{words}; what came in the last {behind:.0f} s is not visible", LOOP)
    return Standing(True, f"{words}, visible after {_visible_seconds(settings.data_dir):.1f} s, {age:.0f} s ago")


LOOP = "The loop is behind, or stands still: see refresh and published."


def _visible_seconds(data_dir: Path) -> float:
    try:
        return float(json.loads((data_dir / SEEN).read_text(encoding="utf-8"))["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
