"""This module owns the journal's promise: what `append` returned for is on disk. Group commit, one writer each.

Handlers of one process hand their deliveries to a single writer thread, which commits whatever has gathered
while the last fsync ran. A failed write fails every waiter of its group; its segment is never used again.
"""

import os
import queue
import secrets
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ingest.durable import make_folder
from ingest.segments.rolling import Rolls
from ingest.segments.segment import SUFFIX, Delivery, SegmentWriter
from ingest.segments.waiting import LATE, Waiting

GROUP_MAX = 256
FLUSH_SECONDS = 2.0
DISK_CHECK_SECONDS = 1.0
APPEND_SECONDS_MAX = 10.0
WAITING_MAX = 4096


class JournalError(Exception):
    """The delivery is not on disk; nothing may be acknowledged. `code` is a key of REFUSALS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Journal:
    """Appends deliveries to this process's own segments; thread-safe."""

    def __init__(
        self,
        folder: Path,
        worker: str,
        rows_max: int,
        seconds_max: float,
        free_bytes_min: int = 0,
        *,
        append_seconds_max: float = APPEND_SECONDS_MAX,
        waiting_max: int = WAITING_MAX,
        on_commit: Callable[[int, float], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`worker` makes the file names of this process unique on this node.

        `append_seconds_max` bounds the wait for a commit, `waiting_max` how many may wait; `on_commit` hears of each
        commit: deliveries and seconds. `clock` (unix seconds) dates refusals and seals; deliveries bring their own.
        """
        self._folder = folder
        make_folder(folder, 0o700)
        self._stem = f"{_node()}-{worker}-{time.time_ns() // 1_000_000:x}{secrets.token_hex(2)}"
        self._rows_max, self._seconds_max, self._free_bytes_min = rows_max, seconds_max, free_bytes_min
        self.append_seconds_max, self._waiting_max = append_seconds_max, waiting_max
        self._on_commit, self._clock = on_commit, clock
        self._writing_since: float | None = None
        self._segment: SegmentWriter | None = None
        self._number, self._opened_at, self._disk_checked_at = 0, 0.0, 0.0
        self._rolls, self._disk_ok = Rolls(folder), True
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._refusals: Counter[tuple[int, str, str]] = Counter()
        self._refused_bytes: Counter[tuple[int, str, str]] = Counter()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, delivery: Delivery) -> None:
        """Put a delivery on disk; returns after its fsync. Raises JournalError, and then it may not be there."""
        waiting = self.hand_over(delivery)
        if not waiting.wait(self.append_seconds_max):
            waiting.give_up()
            raise JournalError(LATE)
        if waiting.failed:
            raise JournalError(waiting.failed)

    def hand_over(self, delivery: Delivery, then: Callable[[], None] | None = None) -> Waiting:
        """Hand a delivery to the writer, which calls `then` once its end is known.

        Whoever would wait too long hears so at once, by JournalError: a disk that hangs must not gather all of them.
        """
        since, most = self._writing_since, self.append_seconds_max
        if self._queue.qsize() >= self._waiting_max or (since is not None and time.monotonic() - since > most):
            raise JournalError(LATE)
        waiting = Waiting(delivery, then)
        self._queue.put(waiting)
        return waiting

    def count_refusal(self, sender: str, code: str, body_bytes: int) -> None:
        """Count a refused request; what was refused unauthenticated is never stored."""
        self._count([(int(self._clock()) // 60 * 60, sender, code, 1, body_bytes)])

    def _count(self, refusals: list[tuple[int, str, str, int, int]]) -> None:
        with self._lock:
            for minute, sender, code, deliveries, body_bytes in refusals:
                self._refusals[minute, sender, code] += deliveries
                self._refused_bytes[minute, sender, code] += body_bytes

    def close(self) -> None:
        """Write what waits, seal the segment, stop the writer thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=FLUSH_SECONDS)
            except queue.Empty:
                self._write([])
                self._roll()
                continue
            group, last = self._gather(first)
            if group or last:
                self._write(group)
            self._roll()
            if last:
                self._seal()
                return

    def _gather(self, first: Waiting | None) -> tuple[list[Waiting], bool]:
        group: list[Waiting] = []
        item = first
        while item is not None:
            group.append(item)
            if len(group) == GROUP_MAX:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _write(self, group: list[Waiting]) -> None:
        with self._lock:
            refusals = [(*key, n, self._refused_bytes[key]) for key, n in self._refusals.items()]
            self._refusals.clear()
            self._refused_bytes.clear()
        wanted = [(waiting, delivery) for waiting in group if (delivery := waiting.delivery) is not None]
        deliveries = [delivery for _, delivery in wanted]
        failed = self._commit(deliveries, refusals) if deliveries or refusals else None
        if failed:  # the counts go with the next group that reaches the disk
            self._count(refusals)
        for waiting, _ in wanted:
            waiting.tell(failed)

    def _commit(self, deliveries: list[Delivery], refusals: list[tuple[int, str, str, int, int]]) -> str | None:
        """Write one group; returns the code that its waiters hear where it is not on disk."""
        self._writing_since = started = time.monotonic()
        try:
            if not self._disk_has_room():
                return "disk_low"
            self._open().append(deliveries, refusals)
            if self._on_commit is not None:
                self._on_commit(len(deliveries), time.monotonic() - started)
        except Exception:  # whatever broke, the group is not on disk and must hear so
            self._abandon()
            return LATE
        finally:
            self._writing_since = None
        return None

    def _open(self) -> SegmentWriter:
        if self._segment is None:
            self._number += 1
            self._rolls.begin()
            self._segment = SegmentWriter(self._folder / f"{self._stem}-{self._number}{SUFFIX}")
            self._opened_at = time.monotonic()
        return self._segment

    def _disk_has_room(self) -> bool:
        now = time.monotonic()
        if now - self._disk_checked_at > DISK_CHECK_SECONDS:
            self._disk_checked_at = now
            self._disk_ok = shutil.disk_usage(self._folder).free >= self._free_bytes_min
        return self._disk_ok

    def _roll(self) -> None:
        if self._segment is None:
            return
        old = time.monotonic() - self._opened_at > self._seconds_max
        if self._segment.rows >= self._rows_max or old or self._rolls.is_asked():
            self._seal()

    def _seal(self) -> None:
        if self._segment is None:
            return
        try:
            self._segment.seal(int(self._clock() * 1e6))
        except Exception:  # the rows are on disk; only the seal is missing, as after a crash
            self._segment.abandon()
        self._segment = None

    def _abandon(self) -> None:
        if self._segment is None:
            return
        try:
            self._segment.abandon()
        finally:
            self._segment = None


def _node() -> str:
    name = "".join(c for c in socket.gethostname().lower() if c.isalnum())
    return name[:24] or f"node{os.getpid()}"


def segments(folder: Path) -> list[Path]:
    """The segments of a journal folder, in the order of their names."""
    return sorted(folder.glob(f"*{SUFFIX}"))
