"""This module owns the journal's end: a segment is deleted whole, once the archive provably holds every row of it.

First the record notes it as removed, then its files go: a kill between the two is finished by the next pass. A
segment that was never sealed counts as ended when nobody has it open: its writer's connection holds a lock.
"""

import fcntl
import sqlite3
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingest.archive.layout import Archive, File, Manifest
from ingest.archive.reading import select
from ingest.durable import fsync
from ingest.relaying.standing import relayed_up_to
from ingest.segments.segment import Delivery, SegmentReader

SEGMENTS_MAX = 200  # in one pass
FORGOTTEN_AFTER = timedelta(days=1)  # a replay that read a body before it went has been loaded by then
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (stored times are naive UTC)
# In WAL mode every connection holds a shared lock on this byte of the -shm file (SQLite's os_unix.c: UNIX_SHM_DMS).
_SHM_BYTE = 128
_CANDIDATES = """
select segment, row, sealed from positions
where removed_at is null and archived_row = row and archived_refusal_row = refusal_row
  and segment not in (select segment from pending) order by segment
"""


def shorten(
    connection: duckdb.DuckDBPyConnection, data_dir: Path, manifest: Manifest, raw_days: float, now: datetime
) -> int:
    """Delete the segments whose time is over; returns how many. `manifest` is that of `current`.

    Raises sqlite3.Error where the relay's book cannot be read: nothing is deleted then.
    """
    journal, before = data_dir / "journal", now - timedelta(days=raw_days)
    chosen: list[tuple[str, int]] = []
    for segment, row, is_sealed in connection.execute(_CANDIDATES).fetchall():
        path = journal / segment
        if len(chosen) < SEGMENTS_MAX and _is_over(path, row, is_sealed, before, data_dir):
            chosen.append((segment, row))
    proven = [segment for segment, row in _proven(Archive(data_dir), manifest, chosen, journal)]
    if proven:
        connection.execute(
            "update positions set removed_at = ? where segment in (select unnest(?::varchar[]))", [now, proven]
        )
        connection.execute("checkpoint")  # noted where a kill does not undo it: its WAL would not be believed
    _unlink_removed(connection, journal)
    connection.execute("delete from positions where removed_at < ?", [now - FORGOTTEN_AFTER])
    return len(proven)


def has_connection(path: Path) -> bool:
    """Whether some process has the segment open. Only for a process that has not: closing would drop its locks."""
    try:
        with path.with_name(path.name + "-shm").open("r+b") as shm:
            asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, _SHM_BYTE, 1, 0)
            (kind,) = struct.unpack_from("h", fcntl.fcntl(shm.fileno(), fcntl.F_GETLK, asked))
    except FileNotFoundError:
        return False
    return bool(kind != fcntl.F_UNLCK)


def _is_over(path: Path, row: int, is_sealed: bool, before: datetime, data_dir: Path) -> bool:
    if relayed_up_to(data_dir, path.name) < row:
        return False
    if not path.exists():  # its rows are compared by count; it is said as missing until it is let go
        return True
    if not is_sealed and has_connection(path):
        return False
    try:
        with SegmentReader(path) as reader:
            if not is_sealed and reader.is_gathered():  # its node may have more of it, sealed and not seen yet
                return False
            last, refusals = reader.newest(1), reader.refusals_after(0)
            is_loaded = reader.last_row() == row and (is_sealed or reader.seal() is None)
    except sqlite3.Error:  # damage is the loader's to say, and it stays for a look
        return False
    newest = max((last[0].delivery.received_at if last else 0, refusals[-1][1] * 1_000_000 if refusals else 0))
    written = path.stat().st_mtime if not (last or refusals) else newest / 1e6
    return is_loaded and EPOCH + timedelta(seconds=written) < before


def _proven(
    archive: Archive, manifest: Manifest, chosen: list[tuple[str, int]], journal: Path
) -> Iterator[tuple[str, int]]:
    """Those of which the archive holds every row as the segment does: ids, hashes, chain, items and requests."""
    files = manifest.of("deliveries")
    sound: dict[File, bool] = {}
    for segment, row in chosen:
        if row == 0:
            yield segment, row
            continue
        held = {
            (each.row, each.chain): each.delivery for _, each in select(archive, files, "where segment = ?", [segment])
        }
        days = {(EPOCH + timedelta(microseconds=each.received_at)).date() for each in held.values()}
        for file in files:
            if file.day in days and file not in sound:
                sound[file] = not archive.damage([file])
        if all(sound[file] for file in files if file.day in days) and _equal(journal / segment, row, held):
            yield segment, row


def _equal(path: Path, last: int, held: dict[tuple[int, bytes], Delivery]) -> bool:
    if not path.exists():
        return {row for row, _ in held} == set(range(1, last + 1))
    count = 0
    with SegmentReader(path) as reader:
        for each in reader.after(0, last):
            if not each.whole:  # as it was loaded, or the archive would not have it
                continue
            there, here = held.get((each.row, each.chain)), each.delivery
            if there is None or _said(there) != _said(here):
                return False
            count += 1
    return count <= len(held)


def _said(delivery: Delivery) -> tuple[object, ...]:
    names = ("delivery_id", "received_at", "sender", "disposition", "message_id", "body_hash", "items", "request")
    return tuple(getattr(delivery, name) for name in names)


def _unlink_removed(connection: duckdb.DuckDBPyConnection, journal: Path) -> None:
    rows = connection.execute("select segment from positions where removed_at is not null").fetchall()
    gone = False
    for (segment,) in rows:
        for suffix in ("", "-wal", "-shm"):
            path = journal / f"{segment}{suffix}"
            if path.exists():
                path.unlink()
                gone = True
    if gone:
        fsync(journal)
