"""This module owns how the alerts' commands speak: errors of the store in words, times, and how long `3d` is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from analytics.alerts.store import StoreError, moment, now_ms
from analytics.config import AnalyticsSettings
from ingest.config import ConfigError, load
from ingest.terminal.commands import Exit, errors_in_words, say

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


@contextmanager
def alerts_in_words() -> Iterator[None]:
    """The folder's errors, and those of the store, as a sentence and an exit code."""
    with errors_in_words():
        try:
            yield
        except StoreError as error:
            say(f"whichad: {error}")
            raise typer.Exit(Exit.FAILED) from None


@contextmanager
def alerts_of(config: Path | None) -> Iterator[Path]:
    """The data folder of a configuration, with errors told as by `alerts_in_words`."""
    with alerts_in_words():
        yield load(AnalyticsSettings, config).data_dir


def shown(at_ms: int | None) -> str | None:
    """A time of the store, such as 2026-11-26T08:00:00Z."""
    return None if at_ms is None else moment(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration_ms(text: str) -> int:
    """`90m`, `12h`, `3d` or `2w` in milliseconds. Raises ConfigError."""
    found = re.fullmatch(r"(\d{1,4})([mhdw])", text.strip())
    if found is None:
        raise ConfigError(f"{text!r} is no time such as 90m, 12h, 3d or 2w.")
    return int(found[1]) * _UNITS[found[2]] * 1000


def since_ms(text: str) -> int:
    """A moment: `2d` ago, a day, or a time in UTC as ISO 8601 writes it. Raises ConfigError."""
    if re.fullmatch(r"\d{1,4}[mhdw]", text.strip()):
        return now_ms() - duration_ms(text)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no moment such as 2d (ago), 2026-11-26 or 2026-11-26T08:00.") from None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1000)
