"""This module owns when the last backup was taken, as it is remembered here: one that silently stops is noticed."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.durable import fsync

if TYPE_CHECKING:  # whoever only asks, such as the door for its metrics, loads no DuckDB
    from ingest.backup.take import Taken

NOTED = Path("backup.json")  # in the data folder; a restored one has none
DAYS_MAX = 2.0  # one a day, and one night that failed


@dataclass(frozen=True, slots=True)
class Standing:
    """How old the last backup is, whether that is well, and what to do where it is not; `taken_at` is naive UTC."""

    taken_at: datetime
    ok: bool
    detail: str
    hint: str = ""


def remember(data_dir: Path, taken: "Taken", folder: Path | None) -> None:
    """Remember a backup that is on disk; `folder` is where dated ones go from now on, None leaves that. Raises OSError.

    One by hand is a backup, too, and keeps nobody from noticing later that the daily ones have stopped.
    """
    promised = str(folder.absolute()) if folder else _said(data_dir).get("dir", "")
    said = {"at": f"{taken.begun.isoformat()}Z", "file": str(taken.path), "bytes": taken.bytes, "dir": promised}
    aside = data_dir / NOTED.with_suffix(".new")
    aside.write_text(json.dumps(said), encoding="utf-8")
    fsync(aside)
    aside.replace(data_dir / NOTED)


def standing(data_dir: Path, now: datetime) -> Standing | None:
    """How the backups of a data folder stand at `now` (naive UTC); None where none was ever taken."""
    said = _said(data_dir)
    try:
        taken_at = datetime.fromisoformat(said["at"].removesuffix("Z"))
    except (KeyError, ValueError):
        return None
    age, promised = (now - taken_at).total_seconds(), said.get("dir", "")
    if not promised or age <= DAYS_MAX * 86400:
        return Standing(taken_at, True, f"the last one is {_age(age)} old: {said.get('file', '')}")
    hint = f"See why the timer or the cron line takes none any more, and take one: whichad backup --dir {promised}"
    return Standing(taken_at, False, f"no backup for {_age(age)} in {promised}", hint)


def _said(data_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((data_dir / NOTED).read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _age(seconds: float) -> str:
    hours = max(0, int(seconds // 3600))
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"
