"""This module owns the senders of a running ingest: read again when whichad.toml, a secret or a profile changes.

A change that cannot be read keeps the senders there were, and says so; ports and limits need a restart.
"""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from ingest.config import ConfigError, IngestSettings, load
from ingest.origin import Origin, origins, own_profiles

LOOK_SECONDS = 1.0


class Senders:
    """The senders as they are configured now; thread-safe."""

    def __init__(self, settings: IngestSettings) -> None:
        """Raises ConfigError where a sender cannot be used at the start."""
        self._settings = settings
        self._origins: Mapping[str, Origin] = origins(settings)
        self._seen = self._state()
        self._stopping = threading.Event()

    def current(self) -> Mapping[str, Origin]:
        """The senders by name."""
        return self._origins

    def watch(self) -> None:
        """Look for changes once a second until `stop`, in a thread of its own."""
        threading.Thread(target=self._watch, name="senders", daemon=True).start()

    def stop(self) -> None:
        """End the watching."""
        self._stopping.set()

    def look(self) -> bool:
        """Read the senders again if something they are made of changed; whether it did, and could be read."""
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        try:
            found = load(type(self._settings), self._settings.config_path)
            self._origins = origins(found)
        except (ConfigError, OSError) as error:
            print(
                f"ingest: the senders stay as they were; the new settings are wrong: {error}",
                file=sys.stderr,
                flush=True,
            )
            return False
        self._settings = found
        return True

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self.look()

    def _state(self) -> tuple[tuple[str, int, int], ...]:
        """Name, time and size of every file that senders are made of."""
        settings = self._settings
        files = [settings.config_path] if settings.config_path else []
        for sender in settings.senders.values():
            files += [settings.base_dir / secret[5:] for secret in sender.secrets if secret.startswith("file:")]
        files += sorted(own_profiles(settings).glob("*.toml"))
        return tuple(_stamp(path) for path in files)


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), stat.st_mtime_ns, stat.st_size
