"""This module owns what a cycle of the loop says of itself: its outcome, and `status.json`, which everybody reads."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.counting import metrics

if TYPE_CHECKING:  # who only reads what was said needs no models
    from analytics.incremental.bringing import Built

STATUS_FILE = "status.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cycle did. `version` is None where nothing was published."""

    ok: bool
    sentence: str
    deliveries: int
    version: str | None
    more: bool = False  # there is more to load at once
    built: "Built | None" = None


def write_status(data_dir: Path, outcome: Outcome, as_of: datetime, seconds: float, failed: dict[str, Any]) -> None:
    """Count the last cycle, and say in `status.json` how it went; the banner and `whichad status` read it."""
    metrics.cycle(outcome.ok, seconds, str(failed.get("check", "")))
    path = data_dir / STATUS_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    before = _read_status(path)
    version = outcome.version or before.get("version")
    built = outcome.built.said() if outcome.built else before.get("built")  # of the last one
    status = {
        "ok": outcome.ok, "sentence": outcome.sentence, "at": as_of.isoformat(timespec="seconds") + "Z",
        "cycle_seconds": seconds, "version": version, "more": outcome.more,
        **({"built": built} if built else {}), **failed,
    }  # fmt: skip
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(status), encoding="utf-8")
    aside.replace(path)


def _read_status(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
