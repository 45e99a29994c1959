"""This module owns what findings are made of: a published version opened read-only, and what is found in it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from analytics.alerts.events import Event, Step, event_id
from analytics.alerts.rules import Rule
from analytics.config import Alerts

Values = Mapping[str, Any]
SENT_CHARS_MAX = 1000
TEXT_CHARS_MAX = 80  # of an ad's text in a sentence; all of it is in the data
_FRESHNESS = "select version, as_of, timezone, currency, maturity_days, kind from freshness"


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is open for as long as one evaluation takes; `as_of` is aware UTC."""

    connection: duckdb.DuckDBPyConnection
    version: str
    as_of: datetime
    zone: ZoneInfo
    currency: str
    maturity_days: int
    kind: str

    @property
    def today(self) -> date:
        """The reporting day in which the data was taken."""
        return self.as_of.astimezone(self.zone).date()

    @property
    def last_mature(self) -> date:
        """The last day whose money has nearly all come in, as the scorecard and the dashboard count."""
        return self.today - timedelta(days=max(self.maturity_days, 1))

    def rows(self, sql: str, values: Values | None = None) -> list[tuple[Any, ...]]:
        """What a query finds. Raises duckdb.Error."""
        return self.connection.execute(sql, dict(values or {})).fetchall()


@dataclass(frozen=True, slots=True)
class Look:
    """One look by one rule: at `at_ms`, with what it said last (subject → what), under these settings."""

    rule: Rule
    said: Mapping[str, Any]
    alerts: Alerts
    at_ms: int

    def is_quiet(self, subject: str) -> bool:
        """Whether nothing is to be said of a subject now."""
        return self.rule.is_quiet(subject, self.at_ms)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says now of a subject (`state`; None: nothing any more), and the event where that is news.

    `occasion` tells two events of one subject apart: a day, a version.
    """

    subject: str
    state: Any
    sentence: str = ""
    data: Values | None = None
    occasion: str = ""


@contextmanager
def opened(link: Path) -> Iterator[Published]:
    """The version in force: its real path is taken first. Raises duckdb.Error."""
    connection = duckdb.connect(
        str(link.resolve()), read_only=True,
        config={"threads": "1", "memory_limit": "512MiB", "temp_directory": ""},  # it writes nothing, nowhere
    )  # fmt: skip
    try:
        connection.execute("set timezone = 'UTC'")
        version, as_of, zone, currency, maturity_days, kind = connection.execute(_FRESHNESS).fetchall()[0]
        at = as_of.replace(tzinfo=UTC)
        yield Published(connection, str(version), at, ZoneInfo(zone), currency, maturity_days, kind)
    finally:
        connection.close()


def subject_of(*parts: object) -> str:
    """A key as the text that the store keeps."""
    return json.dumps(parts, default=str, ensure_ascii=False)


def short(text: str | None, otherwise: str) -> str:
    """An ad's text in a sentence: its beginning, in quotes."""
    told = " ".join((text or otherwise).split())
    return f"“{told if len(told) <= TEXT_CHARS_MAX else told[: TEXT_CHARS_MAX - 1].rstrip() + '…'}”"


def cut(text: str | None) -> str | None:
    """An ad's text as it is sent: a webhook should stay below 20 kB, and a text may have 64."""
    return text if text is None or len(text) <= SENT_CHARS_MAX else text[: SENT_CHARS_MAX - 1] + "…"


def length(minutes: float) -> str:
    """`45 minutes`, `3 hours`, `4 days`."""
    if minutes < 120:
        return f"{minutes:.0f} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 2 * 1440 else f"{minutes / 1440:.0f} days"


def add(step: Step, look: Look, found: Found, version: str | None) -> None:
    """Put what was found into the step that is written down."""
    step.states[look.rule.id, found.subject] = found.state
    if found.data is not None:
        made = event_id(look.rule.id, found.subject, found.occasion)
        data = {"rule": look.rule.name, "version": version, **found.data}
        step.events.append(
            Event(made, look.rule.type, look.rule.id, found.subject, look.at_ms, version, found.sentence, data)
        )
