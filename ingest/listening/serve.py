"""This module owns the running ingest: one listening socket, its worker processes, the admin port."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from waitress.server import create_server

from ingest import logs
from ingest.canary.posting import Poster
from ingest.config import COUNTS, IngestSettings
from ingest.counting.files import FOLDER, clean, reserve
from ingest.counting.tally import tally
from ingest.durable import make_folder
from ingest.listening.admin import Document, admin_app
from ingest.listening.sockets import Sockets, opened
from ingest.relaying.relay import command as relay_command
from ingest.relaying.relay import relayed
from ingest.senders.current import LOOK_SECONDS
from ingest.settings.handing import hand
from ingest.settings.in_force import Oversight
from ingest.visitors.key import visitor_key

RESTART_SECONDS = (0.2, 1.0, 5.0)
STOP_SECONDS = 30.0
RUN_FILE = "ingest.json"
RELAY = "relay"


@dataclass(slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    started_at: float
    crashes: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps `workers` processes alive on one inherited socket, and a relay once a sender has a `relay_to`."""

    def __init__(
        self,
        settings: IngestSettings,
        config: Path | None,
        openapi: Document | None = None,
        sockets: Sockets | None = None,
    ) -> None:
        """Check everything, and bind what nobody holds for us, before the first worker starts. Raises ConfigError."""
        self._oversight, self._looked_at = Oversight(settings), 0.0
        make_folder(settings.data_dir)
        visitor_key(settings.data_dir)
        self._settings, self._config, self._openapi = settings, config, openapi
        self._metrics_dir = settings.data_dir / FOLDER
        sockets = sockets or opened(settings)
        self._listener, self._admin = sockets.webhooks, sockets.admin
        self._canary, self._children = Poster(settings, self._listener), list[_Child]()
        self._stopping, self._run_file = threading.Event(), b""

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; returns when every worker has drained."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        clean(self._metrics_dir)
        self._relay_since = time.time_ns() // 1000  # before the first delivery can arrive
        try:
            self._serve()
        finally:  # whatever stops us, no worker goes on alone
            self._drain()

    def _serve(self) -> None:
        for number in range(self._settings.ingest.workers):
            self._children.append(self._start(f"w{number + 1}"))
        threading.Thread(target=self._serve_admin, daemon=True).start()
        self._canary.start()
        host, port = self._listener.getsockname()[:2]
        logs.say("ingest", f"webhooks at http://{host}:{port}/webhooks/<sender>", "info")
        self._write_run_file()
        while not self._stopping.wait(0.1):
            self._look()
            self._revive()

    def _look(self) -> None:
        """Look at the settings; start the relay when the first sender has a `relay_to`: it then follows them itself."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        self._oversight.look()
        path = self._settings.data_dir / RUN_FILE
        if not path.exists() or path.read_bytes() != self._run_file:  # somebody tidied up
            self._write_run_file()
        has_relay = len(self._workers) < len(self._children)
        if not has_relay and relayed(self._oversight.senders.current()):
            self._children.append(self._start(RELAY))
            self._write_run_file()

    def _start(self, name: str) -> _Child:
        """Start a process with the settings in force, which may not be the ones on disk."""
        if name == RELAY:
            command = relay_command(self._config, self._relay_since)
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env=self._settings.child_environment())
        else:
            fd = self._listener.fileno()
            own = ["--fd", str(fd), "--name", name, "--supervised", str(os.getpid())]
            command = [sys.executable, "-m", "ingest.listening.worker", *own]
            environment = self._environment(name)
            process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[fd], env=environment)
        assert process.stdin is not None  # noqa: S101 (it is a pipe)
        hand(process.stdin, self._oversight.good(), self._oversight.senders.current())
        return _Child(name, process, time.monotonic())

    def _environment(self, name: str) -> dict[str, str]:
        environment = self._settings.child_environment()
        environment.pop(COUNTS, None)
        with contextlib.suppress(OSError):  # on a full disk a worker starts all the same, to say so to its senders
            reserve(self._metrics_dir, name)
            environment[COUNTS] = str(self._metrics_dir)
        return environment

    def _revive(self) -> None:
        now = time.monotonic()
        for index, child in enumerate(self._children):
            if child.process.poll() is None:
                continue
            if child.restart_at is None:
                child.crashes = 0 if now - child.started_at > 60 else child.crashes
                wait = RESTART_SECONDS[min(child.crashes, len(RESTART_SECONDS) - 1)]
                child.restart_at = now + wait
                if child.name == RELAY:  # to a book that was lost meanwhile, all before now is history
                    self._relay_since = time.time_ns() // 1000
                code = child.process.returncode
                logs.say("ingest", f"process {child.name} ended with {code}; again in {wait} s", "error")
            elif now >= child.restart_at:
                tally().restarted(child.name)
                crashes = child.crashes + 1
                self._children[index] = self._start(child.name)
                self._children[index].crashes = crashes
                self._write_run_file()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _drain(self) -> None:
        self._canary.stop()
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._listener.close()
        with contextlib.suppress(OSError):  # what cannot be written to cannot be tidied
            (self._settings.data_dir / RUN_FILE).unlink(missing_ok=True)

    def _write_run_file(self) -> None:
        """Say where we listen and who we are: for `status`, and for tests that let the system pick a port."""
        path = self._settings.data_dir / RUN_FILE
        aside = path.with_suffix(".new")
        self._run_file = json.dumps({
            "pid": os.getpid(),
            "port": self._listener.getsockname()[1],
            "admin_port": self._admin.getsockname()[1],
            "admin_url": self._admin_url(),
            "workers": [child.process.pid for child in self._workers],
            "relay": [child.process.pid for child in self._children if child.name == RELAY],
        }).encode()  # fmt: skip
        aside.write_bytes(self._run_file)
        aside.replace(path)

    def _admin_url(self) -> str:
        """Where other processes, and other containers of the same network, ask how we are."""
        host = self._settings.ingest.admin_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._admin.getsockname()[1]}"

    def _serve_admin(self) -> None:
        app = admin_app(self._settings, self._alive, self._openapi, lambda: self._oversight.standing)
        create_server(app, sockets=[self._admin], threads=2, ident=None).run()

    def _alive(self) -> int:
        return sum(child.process.poll() is None for child in self._workers)

    @property
    def _workers(self) -> list[_Child]:
        return [child for child in self._children if child.name != RELAY]
