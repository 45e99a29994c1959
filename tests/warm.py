"""This module owns processes that begin warm: forks of one that has loaded what every `python -m ingest …` loads.

Flask, pydantic and typer take half a second of the processor to load, Dash and its pages two, and a run of the suite
starts hundreds of processes. The one that is forked (one for each worker of pytest and for each of LOADS, begun when
first asked) runs no thread and has no database open; workers of the door are forked further (tests/forking.py).
Whatever a test starts by itself begins as for everybody.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

import forking

ROOT = Path(__file__).resolve().parents[1]
POLL_SECONDS = 0.01
_REQUEST_BYTES_MAX = 1 << 17
LOADS = {
    "ingest": (
        "duckdb",
        "ingest.store",
        "ingest.openapi.command",
        "ingest.senders.send_test",
        "ingest.listening.serve",
        "ingest.app",
        "ingest.listening.server",
    ),
    "dashboard": ("dashboard.server", "dashboard.people.starting"),
}
_one_at_a_time = threading.Lock()


class Warm:
    """A process of ours, with the part of subprocess.Popen that tests use."""

    def __init__(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], *standard: IO[Any]) -> None:
        """`arguments` begin with the module, as after `python -m`; `standard` are input, output and errors."""
        self.args = [sys.executable, "-m", *arguments]
        self.returncode: int | None = None
        self._loads = arguments[0] if arguments[0] in LOADS else "ingest"
        asked = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env)}
        self.pid = int(_ask(self._loads, asked, [each.fileno() for each in standard]))

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if self.returncode is None:
            self.returncode = _ask(self._loads, {"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        begun = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - begun > timeout:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Unless it has ended: until that was asked, its id is nobody else's."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def run(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float = 60, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """`python -m` with these arguments to its end. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        process = Warm(arguments, cwd, env, given, out, err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(process.args, code, *said)


def _ask(loads: str, asked: Mapping[str, Any], files: Sequence[int] = ()) -> Any:
    with _one_at_a_time:
        line = _line(loads)
        socket.send_fds(line, [json.dumps(asked).encode()], files)
        return json.loads(line.recv(_REQUEST_BYTES_MAX))


@cache
def _line(loads: str) -> socket.socket:
    """The line to the process that forks; when this one ends, it ends, too, with all its forks."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, str(Path(__file__)), str(theirs.fileno()), loads]
    process = subprocess.Popen(
        command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    theirs.close()
    atexit.register(process.wait, 10)
    atexit.register(ours.close)
    return ours


def _serve(line: socket.socket) -> Mapping[str, Any] | None:
    """Fork on demand; returns what is to be run in a fork, and None in the process itself at its end."""
    running: set[int] = set()
    while True:
        message, files, *_ = socket.recv_fds(line, _REQUEST_BYTES_MAX, 3)
        if not message:
            for pid in running:
                os.kill(pid, signal.SIGTERM)
            return None
        asked: Mapping[str, Any] = json.loads(message)
        if "ended" in asked:
            pid, status = os.waitpid(asked["ended"], os.WNOHANG)
            running.discard(pid)
            line.send(json.dumps(os.waitstatus_to_exitcode(status) if pid else None).encode())
            continue
        pid = os.fork()
        if pid == 0:
            line.close()
            for standard, file in enumerate(files):
                os.dup2(file, standard)
                os.close(file)
            return asked
        running.add(pid)
        for file in files:
            os.close(file)
        line.send(json.dumps(pid).encode())


def _become(asked: Mapping[str, Any]) -> None:
    os.chdir(asked["cwd"])
    if asked["arguments"][:2] == ["ingest", "serve"]:
        subprocess.Popen = forking.Forked  # type: ignore[misc]
    forking.become(asked["arguments"], asked["env"])


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    for name in LOADS[sys.argv[2]]:
        __import__(name)
    wanted = _serve(socket.socket(fileno=int(sys.argv[1])))
    if wanted is not None:
        _become(wanted)
