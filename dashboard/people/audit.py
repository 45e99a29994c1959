"""This module owns the audit trail: who did what, when, and how it was before and after. Lines are only ever added."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.people.store import reading, writing

_TEXT_MAX = 4000  # a creative's text may stand in an edit; the trail is not its home


@dataclass(frozen=True)
class Entry:
    """One line of the trail; `before` and `after` are what was written, as it was written."""

    id: int
    at: datetime  # aware, UTC
    who: str
    action: str
    subject: str
    before: Any
    after: Any


def write(
    connection: sqlite3.Connection, at: int, who: str, action: str, subject: str, before: Any = None, after: Any = None
) -> None:
    """Add one line, in the transaction of what it tells of: both happen, or none."""
    connection.execute(
        "insert into audit (at, who, action, subject, before, after) values (?, ?, ?, ?, ?, ?)",
        (at, who, action, subject, _json(before), _json(after)),
    )


def record(data_dir: Path, at: int, who: str, action: str, subject: str, before: Any = None, after: Any = None) -> None:
    """Add one line on its own, for a deed that is kept elsewhere, such as a merge. Raises StoreError."""
    with writing(data_dir) as connection:
        write(connection, at, who, action, subject, before, after)


def entries(data_dir: Path, limit: int = 100, action: str = "", subject: str = "") -> list[Entry]:
    """The newest lines first; of one action (`merge`, or `view.` for all about views), about one subject."""
    with reading(data_dir) as connection:
        rows = connection.execute(
            "select id, at, who, action, subject, before, after from audit "
            "where substr(action, 1, length(?1)) = ?1 and (?2 = '' or subject = ?2) order by id desc limit ?3",
            (action, subject, limit),
        ).fetchall()
    return [_entry(*row) for row in rows]


def edits(data_dir: Path, limit: int) -> list[Entry]:
    """The newest lines about what somebody changed, the newest first: not that they came in."""
    with reading(data_dir) as connection:
        rows = connection.execute(
            "select id, at, who, action, subject, before, after from audit where action <> 'login' "
            "order by id desc limit ?",
            (limit,),
        ).fetchall()
    return [_entry(*row) for row in rows]


def _entry(ident: int, at: int, who: str, action: str, subject: str, before: str | None, after: str | None) -> Entry:
    told = (None if text is None else json.loads(text) for text in (before, after))
    return Entry(ident, datetime.fromtimestamp(at, UTC), who, action, subject, *told)


def _json(value: Any) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _TEXT_MAX else json.dumps(text[: _TEXT_MAX - 1] + "…", ensure_ascii=False)
