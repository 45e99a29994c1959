"""This module owns how much of the journal nobody has loaded yet, without opening the record, which the loop holds.

After each pass that left nothing behind, the loop notes when the pass began, as the time of an empty file. A
segment that was written to since then counts whole: at most one open segment per worker is counted too much.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.journal import segments

MARK = "loaded"
BYTES_MAX = 4 << 30  # about six hours of 200 deliveries/s of 1 KiB; long before that, the loop is broken


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the journal: segments, and their bytes on disk."""

    segments: int
    bytes: int


def caught_up(journal: Path, at_ns: int) -> None:
    """Note that everything which was in the journal at `at_ns` (`time.time_ns()`) is loaded."""
    mark = journal / MARK
    with suppress(OSError):  # no journal yet, or a full disk: then more counts as waiting than does
        mark.touch(mode=0o600)
        os.utime(mark, ns=(at_ns, at_ns))


def backlog(journal: Path) -> Backlog:
    """The segments written to since the loop last had caught up; all of them where it never did."""
    mark = journal / MARK
    loaded_ns = mark.stat().st_mtime_ns if mark.exists() else 0
    waiting = [size for path in segments(journal) for size, at_ns in (_state(path),) if at_ns >= loaded_ns and size]
    return Backlog(len(waiting), sum(waiting))


def age_seconds(journal: Path, now: float) -> float:
    """How long what waits has waited, at most, at `now` (unix seconds); 0 where nothing does.

    It is as old as the loop's last pass that left nothing behind, or where there was none, as the first segment.
    """
    if not backlog(journal).segments:
        return 0.0
    mark = journal / MARK
    try:
        since = mark.stat().st_mtime if mark.exists() else min(path.stat().st_ctime for path in segments(journal))
    except (FileNotFoundError, ValueError):  # loaded and deleted meanwhile
        return 0.0
    return max(0.0, now - since)


def _state(path: Path) -> tuple[int, int]:
    """The bytes of a segment and its WAL, and when they were last written to; (0, 0) where it is gone."""
    found = []
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            found.append(file.stat())
        except FileNotFoundError:  # sealed: the WAL is folded in, or the segment was deleted whole
            continue
    return sum(stat.st_size for stat in found), max((stat.st_mtime_ns for stat in found), default=0)
