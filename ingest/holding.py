"""This module owns holding a file for a process's life: a lock that names its holder and ends with it."""

import fcntl
import os
from pathlib import Path
from typing import IO


class HeldError(Exception):
    """Another process holds the file; `holder` says which, such as `pid 42`."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


def is_held(path: Path | str) -> bool:
    """Whether a process holds `path` now."""
    try:
        with Path(path).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def hold(path: Path) -> IO[str]:
    """Lock `path`, made where it is missing, until the returned file is closed. Raises HeldError."""
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise HeldError(holder) from None
    lock.truncate(0)
    lock.write(f"pid {os.getpid()}")
    lock.flush()
    return lock
