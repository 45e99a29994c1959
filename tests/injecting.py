"""This module owns errors of the disk, injected into a running process: the n-th call of a kind fails, once.

strace attaches, lets the n-th call of its kind *in each thread* fail with an error, and goes. Whether one failed is
read from its log, so a run over n = 1, 2, … knows when there is nothing left to break.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracing import STRACE, attached

# Call → the errors that a disk answers it with.
FAULTS = {
    "fdatasync": ("EIO",), "fsync": ("EIO",), "pwrite64": ("ENOSPC", "EIO"), "write": ("ENOSPC", "EIO"),
    "openat": ("ENOSPC", "EIO"), "rename": ("EIO", "ENOSPC"), "unlink": ("EIO",), "ftruncate": ("EIO",),
}  # fmt: skip
_INJECTED = re.compile(r"\w+\(.*\(INJECTED\)")


@dataclass(slots=True)
class Injection:
    """One error that was prepared; `hit` says which calls failed, once the block has ended."""

    call: str
    error: str
    nth: int
    hit: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.error} at {self.call} {self.nth}"


@contextmanager
def injected(pid: int, call: str, error: str, nth: int, log: Path) -> Iterator[Injection]:
    """Let the `nth` `call` of each thread of a process fail while the block runs."""
    assert STRACE is not None
    injection = Injection(call, error, nth)
    command = [STRACE, "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={call}", "-e", "signal=none",
               "-e", f"inject={call}:error={error}:when={nth}"]  # fmt: skip
    try:
        with attached([pid], command):
            yield injection
    finally:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        injection.hit = tuple(line for line in lines if _INJECTED.search(line))
        log.unlink()
