"""This module owns looking for holes in SQLite's WAL that SQLite would pass over in silence.

SQLite reads a WAL up to the first frame whose checksum is wrong, and takes what follows for the torn end of a write
that nobody was promised. Mostly that is so. But a transaction is written only after the one before it was synced: so
a whole frame *behind* the commit that the bad frame belongs to proves that something which was on disk is damaged,
and that acknowledged rows are out of reach. Where the damaged pages were written again later, all of it can be had.
"""

import sqlite3
import time
from pathlib import Path

import numpy as np

from ingest.durable import fsync
from ingest.segments.wal import Wal, read_wal

LOOKS = 3  # a writer at work may put a frame on disk while we read: what is still bad at the third look stays bad
LOOK_SECONDS = 0.02
QUIET_SECONDS = 10.0
COPY_SUFFIX = ".mended"


class Watch:
    """Looks at the segments of a folder as often as is worth it; one for the life of a loader.

    SQLite recovers a WAL when the first one opens a database that nobody has open, so each segment is looked at once
    by each process, and again when its WAL has changed and is quiet: its writer ended.
    """

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[tuple[int, int], str | None]] = {}

    def look(self, path: Path) -> str | None:
        """What `holes` says of a segment, now or when it last looked."""
        try:
            stat = path.with_name(path.name + "-wal").stat()
        except FileNotFoundError:
            return None
        state = (stat.st_size, stat.st_mtime_ns)
        before, said = self._seen.get(path, (None, None))
        if before is not None and (state == before or time.time() - stat.st_mtime < QUIET_SECONDS):
            return said
        self._seen[path] = (state, said := holes(path))
        return said


def holes(path: Path) -> str | None:
    """Whether rows of a segment may be out of SQLite's reach, as a sentence without its subject; None where none are.

    Call it before SQLite opens the segment. The torn end of a write that was never acknowledged is no hole; neither
    is damage to the last transaction, which nothing tells from such an end.
    """
    for look in range(LOOKS):
        if (said := _look(path)) is None:
            return None
        if look + 1 < LOOKS:
            time.sleep(LOOK_SECONDS)
    return said


def readable(path: Path, said: str) -> tuple[Path, str]:
    """Where a segment of which `holes` `said` something is best read, and the sentence with that. Raises OSError."""
    copy, wal = path.with_suffix(COPY_SUFFIX), path.with_name(path.name + "-wal")
    if not copy.exists() or (wal.exists() and copy.stat().st_mtime < wal.stat().st_mtime):
        mended(path)
    if not copy.exists() or not _is_sound(copy):
        return path, f"{said}; they cannot be had"
    return copy, f"{said}; read from {copy.name}, which is made of what is whole"


def _is_sound(copy: Path) -> bool:
    """Whether a copy is a database: where a page was only written once, and damaged, it may be none."""
    connection = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        return bool(connection.execute("pragma quick_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
    finally:
        connection.close()


def mended(path: Path) -> Path | None:
    """A copy beside `path` made of the database and every whole frame of its WAL; None where there is none.

    A page that is damaged is taken as it was before, so the reader's chain says whether rows are missing all the same.
    For a segment that has holes, whose writer is gone. Raises OSError.
    """
    wal = read_wal(path)
    if wal is None or not len(ends := np.flatnonzero((wal.sizes > 0) & wal.checked)):
        return None
    content = bytearray(path.read_bytes())
    last = int(ends[-1])
    for frame in np.flatnonzero(wal.checked[: last + 1]):
        start = (int(wal.pages[frame]) - 1) * wal.page_bytes
        content.extend(bytes(max(0, start + wal.page_bytes - len(content))))
        content[start : start + wal.page_bytes] = wal.page(int(frame))
    del content[int(wal.sizes[last]) * wal.page_bytes :]
    content[18:20] = b"\1\1"  # no WAL belongs to this copy
    copy = path.with_suffix(COPY_SUFFIX)
    copy.touch(mode=0o600)
    copy.write_bytes(content)
    fsync(copy)
    return copy


def _look(path: Path) -> str | None:
    wal = read_wal(path)
    if wal is None or wal.good == len(wal.pages):
        return None
    if not wal.is_header_good:
        if _is_folded(path, wal):  # as while a new generation of the WAL begins with its header
            return None
        return f"has a WAL whose header is damaged: SQLite reads none of its {len(wal.pages)} frames"
    ends = np.flatnonzero(wal.sizes[wal.good :] > 0)
    whole = np.flatnonzero(wal.checked[wal.good :])
    if not len(ends) or not len(whole) or whole[-1] <= ends[0]:
        return None
    return (
        f"has a hole in its WAL: frame {wal.good + 1} of {len(wal.pages)} is damaged, and SQLite does not read the"
        f" {len(ends)} transactions from there on"
    )


def _is_folded(path: Path, wal: Wal) -> bool:
    """Whether the database holds all that the WAL does."""
    ends = np.flatnonzero((wal.sizes > 0) & wal.checked)
    if not len(ends):
        return True
    content = path.read_bytes()
    newest = {int(wal.pages[frame]): frame for frame in range(int(ends[-1]) + 1)}
    return all(
        content[(page - 1) * wal.page_bytes : page * wal.page_bytes] == wal.page(frame)
        for page, frame in newest.items()
    )
