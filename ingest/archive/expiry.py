"""This module owns letting go of what is over its time: the quarantine, and old days of the archive. It is counted."""

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from ingest.archive.layout import Archive
from ingest.archive.seal import next_seal, pending
from ingest.archive.settings import Retention

_COUNT = """
select 'quarantine' as kind, count(*) from quarantine where received_at < $before having count(*) > 0
union all
select 'archive:' || kind, sum(rows) from archive_files where day < $before_archive
or (kind = 'quarantine' and day < $before) group by kind
"""
_LONG_AGO = date(1, 1, 1)


def expire(connection: duckdb.DuckDBPyConnection, data_dir: Path, retention: Retention, now: datetime) -> int:
    """Let go of what is over its time, in one transaction; returns how many rows. Nothing where deliveries wait.

    It is noted with its day, so that a rebuild lets go of the same at the same place.
    """
    quarantine = (now - timedelta(days=retention.quarantine_days)).date()
    archive = (now - timedelta(days=retention.archive_days)).date() if retention.archive_days else _LONG_AGO
    bound = {"before": quarantine, "before_archive": archive}
    found = [(kind, int(rows)) for kind, rows in connection.execute(_COUNT, bound).fetchall()]
    if not found or pending(connection):
        return 0
    connection.execute("begin")
    try:
        connection.execute("delete from quarantine where received_at < ?", [quarantine])
        connection.execute(
            "delete from archive_files where day < $before_archive or (kind = 'quarantine' and day < $before)", bound
        )
        for kind, rows in found:
            connection.execute("insert into expired values (?, ?, ?)", [kind, quarantine, rows])
        connection.execute(
            "insert into seals select ?, ?, 'expiry', 0, coalesce(max(load_id), 0), null, ?, ? from seals",
            [next_seal(connection, Archive(data_dir)), now, quarantine, archive if retention.archive_days else None],
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return sum(rows for _, rows in found)


def expire_again(connection: duckdb.DuckDBPyConnection, before: date) -> None:
    """What an expiry did to the record, in a rebuild."""
    connection.execute("delete from quarantine where received_at < ?", [before])
