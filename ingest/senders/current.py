"""This module owns the senders of a running process: read again when whichad.toml, a secret or a profile changes.

A change that cannot be read keeps the senders there were, and is `problem`; `ingest.settings.in_force` says it, once
for all processes. Ports and limits need a restart.
"""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from ingest import logs
from ingest.config import ConfigError, IngestSettings, load
from ingest.senders.origin import Origin, origins, own_profiles

LOOK_SECONDS = 1.0
Stamps = tuple[tuple[str, int, int, int], ...]


class Senders:
    """The senders as they are configured now; thread-safe."""

    def __init__(
        self, settings: IngestSettings, ready: Mapping[str, Origin] | None = None, name: str | None = "ingest"
    ) -> None:
        """`ready`: the senders, where somebody read them already. Raises ConfigError where one cannot be used.

        `name` says what only this process can know: a failure that is not one of the settings. None is silent.
        """
        self._settings, self._name, self._problem = settings, name, ""
        self._origins: Mapping[str, Origin] = origins(settings) if ready is None else ready
        # Nothing was seen yet: what changed while the settings were on their way to us is found by the first look.
        self._seen: Stamps | None = None
        self._on_disk = settings
        self._stopping, self._lock = threading.Event(), threading.Lock()

    def current(self) -> Mapping[str, Origin]:
        """The senders by name."""
        return self._origins

    @property
    def settings(self) -> IngestSettings:
        """The settings that the senders were made of."""
        return self._settings

    @property
    def on_disk(self) -> IngestSettings:
        """The settings that were read last, even where their senders cannot be used."""
        return self._on_disk

    @property
    def problem(self) -> str:
        """Why what is on disk is not in force; empty where it is."""
        return self._problem

    def watch(self) -> None:
        """Look for changes once a second until `stop`, in a thread of its own."""
        threading.Thread(target=self._watch, name="senders", daemon=True).start()

    def stop(self) -> None:
        """End the watching."""
        self._stopping.set()

    def look(self) -> bool:
        """Read the senders again if something they are made of changed; whether it did, and could be read.

        Raises nothing, for a thread that watches must outlive whatever people write into a file.
        """
        with self._lock:
            try:
                return self._read()
            except ConfigError as error:
                self._problem = str(error)
            except Exception as error:
                self._seen = None  # it may pass without a change of a file
                self._fail(f"{type(error).__name__}: {error}")
        return False

    def _read(self) -> bool:
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        self._on_disk = load(type(self._settings), self._settings.config_path)
        self._origins = origins(self._on_disk)
        self._settings, self._problem = self._on_disk, ""
        return True

    def _fail(self, problem: str) -> None:
        if self._name and problem != self._problem:
            logs.say(self._name, f"the senders stay as they were: {problem}")
        self._problem = problem

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self.look()

    def _state(self) -> Stamps:
        """Name, times and size of every file that senders are made of, or would be: a secret file still to come."""
        files = {file for settings in (self._settings, self._on_disk) for file in _files(settings)}
        return tuple(_stamp(path) for path in sorted(files))


def _files(settings: IngestSettings) -> Iterator[Path]:
    if settings.config_path:
        yield settings.config_path
    for sender in settings.senders.values():
        for secret in (*sender.secrets, sender.verify_token or ""):
            if secret.startswith("file:"):
                yield settings.base_dir / secret[5:]
    yield from own_profiles(settings).glob("*.toml")


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return str(path), 0, 0, 0
    return str(path), stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size  # the second: who may read it
