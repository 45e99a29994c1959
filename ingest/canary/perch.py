"""This module owns where a worker's canaries land: a journal of their own, made when the first one comes."""

import threading
from collections.abc import Callable
from pathlib import Path

from ingest.canary.sender import canary_origin
from ingest.config import ConfigError, IngestSettings
from ingest.journal import Journal, JournalError
from ingest.segments.segment import Delivery
from ingest.segments.waiting import LATE, Waiting

FOLDER = Path("run/canary")  # in the data folder
ROWS_MAX, SECONDS_MAX = 1000, 60.0


class Perch:
    """One worker's canaries; thread-safe."""

    def __init__(self, settings: IngestSettings, worker: str) -> None:
        """The sender is known at once, the journal is made at need."""
        self.origin = canary_origin(settings)
        self._settings, self._worker = settings, worker
        self._journal: Journal | None = None
        self._lock = threading.Lock()

    def hand_over(self, delivery: Delivery, then: Callable[[], None] | None = None) -> Waiting:
        """Hand one to the disk, as `Journal.hand_over` does. Raises JournalError."""
        with self._lock:
            if self._journal is None:
                self._journal = self._made()
        return self._journal.hand_over(delivery, then)

    def _made(self) -> Journal:
        limits = self._settings.ingest
        try:
            return Journal(
                self._settings.data_dir / FOLDER, self._worker, ROWS_MAX, SECONDS_MAX, limits.free_bytes_min,
                append_seconds_max=limits.journal_seconds_max,
            )  # fmt: skip
        except OSError:
            raise JournalError(LATE) from None

    def close(self) -> None:
        """Write what waits, and end."""
        if self._journal is not None:
            self._journal.close()


def perch_of(settings: IngestSettings, worker: str) -> Perch | None:
    """A worker's place for canaries; None where they are off, or their profile cannot be read (it is people's own)."""
    if not settings.canary.every_seconds:
        return None
    try:
        return Perch(settings, worker)
    except ConfigError:
        return None
