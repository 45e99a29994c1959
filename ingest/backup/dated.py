"""This module owns a folder of dated backups: their names, which of them are ours, and which of those may go.

Only what is older than the newest N goes, and of that only whole backups of this very whichad: whoever else keeps files
in the folder, another home or a node with the same key included, finds all of them again.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.backup.container import BackupError, opened
from ingest.durable import fsync
from ingest.visitors.key import KEY_NAME

_NAME = re.compile(r"whichad-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.tar")
_ASIDE = re.compile(rf"\.{_NAME.pattern}\.\w+")  # what `take` writes in
STILL_SECONDS = 3600.0  # a backup that runs writes all the time; what was killed writes no more


@dataclass(frozen=True, slots=True)
class Dated:
    """A whole backup. `home` says whose it is: the hash of the visitors' key, and the name of the node."""

    path: Path
    taken_at: str  # ISO 8601 in UTC, so the order of the text is that of time
    home: tuple[str, str]
    is_sound: bool  # nothing was damaged that it took


@dataclass(slots=True)
class Thinned:
    """What became of the older ones: the files that are gone, and sentences of what stays though it is ours by name."""

    gone: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def dated_name(moment: datetime) -> str:
    """The name of a backup that is begun at `moment`, UTC."""
    return f"whichad-{moment:%Y-%m-%dT%H-%M-%SZ}.tar"


def sweep(folder: Path, now: float) -> None:
    """Remove the halves of dated backups that were killed: nothing was written to them for an hour. Raises OSError.

    `now` is in unix seconds.
    """
    for aside in sorted(each for each in folder.glob(".whichad-*") if _ASIDE.fullmatch(each.name) and each.is_dir()):
        with suppress(FileNotFoundError):  # of one that is just ending
            inside = list(aside.iterdir())
            if now - max(path.lstat().st_mtime for path in [aside, *inside]) > STILL_SECONDS:
                _remove(aside, inside)


def _remove(aside: Path, inside: list[Path]) -> None:
    for path in inside:
        if path.name == "backup.tar" or path.name.startswith("copy"):
            path.unlink(missing_ok=True)
    with suppress(OSError):  # somebody else's file lies in it
        aside.rmdir()


def thin(newest: Path, keep: int) -> Thinned:
    """Delete what is older than the newest `keep` sound backups of the home that `newest` is of. Raises OSError.

    Nothing goes where fewer are sound: of what is damaged now, an older backup may hold the last whole copy.
    """
    found, ours = Thinned(), []
    mine = _read(newest)
    if not mine.is_sound or not mine.home[0]:
        why = "what it took was damaged" if not mine.is_sound else "there is no visitors' key yet to know ours by"
        found.notes.append(f"No older backup was deleted, as {why}.")
        return found
    for path in _named(newest.parent):
        try:
            each = _read(path)
        except (BackupError, OSError) as error:
            found.notes.append(f"It stays, and is not counted: {error}")
            continue
        if each.home == mine.home:
            ours.append(each)
    sound = sorted((each.taken_at for each in ours if each.is_sound), reverse=True)
    for each in ours:
        if len(sound) >= keep and each.taken_at < sound[keep - 1] and each.path != newest:
            each.path.unlink(missing_ok=True)  # two that end at once find the same
            found.gone.append(each.path)
    fsync(newest.parent)
    return found


def _named(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if _NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            yield path


def _read(path: Path) -> Dated:
    """What a backup says of itself, its list of files held to it. Raises BackupError and OSError."""
    with opened(path) as reader:
        said: dict[str, Any] = reader.manifest
        try:
            key = reader.files.get(f"data/{KEY_NAME}", {}).get("sha256", "")
            return Dated(path, str(said["taken_at"]), (str(key), str(said.get("node") or "")), not said["notes"])
        except (KeyError, TypeError, AttributeError):
            raise BackupError(f"{path} is no backup of whichad: its manifest says too little.") from None
