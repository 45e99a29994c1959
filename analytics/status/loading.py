"""This module owns `loading.json`: that weeks of history are being brought in, which days, and when all was sent."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

NAME = "loading.json"
STALE_SECONDS = 60.0  # who brings it in touches the file; where nobody does any more, it says nothing


@dataclass(frozen=True, slots=True)
class History:
    """The days of the history, both inclusive; `sent_at` (aware) once all of it was sent."""

    first: date
    last: date
    sent_at: datetime | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def tell(data_dir: Path, history: History) -> None:
    """Say that this history is being brought in, or was sent."""
    sent = history.sent_at.isoformat() if history.sent_at else None
    aside = data_dir / f"{NAME}.new"
    aside.write_text(json.dumps({"first": str(history.first), "last": str(history.last), "sent_at": sent}))
    aside.replace(data_dir / NAME)


def still(data_dir: Path) -> None:
    """Say that it goes on."""
    with suppress(OSError):
        (data_dir / NAME).touch()


def given_up(data_dir: Path) -> None:
    """Say nothing any more: it was stopped on the way."""
    (data_dir / NAME).unlink(missing_ok=True)


def told(data_dir: Path, now_seconds: float | None = None) -> History | None:
    """What is said, None where nothing is, or where nobody goes on with it; `now_seconds` is since 1970."""
    path = data_dir / NAME
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        sent = datetime.fromisoformat(said["sent_at"]) if said["sent_at"] else None
        found = History(date.fromisoformat(said["first"]), date.fromisoformat(said["last"]), sent)
        age_seconds = (time.time() if now_seconds is None else now_seconds) - path.stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.sent_at or age_seconds < STALE_SECONDS else None
