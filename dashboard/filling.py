"""This module owns the sentence of a page whose numbers are still being filled: of which days they are so far."""

import json
from datetime import date
from pathlib import Path

from analytics.status import loading
from analytics.status.cycle import STATUS_FILE
from analytics.status.loading import History
from dashboard.freshness import Freshness

MORE = "What has arrived is still being loaded: these numbers lack the newest part of it."


def filling_words(data_dir: Path, fresh: Freshness | None, now_seconds: float | None = None) -> str:
    """`History is still loading: 9 of 28 days …`; empty where all that came is in the numbers. `fresh`: published."""
    history = loading.told(data_dir, now_seconds)
    more = _is_more(data_dir)
    if history is not None and not _is_in(history, fresh, more):
        done = days_in(history, fresh.newest_event.date() if fresh and fresh.newest_event else None)
        where = "All history has come and is being counted" if history.sent_at else "History is still loading"
        return (
            f"{where}: {done} of {history.days} days are in these numbers so far, and they are partial until all are."
            " The page follows by itself."
        )
    return MORE if more else ""


def days_in(history: History, reached: date | None) -> int:
    """How many of its days are over in numbers that reach up to a day; history comes in the order of its days."""
    return 0 if reached is None else min(max((reached - history.first).days, 0), history.days)


def _is_in(history: History, fresh: Freshness | None, more: bool) -> bool:
    return bool(history.sent_at and fresh and fresh.as_of >= history.sent_at and not more)


def _is_more(data_dir: Path) -> bool:
    try:
        said = json.loads((data_dir / STATUS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("more") is True
