"""This module owns the file of a segment: its tables, and how an empty one comes to be."""

import sqlite3
from pathlib import Path

from ingest.durable import fsync

_SCHEMA = """
create table deliveries (
  row integer primary key, delivery_id text not null, received_at integer not null, sender text not null,
  disposition text not null, message_id text not null, content_type text not null,
  body_hash blob not null, body blob, items text not null, chain blob not null, request text not null default '',
  row_hash blob not null, redacted_at integer);
create table refusals (
  row integer primary key, minute integer not null, sender text not null, code text not null,
  deliveries integer not null, bytes integer not null);
create table seal (rows integer not null, chain blob not null, sealed_at integer not null);
"""


_MARK, GATHERED = (
    "pragma user_version=10",
    10,
)  # SQLite's user_version of a segment that another node's deliveries are gathered into


def make(path: Path, is_gathered: bool = False) -> None:
    """Make an empty segment aside and give it its name once it is durable; a failure leaves nothing behind."""
    aside = path.with_suffix(".new")
    try:
        connection = sqlite3.connect(aside, isolation_level=None)
        try:
            aside.chmod(0o600)
            connection.execute("pragma page_size=8192")
            # From the first write on: a kill would leave a rollback journal, which only a reader that may write undoes.
            connection.execute("pragma journal_mode=wal")
            connection.executescript(_SCHEMA)
            if is_gathered:
                connection.execute(_MARK)
            connection.execute("pragma wal_checkpoint(truncate)")  # close() does it too, and hides its failure
        finally:
            connection.close()
        fsync(aside)
        aside.rename(path)
    except BaseException:  # on a full disk each attempt would leave a little more
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{aside}{suffix}").unlink(missing_ok=True)
        raise
    fsync(path.parent)
