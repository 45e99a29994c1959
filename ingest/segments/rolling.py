"""This module owns asking the journal's writers to seal what is open, from another process: a file whose time changes.

A segment has one writer, so whoever must rewrite what a segment holds (`whichad ingest forget`) asks for its seal.
"""

import os
import time
from pathlib import Path

NAME = "roll"
CHECK_SECONDS = 1.0


class Rolls:
    """What one writer knows of requests: whether one came since its segment was opened."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the journal's."""
        self._folder, self._known, self._checked_at = folder, 0, 0.0

    def begin(self) -> None:
        """A segment is about to be made: requests from now on are about it."""
        self._known, self._checked_at = asked_at(self._folder), time.monotonic()

    def is_asked(self) -> bool:
        """Whether the open segment is to be sealed; looks once a second."""
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return False
        self._checked_at = now
        return asked_at(self._folder) != self._known


def ask(folder: Path) -> None:
    """Ask the writers of a journal to seal what is open now; they do so within about three seconds. Raises OSError."""
    path = folder / NAME
    path.touch(mode=0o600)
    now = max(time.time_ns(), asked_at(folder) + 1)
    os.utime(path, ns=(now, now))


def asked_at(folder: Path) -> int:
    """When a seal was asked for last, in unix nanoseconds; 0 for never."""
    try:
        return (folder / NAME).stat().st_mtime_ns
    except OSError:
        return 0
