"""This module owns the servers that are measured: ours, and the peers, each a process group of its own on a free port.

Each starts before its turn and stays idle until it; all end with the benchmark, by their ids.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from running import ROOT, environment

PEERS = Path(__file__).parent / "peers"
PYTHON_OF_PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
THREADS = 16
UNPRIVILEGED = "nobody"


class PeerMissing(Exception):
    """A peer cannot be had on this machine; the message says what is missing, and how to get it."""


@contextmanager
def empty(workers: int) -> Iterator[int]:
    """The empty handler behind our own server; its port."""
    port = free_port()
    with _running([sys.executable, str(PEERS / "empty.py"), str(port), str(workers)], port):
        yield port


@contextmanager
def insert_duckdb(folder: Path) -> Iterator[int]:
    """Flask and DuckDB, an insert per request, under gunicorn; its port. Raises PeerMissing."""
    with _gunicorn("insert_duckdb", 1, {"PEER_DATABASE": str(folder / "peer.duckdb")}) as port:
        yield port


@contextmanager
def insert_postgres(_folder: Path) -> Iterator[int]:
    """Flask and PostgreSQL, an insert per request, under gunicorn; its port. Raises PeerMissing."""
    with postgres() as address, _gunicorn("insert_postgres", 2, {"PEER_DATABASE": address}) as port:
        yield port


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own, on a Unix socket only; the words that connect to it. Raises PeerMissing."""
    binaries = _postgres_binaries()
    with tempfile.TemporaryDirectory(prefix="whichad-peer-") as name:
        folder = Path(name)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, UNPRIVILEGED)
        _done([str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "peer", "--auth=trust", "-E", "UTF8"])
        command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-h", ""]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_unprivileged())
        try:
            _wait(lambda: _accepts(binaries, folder), server, "PostgreSQL")
            yield f"host={folder} user=peer dbname=postgres"
        finally:
            server.send_signal(signal.SIGINT)  # its "fast" way to stop
            server.wait(STOP_SECONDS)


def free_port() -> int:
    """A port that nobody has now, from those that a system does not hand out to connections in the meantime."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def peers_python() -> str:
    """The Python of the peers' own environment. Raises PeerMissing."""
    if not PYTHON_OF_PEERS.exists():
        raise PeerMissing("the peers' environment is not there: `make bench` makes it, `make peers` alone does, too")
    return str(PYTHON_OF_PEERS)


@contextmanager
def _gunicorn(module: str, workers: int, more: Mapping[str, str]) -> Iterator[int]:
    port = free_port()
    command = [peers_python(), "-m", "gunicorn", "--worker-class", "gthread", "--workers", str(workers), "--threads",
               str(THREADS), "--keep-alive", "60", "--bind", f"127.0.0.1:{port}", "--chdir", str(PEERS),
               "--log-level", "error", f"{module}:app"]  # fmt: skip
    with _running(command, port, more):
        yield port


@contextmanager
def _running(command: list[str], port: int, more: Mapping[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment(**(more or {})), start_new_session=True)
    try:
        _wait(lambda: _listens(port), process, Path(command[-1]).name)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _wait(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", name: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise PeerMissing(f"{name} is there and did not start")
        time.sleep(0.05)


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise PeerMissing("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
    return found[-1].parent


def _accepts(binaries: Path, folder: Path) -> bool:
    asked = subprocess.run([str(binaries / "pg_isready"), "-q", "-h", str(folder)], check=False)
    return asked.returncode == 0


def _done(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **_unprivileged())
    if done.returncode:
        raise PeerMissing(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")


def _unprivileged() -> dict[str, Any]:
    return {"user": UNPRIVILEGED, "cwd": "/"} if os.geteuid() == 0 else {}
