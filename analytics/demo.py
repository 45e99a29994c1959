"""This module owns the demo: the whole product on a simulated world, in a folder of its own.

It never touches the user's files: it makes `data/demo`, and only ever empties a folder that it made itself.
"""

import http.client
import json
import shutil
import socket
import sys
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from analytics.status import loading
from analytics.status.loading import History
from ingest.config import CONFIG_NAME, ConfigError
from ingest.holding import HeldError, hold
from ingest.listening.serve import RUN_FILE
from ingest.world import Player, PostError, Progress, fresh_secrets, toml_settings, world_for

MARK = "this-folder-is-made-by-whichad-demo"
READY_SECONDS = 60.0
TOUCH_SECONDS = 5.0
SEAL_MINUTES = 2
PORTS = {"port": 8080, "admin_port": 8081, "dashboard": 8050}


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is set up: its settings file, its data, its secrets."""

    config: Path
    data_dir: Path
    secrets: dict[str, str]
    kind: str
    dashboard_port: int
    lock: IO[str]  # held while the demo lives


def prepare(folder: Path, kind: str) -> Demo:
    """Make a fresh demo in `folder`. Raises ConfigError where the folder holds something that is not a demo."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigError(f"{folder} holds files that no demo made. Name another folder with --dir.")
    folder.mkdir(parents=True, exist_ok=True)
    lock = _lock(folder / MARK)
    _empty(folder)
    secrets = fresh_secrets(kind)
    ports = {name: free_port(port) for name, port in PORTS.items()}
    config = folder / CONFIG_NAME
    config.touch(mode=0o600)  # it holds secrets, and whoever tries `whichad doctor` here is to find nothing
    config.write_text(
        'data_dir = "."\n'
        + toml_settings(kind, secrets)
        + f"\n[ingest]\nport = {ports['port']}\nadmin_port = {ports['admin_port']}\n"
        + f"\n[dashboard]\nport = {ports['dashboard']}\n"
        # Who looks at raw rows, or opens docs/story.ipynb, does not wait for the full hour.
        + f"\n[retention]\nseal_minutes = {SEAL_MINUTES}\n",
        encoding="utf-8",
    )
    return Demo(config, folder, secrets, kind, ports["dashboard"], lock)


def _lock(mark: Path) -> IO[str]:
    """Hold the folder for this demo's life. Raises ConfigError where another demo lives in it."""
    try:
        return hold(mark)
    except HeldError as error:
        raise ConfigError(
            f"A demo is running in {mark.parent} ({error.holder}). Stop it first, or name another folder with --dir."
        ) from None


def _empty(folder: Path) -> None:
    """Remove what the demo before left; the mark stays, for it is the lock."""
    for path in folder.iterdir():
        if path.name == MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def free_port(wanted: int) -> int:
    """`wanted` if nothing listens there, else a port the system picks."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigError("No port is free on 127.0.0.1.")


def wait_for_ingest(data_dir: Path, stopping: threading.Event) -> str:
    """The base URL of the ingest that runs on `data_dir`, once it answers. Raises ConfigError after a minute."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not stopping.is_set():
        try:
            port = json.loads((data_dir / RUN_FILE).read_text())["port"]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return f"http://127.0.0.1:{port}"
        except (OSError, ValueError, http.client.HTTPException):
            pass
        stopping.wait(0.2)
    raise ConfigError("Ingest did not come up within a minute; its own lines above say why.")


class Traffic(threading.Thread):
    """Posts four weeks of history, then live traffic, until `stopping`; narrates on one line."""

    def __init__(self, demo: Demo, scale: float, rate: float, stopping: threading.Event) -> None:
        """`scale` sizes the history, `rate` is live items per second. `failed` is a sentence afterwards, or None."""
        super().__init__(name="traffic", daemon=True)
        self._demo, self._scale, self._rate, self._stopping = demo, scale, rate, stopping
        self._said_at = self._touched_at = 0.0
        self.failed: str | None = None

    def run(self) -> None:
        """Play; a failure stops the demo with its sentence."""
        try:
            self._play()
        except (PostError, ConfigError) as error:
            if not self._stopping.is_set():
                self.failed = f"The demo's traffic stopped: {error}"
                self._stopping.set()

    def _play(self) -> None:
        base_url = wait_for_ingest(self._demo.data_dir, self._stopping)
        now = datetime.now(UTC)
        world = world_for(self._demo.kind, now, scale=self._scale)
        player = Player(world, base_url, self._demo.secrets, stop=self._stopping, progress=self._narrate)
        history = History(world.begin.date(), now.date())
        loading.tell(self._demo.data_dir, history)
        try:
            player.play_history(now)
        except BaseException:
            loading.given_up(self._demo.data_dir)
            raise
        if self._stopping.is_set():
            loading.given_up(self._demo.data_dir)
            return
        loading.tell(self._demo.data_dir, replace(history, sent_at=datetime.now(UTC)))
        player.play_live(now, rate=self._rate)

    def _narrate(self, progress: Progress) -> None:
        now, terminal = time.monotonic(), sys.stderr.isatty()
        if progress.phase == "history" and now - self._touched_at > TOUCH_SECONDS:
            self._touched_at = now
            loading.still(self._demo.data_dir)
        if now - self._said_at < (0.2 if terminal else 10.0):
            return
        self._said_at = now
        played = progress.played
        where = f"history {progress.fraction:4.0%}" if progress.phase == "history" else "live"
        line = (
            f"{where}  {progress.moment:%Y-%m-%d %H:%M} UTC  {played.items:,} items posted, "
            f"{played.accepted:,} on disk, {played.repeated} deliveries repeated on purpose"
        )
        print(f"\r\x1b[2K{line}" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)
