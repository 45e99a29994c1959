"""This module owns the whole product as processes for the tests of faults: started, found by role, killed.

Every process carries a mark in its environment that only this run knows, so that a test finds all of its own, also
those whose parent it killed, and ends no other.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from looking import look
from running import ROOT, SECRET, environment

from analytics.config import AnalyticsSettings
from analytics.demo import free_port
from ingest.config import load

MARK = "LEDGER_TEST_RUN"
READY_SECONDS = 60.0
STOP_SECONDS = 60.0
ROLES = {
    "worker": ("ingest.listening.worker",), "ingest": ("ingest", "serve"), "refresh": ("analytics", "refresh"),
    "dashboard": ("dashboard", "serve"), "relay": ("relay", "run"), "up": ("whichad", "up"),
    "alerts": ("alerts", "run"),
}  # fmt: skip
CONFIG = """\
data_dir = "data"
[ingest]
port = {port}
admin_port = {admin_port}
workers = {workers}
free_bytes_min = {free_bytes_min}
{more}
[dashboard]
port = {dashboard}
[refresh]
every_seconds = 0.5
[senders.shop]
secrets = ["{secret}"]
"""


class Product:
    """A `whichad.toml` in a folder, and the processes that work on it; a context manager that ends all of them."""

    def __init__(self, folder: Path, workers: int = 2, free_bytes_min: int = 0, **limits: Any) -> None:
        """`limits` are keys of `[ingest]`; a folder that has a `whichad.toml` is gone on with."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.ledgers, self.config = folder, folder / "ledgers", folder / "whichad.toml"
        if not self.config.exists():
            ports = {name: free_port(0) for name in ("port", "admin_port", "dashboard")}
            more = "\n".join(f"{name} = {json.dumps(value)}" for name, value in limits.items())
            text = CONFIG.format(workers=workers, free_bytes_min=free_bytes_min, more=more, secret=SECRET, **ports)
            self.config.write_text(text, encoding="utf-8")
        self.settings = load(AnalyticsSettings, self.config)
        self.port, self.data = self.settings.ingest.port, self.settings.data_dir
        self.log = folder / "log"
        self.mark = uuid.uuid4().hex
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Product":
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.kill_all()

    def start(self, *parts: str, **more: str) -> "subprocess.Popen[bytes]":
        """A command of whichad, such as `start("whichad", "up")`, in a session of its own; `more` is environment."""
        command = [sys.executable, "-m", *parts, "--config", str(self.config)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment(**{MARK: self.mark}, **more), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.started.append(process)
        return process

    def serve(self) -> "subprocess.Popen[bytes]":
        """Ingest alone, once it answers."""
        process = self.start("ingest", "serve")
        self.wait_for(self.answers, "ingest to answer")
        return process

    def answers(self) -> bool:
        """Whether the door's process is up."""
        with suppress(OSError):
            return http_status(self.port) == 200
        return False

    def processes(self) -> dict[int, str]:
        """Every living process of this run: pid → role."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"{MARK}={self.mark}".encode() not in (folder / "environ").read_bytes():
                    continue
                words = (folder / "cmdline").read_bytes().decode().split("\0")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z":
                    found[int(folder.name)] = role(words)
        return found

    def pids(self, name: str) -> list[int]:
        """The processes of a role."""
        return sorted(pid for pid, its in self.processes().items() if its == name)

    def kill(self, *pids: int) -> int:
        """`kill -9`; returns how many there were to be killed."""
        killed = 0
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        self._reap()
        return killed

    def kill_all(self) -> int:
        """End every process of this run, and whatever they start meanwhile."""
        killed, deadline = 0, time.monotonic() + 20
        while (alive := self.processes()) and time.monotonic() < deadline:
            killed += self.kill(*alive)
            time.sleep(0.02)
        self._reap()
        return killed

    def stop(self, process: "subprocess.Popen[bytes]") -> int:
        """SIGTERM, and its exit code; one that does not end in time is an error."""
        process.terminate()
        return process.wait(STOP_SECONDS)

    def wait_for(self, found: Callable[[], Any], what: str, seconds: float = READY_SECONDS) -> Any:
        """The first truthy answer. Raises AssertionError with the end of the log."""
        deadline = time.monotonic() + seconds
        while not (answer := found()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds:g} s for {what}; the log ends with:\n{self.logged()[-3000:]}")
            time.sleep(0.05)
        return answer

    def logged(self) -> str:
        """What the processes narrated."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def status(self) -> dict[str, Any]:
        """What the loop said last; {} before its first cycle."""
        with suppress(OSError, ValueError):
            return dict(json.loads((self.data / "status.json").read_text(encoding="utf-8")))
        return {}

    def whichad(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command to its end."""
        command = [sys.executable, "-m", "whichad", *arguments, "--config", str(self.config)]
        return subprocess.run(
            command, cwd=ROOT, env=environment(**{MARK: self.mark}), capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def there(self) -> Counter[str]:
        """The ids in the record, with how often each is there."""
        with look(self.settings.record_path) as record:
            return Counter(i for (i,) in record.execute("select id from interactions").fetchall())

    def _reap(self) -> None:
        for process in self.started:
            process.poll()


def role(words: list[str]) -> str:
    """What a command line is in the product."""
    for name, wanted in ROLES.items():
        if all(word in words for word in wanted):
            return name
    return "other"


def http_status(port: int, path: str = "/healthz") -> int:
    """The status of a GET. Raises OSError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(str(error)) from None
    finally:
        connection.close()


@contextmanager
def serving(folder: Path, **limits: Any) -> Iterator[Product]:
    """Ingest alone on a folder; the loop is `audit`'s."""
    with Product(folder, **limits) as product:
        product.serve()
        yield product
