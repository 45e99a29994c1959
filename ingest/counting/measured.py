"""This module owns what is looked at for each `/metrics`: how things stand now, from files that other processes write.

Nothing here opens DuckDB or waits for anybody. What cannot be read has no value: a gap is true, an old number is not.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.backup.standing import standing as backup_standing
from ingest.canary.noting import last_seen
from ingest.canary.standing import posted
from ingest.config import IngestSettings
from ingest.counting.files import Measured
from ingest.relaying.standing import standings
from ingest.segments.backlog import age_seconds

# Written by analytics, beneath which we stand: tests/test_observing.py holds the names and keys to theirs.
STATUS, VERIFIED, PUBLISHED = "status.json", "verify.json", "creatives.duckdb"
VERSION_TIME = "%Y%m%dT%H%M%S"


def measured(settings: IngestSettings, now: datetime) -> Iterator[Measured]:
    """Journal, loop, publish, verify and relay as they stand; `now` is aware UTC."""
    yield Measured("whichad_journal_bytes", "Bytes of the journal on disk", _bytes(settings.journal_dir))
    about = "Age of what waits in the journal: since the loop last had loaded all; 0 where nothing waits"
    yield Measured("whichad_backlog_age_seconds", about, age_seconds(settings.journal_dir, now.timestamp()))
    yield from _loop(_json(settings.data_dir / STATUS), now)
    yield from _published(settings.data_dir / PUBLISHED, now)
    yield from _verified(_json(settings.data_dir / VERIFIED), now)
    if (at := posted(settings.data_dir).get("at")) is not None:
        yield Measured("whichad_canary_age_seconds", "Since the last canary was posted", now.timestamp() - at)
    if seen := last_seen(settings.data_dir):
        about = "Since the newest canary that is visible was received: what came before is visible, too"
        yield Measured("whichad_canary_visible_age_seconds", about, now.timestamp() - seen / 1e6)
    if backup := backup_standing(settings.data_dir, now.replace(tzinfo=None)):
        age = now.replace(tzinfo=None) - backup.taken_at
        yield Measured("whichad_backup_age_seconds", "Since the last backup was taken", age.total_seconds())
    with suppress(sqlite3.Error):
        yield from _relay(settings.data_dir, now)


def _loop(said: dict[str, Any], now: datetime) -> Iterator[Measured]:
    if (age := _age(said.get("at"), now)) is not None:
        yield Measured("whichad_cycle_age_seconds", "Since the loop's last cycle", age)
        yield Measured("whichad_cycle_ok", "1 where the loop's last cycle went well", float(bool(said.get("ok"))))


def _published(link: Path, now: datetime) -> Iterator[Measured]:
    """The version's name says as of when it was built. Nothing new means nothing published: old is not yet wrong."""
    with suppress(OSError, ValueError):
        stem = link.readlink().name.partition("-")[0]
        built_at = datetime.strptime(stem, VERSION_TIME).replace(tzinfo=UTC)
        yield Measured("whichad_published_age_seconds", "Since the published version was built",
                       (now - built_at).total_seconds())  # fmt: skip


def _verified(said: dict[str, Any], now: datetime) -> Iterator[Measured]:
    if (age := _age(said.get("at"), now)) is not None:
        yield Measured("whichad_verify_age_seconds", "Since the last whichad verify", age)
        yield Measured("whichad_verify_ok", "1 where everything added up then", float(bool(said.get("ok"))))


def _relay(data_dir: Path, now: datetime) -> Iterator[Measured]:
    found = [(each, {"sender": each.sender}) for each in standings(data_dir) if each.active]
    for each, labels in found:
        yield Measured("whichad_relay_waiting", "Deliveries that wait to be relayed", each.waiting, labels)
    for each, labels in found:
        oldest = now.timestamp() if each.oldest_waiting is None else each.oldest_waiting / 1e6
        about = "Age of the oldest delivery that waits to be relayed"
        yield Measured("whichad_relay_age_seconds", about, max(0.0, now.timestamp() - oldest), labels)
    for each, labels in found:
        yield Measured(
            "whichad_relay_given_up", "Deliveries that the relay gave up, and still has", each.failed, labels
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _age(at: object, now: datetime) -> float | None:
    """Seconds since a moment such as `2026-11-26T08:00:00Z`, with or without the Z; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(at).removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (now - moment).total_seconds()


def _bytes(journal: Path) -> float:
    total = 0
    with suppress(OSError):
        for entry in os.scandir(journal):
            with suppress(OSError):  # a segment that is being folded or deleted
                total += entry.stat().st_size
    return float(total)
