"""This module owns drop folders: files that stopped growing are imported, then moved to where it is said how that went.

`DIR/<sender>/report.csv` goes to `DIR/done/<sender>/`, or to `DIR/failed/<sender>/` with the reason as a text beside.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ingest.config import ConfigError, IngestSettings, load
from ingest.importing.asked import Asked, shape_of
from ingest.importing.errors import ImportRefusedError, StillChangingError
from ingest.importing.load import import_file
from ingest.importing.summary import summary
from ingest.journal import JournalError
from ingest.rejection import REFUSALS
from ingest.terminal.commands import say

DONE, FAILED = "done", "failed"
Stamp = tuple[int, int]


class Watch:
    """One drop folder."""

    def __init__(self, folder: Path, sender: str | None, asked: Asked, config: Path | None, every: float) -> None:
        """With `sender` the files lie in `folder` itself, else in a folder per sender. Raises ConfigError."""
        if not folder.is_dir():
            raise ConfigError(f"There is no folder {folder}. Make it, with a folder for each sender in it.")
        self._folder, self._sender, self._asked, self._config, self._every = folder, sender, asked, config, every
        self._seen: dict[Path, Stamp] = {}
        self._said: set[str] = set()

    def run(self, once: bool) -> bool:
        """Take what is dropped until Ctrl-C or SIGTERM; `once`: what is there now. Returns whether all was taken."""
        say(f"watching {self._folder}" + ("" if once else "; stop with Ctrl-C"))
        ok = True
        try:
            with _stopped_by_sigterm():
                self._look()
                while not once or self._seen:
                    time.sleep(self._every)
                    ok = self._look() and ok
                    if once:
                        break
        except KeyboardInterrupt:
            say("stopped; what was not taken yet stays where it is")
        return ok

    def _look(self) -> bool:
        """Import the files that are as they were at the last look; returns False where one was not taken."""
        settings = self._settings()
        if settings is None:
            return False
        found = {path: (sender, stamp) for sender, path, stamp in self._files(settings)}
        ready = [path for path, (_, stamp) in found.items() if self._seen.get(path) == stamp]
        taken = True
        for path in sorted(ready, key=lambda path: (found[path][1][1], path.name)):  # an older export first
            taken = self._take(settings, found[path][0], path) and taken
        self._seen = {path: stamp for path, (_, stamp) in found.items() if path not in ready or path.exists()}
        return taken

    def _settings(self) -> IngestSettings | None:
        try:
            return load(IngestSettings, self._config)
        except ConfigError as error:
            self._say_once(f"whichad: {error}")
            return None

    def _files(self, settings: IngestSettings) -> Iterator[tuple[str, Path, Stamp]]:
        """The files to take: (sender, path, (bytes, time)). A link leads elsewhere, and is no file of this folder."""
        for sender, folder in self._folders(settings):
            for path in sorted(folder.iterdir()):
                if path.name.startswith(".") or path.is_symlink() or not path.is_file():
                    continue
                if self._asked.shape is None and shape_of(path) is None:
                    self._say_once(
                        f"{path} is left alone: its name does not say what it is (.csv, .ndjson, .json, .parquet)"
                    )
                    continue
                with suppress(FileNotFoundError):
                    found = path.stat()
                    yield sender, path, (found.st_size, found.st_mtime_ns)

    def _folders(self, settings: IngestSettings) -> Iterator[tuple[str, Path]]:
        if self._sender is not None:
            yield self._sender, self._folder
            return
        for folder in sorted(self._folder.iterdir()):
            if not folder.is_dir() or folder.is_symlink() or folder.name in (DONE, FAILED) or folder.name[0] == ".":
                continue
            if folder.name in settings.senders:
                yield folder.name, folder
            else:
                self._say_once(f"{folder} is left alone: there is no sender {folder.name!r} in whichad.toml")

    def _take(self, settings: IngestSettings, sender: str, path: Path) -> bool:
        try:
            done = import_file(settings, sender, path, self._asked, False)
        except StillChangingError:
            return True  # it is taken at a later look
        except (ImportRefusedError, ConfigError) as error:
            say(f"{path}: {error}")
            self._move(path, FAILED, sender, [str(error)])
            return False
        except JournalError as error:  # not the file's fault: it is taken at a later look
            say(f"{path}: not imported yet: {REFUSALS[error.code].sentence}")
            return False
        except FileNotFoundError:
            return True  # somebody took it away again
        lines = summary(done)
        for line in lines:
            say(f"{path}: {line}")
        self._move(path, DONE, sender, lines if done.checked.quarantined else [])
        return True

    def _move(self, path: Path, where: str, sender: str, lines: list[str]) -> None:
        folder = self._folder / where / sender
        folder.mkdir(parents=True, exist_ok=True)
        to, number = folder / path.name, 1
        while to.exists():
            number += 1
            to = folder / f"{path.stem}-{number}{path.suffix}"
        path.rename(to)
        if lines:
            to.with_name(to.name + ".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            say(sentence)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the watch as Ctrl-C does; a file that is half in the journal goes on where it stopped."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
