"""This module owns the record of what a program asked of the disk: its system calls under strace, as steps.

Every write, cut, name and sync of files under one folder becomes a step, in order, and so does every promise the
program makes (a line `ACK <what>` that it writes, or the receipt in an HTTP answer of 200). A call that would make
something durable past this record (a shared writable mapping, a copy inside the kernel) is an error, not a gap.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,rename,renameat,renameat2,"
    "unlink,unlinkat,rmdir,fsync,fdatasync,sync_file_range,mkdir,mkdirat,close,link,linkat,symlink,symlinkat,mmap,"
    "lseek,sendto,sendmsg,sendfile,copy_file_range"
)
STRACE = shutil.which("strace")
SKIP_REASON = "strace is not installed, or may not trace here: apt-get install strace"
ATTACH_SECONDS, LET_GO_SECONDS = 20.0, 10.0
FOLDER = -1  # what a name stands for where it is a folder
_PROMISE = re.compile(rb"^ACK (\S+)", re.M)
_RECEIPT = re.compile(rb"^HTTP/1\.1 20\d.*?^whichad-receipt: (\w+)\.", re.M | re.S | re.I)
_UNSYNCED = ("-shm",)  # SQLite's index of its WAL: rebuilt by whoever opens first, never relied on after a crash


class TraceError(Exception):
    """The program did something that the record cannot replay; the message says what."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put at an offset of a file (a number: names come and go)."""

    file: int
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file cut, or grown with zeros, to a size."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Names:
    """Names that changed in one step: path → file number, FOLDER, a symlink's target, or None where it went."""

    changes: tuple[tuple[str, int | str | None], ...]


@dataclass(frozen=True, slots=True)
class Sync:
    """A file or a folder (its path) that is on disk as it was before step `began`."""

    target: int | str
    began: int


@dataclass(frozen=True, slots=True)
class Said:
    """A promise that left the program."""

    what: str


Step = Write | Cut | Names | Sync | Said


@dataclass(slots=True)
class Trace:
    """The folder as it was before, and the steps. Paths are relative to the folder."""

    names: dict[str, int | str] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def promises(self) -> list[str]:
        """Everything the program promised, in order."""
        return [step.what for step in self.steps if isinstance(step, Said)]


def works() -> bool:
    """Whether strace is there and may trace: a container can forbid it."""
    if STRACE is None:
        return False
    return subprocess.run([STRACE, "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


def snapshot(folder: Path) -> Trace:
    """A folder as it lies there, taken as durable."""
    trace = Trace()
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            trace.names[name] = str(path.readlink())
        elif path.is_dir():
            trace.names[name] = FOLDER
        elif not name.endswith(_UNSYNCED):
            trace.names[name] = len(trace.contents)
            trace.contents[len(trace.contents)] = path.read_bytes()
    return trace


def record(command: Sequence[str], folder: Path, timeout_seconds: float = 120) -> Trace:
    """Run a program to its end under strace; what it did to `folder`. Raises TraceError, CalledProcessError."""
    trace, log = snapshot(folder), folder.with_name(folder.name + ".strace")
    done = subprocess.run(
        [*_strace(log), "--seccomp-bpf", *command], capture_output=True, text=True, timeout=timeout_seconds, check=False
    )
    if done.returncode:
        raise TraceError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    _read(log, folder, trace)
    return trace


@contextmanager
def recording(pids: Sequence[int], folder: Path) -> Iterator[Trace]:
    """Record running processes while the block runs; the trace is filled in when it ends."""
    trace, log = snapshot(folder), folder.with_name(folder.name + ".strace")
    with attached(pids, [*_strace(log)]):
        yield trace
    _read(log, folder, trace)


@contextmanager
def attached(pids: Sequence[int], command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """An strace that has attached to processes; it lets them go when the block ends."""
    whom = [part for pid in pids for part in ("-p", str(pid))]
    tracer = subprocess.Popen([*command, *whom], stderr=subprocess.PIPE, text=True)
    try:
        assert tracer.stderr is not None
        waiting = {str(pid) for pid in pids}
        while waiting:
            line = tracer.stderr.readline()
            if not line:
                raise TraceError(f"strace could not attach to {sorted(waiting)}")
            waiting -= {pid for pid in waiting if re.search(rf"Process {pid} attached", line)}
        yield tracer
    finally:
        let_go(tracer, pids)


def let_go(tracer: "subprocess.Popen[str]", pids: Sequence[int]) -> None:
    """End an strace. Seldom it waits for ever for a thread that ended while it was letting go: then it is killed.

    Left attached it would keep every later strace out, and nobody could wait for the process once that has ended.
    """
    if tracer.poll() is None:
        tracer.send_signal(signal.SIGINT)
    try:
        tracer.communicate(timeout=LET_GO_SECONDS)
    except subprocess.TimeoutExpired:
        tracer.kill()
        tracer.communicate(timeout=ATTACH_SECONDS)
        for pid in pids:  # it may have been stopped already, in order to be let go
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def promises(data: bytes) -> list[Said]:
    """The promises in what a program wrote or sent."""
    return [Said(found.decode()) for pattern in (_PROMISE, _RECEIPT) for found in pattern.findall(data)]


def python(script: Path, *arguments: str) -> list[str]:
    """The command that runs one of our scripts."""
    return [sys.executable, str(script), *arguments]


def _strace(log: Path) -> list[str]:
    assert STRACE is not None, SKIP_REASON
    return [STRACE, "-f", "-y", "-xx", "-s", "100000000", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log)]


def _read(log: Path, folder: Path, trace: Trace) -> None:
    from calls import Reader

    with log.open("rb") as lines:
        Reader(folder, trace).read(lines)
    log.unlink()
