"""This module owns the senders' rate limits: a token bucket each, shared by all worker processes of this ingest.

A bucket is one number in a file of its own: the moment at which it will be full again (GCRA, the token bucket
without a clock tick). Eight bytes written at once are old or new, whenever a worker is killed; its lock ends with it.
"""

import fcntl
import os
import struct
import threading
from pathlib import Path

_FULL_AT = struct.Struct("<d")


class Rates:
    """Takes tokens out of the senders' buckets; safe for threads and processes."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds a file per limited sender; it is made with the first of them."""
        self._folder = folder
        self._lock = threading.Lock()  # flock does not part the threads of one process
        self._files: dict[str, int] = {}

    def take(self, sender: str, rate: float, burst: int, now: float) -> float:
        """Take one token of `sender`'s `burst`, which fill up at `rate` per second.

        `now` is `time.monotonic()`, which all processes of a machine share. Returns 0.0, or the seconds after which
        there will be a token; then none was taken. Within any t seconds at most burst + rate·t are given.
        """
        with self._lock:
            try:
                return self._take(self._file(sender), burst / rate, 1 / rate, now)
            except OSError:  # a disk that cannot hold eight bytes will refuse the delivery itself, and say why
                return 0.0

    def _take(self, file: int, to_fill: float, each: float, now: float) -> float:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            stored = os.pread(file, _FULL_AT.size, 0)
            full_at = _FULL_AT.unpack(stored)[0] if len(stored) == _FULL_AT.size else now
            full_at = max(now, full_at)  # in this order a NaN, whoever wrote it, is now
            if full_at > now + to_fill:  # beyond empty: a clock that began again with the machine, or another limit
                full_at = now + to_fill
                os.pwrite(file, _FULL_AT.pack(full_at), 0)
            wait = float(full_at + each - to_fill - now)
            if wait > 1e-9 * max(1.0, abs(now)):  # what a double loses at this size is no reason to wait
                return wait
            os.pwrite(file, _FULL_AT.pack(full_at + each), 0)
            return 0.0
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _file(self, sender: str) -> int:
        if sender not in self._files:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._files[sender] = os.open(self._folder / sender, os.O_RDWR | os.O_CREAT, 0o600)
        return self._files[sender]

    def close(self) -> None:
        """Give the files back."""
        with self._lock:
            while self._files:
                os.close(self._files.popitem()[1])
