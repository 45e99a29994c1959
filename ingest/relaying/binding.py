"""This module owns the file of the relay's book: its tables, making it, and finding out whether it can be used."""

import sqlite3
import time
from pathlib import Path

from ingest.durable import fsync

_SCHEMA = """
create table positions (
  segment text primary key, row integer not null, done integer not null) without rowid;
create table targets (
  sender text primary key, active integer not null default 1, begun_at integer not null, asked_since integer,
  sent integer not null default 0, unanswered_since integer, last_error text not null default '') without rowid;
create table waiting (
  sender text not null, segment text not null, row integer not null, received_at integer not null,
  tries integer not null default 0, tried_first_at integer, due_at integer not null default 0,
  failed_at integer, last_error text not null default '',
  primary key (sender, segment, row)) without rowid;
create index in_order on waiting (sender, received_at, segment, row) where failed_at is null;
create table opened (at integer not null);
"""


def bound(path: Path) -> str:
    """Make the book where there is none, or none that can be used; returns a sentence then, else "".

    Raises sqlite3.OperationalError where it cannot be looked at now, and OSError.
    """
    if path.exists() and _is_sound(path):
        return ""
    news = f"{path.name} is new"
    if path.exists():
        aside = path.with_name(f"{path.name}.broken-{time.time_ns() // 1000}")
        path.rename(aside)
        news = f"{path.name} is damaged, lies in {aside.name} now, and is made anew"
    for leftover in ("-wal", "-shm"):  # of a file that is gone: SQLite would take them for the new one's
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    _make(path)
    return news


def _make(path: Path) -> None:
    """An empty book, made aside: whoever asks it meanwhile never sees half a schema."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    connection = sqlite3.connect(aside, isolation_level=None)
    connection.executescript(_SCHEMA)
    connection.execute("pragma journal_mode=wal")
    connection.close()
    fsync(aside)
    aside.rename(path)
    fsync(path.parent)


def _is_sound(path: Path) -> bool:
    try:
        connection = sqlite3.connect(path)
        try:
            whole = connection.execute("pragma quick_check").fetchone()[0] == "ok"
            (tables,) = connection.execute("select count(*) from sqlite_master where type = 'table'").fetchone()
            return bool(whole and tables == _SCHEMA.count("create table"))
        finally:
            connection.close()
    except sqlite3.OperationalError:  # locked or unreadable now: no reason to give the book up
        raise
    except sqlite3.DatabaseError:
        return False
