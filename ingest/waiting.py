"""This module owns a delivery's wait for the disk: its handler waits, the journal's writer says what became of it."""

import threading

from ingest.segment import Delivery


class Waiting:
    """A delivery on its way to the disk.

    Its lock is held until its end is known. An event would do the same, and takes 8 µs of the processor instead of 0.1.
    """

    __slots__ = ("_held", "delivery", "failed")

    def __init__(self, delivery: Delivery) -> None:
        """One handler waits for it, once."""
        self.delivery: Delivery | None = delivery  # None once nobody waits any more
        self.failed: str | None = None
        self._held = threading.Lock()
        self._held.acquire()

    def wait(self, seconds: float) -> bool:
        """Whether its end is known within so many seconds; then `failed` says why it is not on disk, or None."""
        return self._held.acquire(timeout=seconds)

    def tell(self, failed: str | None) -> None:
        """Its end is known: wake who waits."""
        self.failed = failed
        self._held.release()
