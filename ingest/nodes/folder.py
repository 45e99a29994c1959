"""This module owns the shared folder: what lies where in it, and each node's manifest, which says what counts.

<shared>/nodes/<node>/files/<kind>/received_day=YYYY-MM-DD/<n>.parquet   copies of the node's archive, each written once
<shared>/nodes/<node>/manifest.json                                     which of them count, as of the node's last word

A mounted object store or a network folder knows no hard links and swaps no folders. So a file is copied aside and
renamed, and the manifest is renamed last: what it names is there whole, and what it does not name is nobody's.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ingest.archive.layout import MANIFEST, Archive, ArchiveError, File, Manifest, manifest_of, written
from ingest.durable import fsync

FOLDER, VERSION = "nodes", 1
_FILE = re.compile(r"[a-z_]+/received_day=\d{4}-\d\d-\d\d/\d+\.parquet")  # others may write there, too
MODE = 0o640  # the machine that gathers may run as another user of our group


@dataclass(frozen=True, slots=True)
class Sent:
    """What a node said last. All that it acknowledged before `whole_to` is in `archive`; times are naive UTC."""

    node: str
    origin: str  # of its data folder: two folders under one name would write over each other
    gathers: bool  # it holds what others took, too
    sent_at: datetime
    whole_to: datetime | None
    key: str  # fingerprint of its visitor.key; empty where it has none yet
    senders: dict[str, str]  # fingerprint of each sender's settings
    ended: list[str]  # segments to which nothing will be added
    dropped: list[tuple[str, datetime]] = field(default_factory=list)  # files that count no more, and since when
    archive: Manifest = field(default_factory=lambda: Manifest(0))


class Shared:
    """The shared folder; it may not exist yet."""

    def __init__(self, root: Path) -> None:
        """`root` is the setting `[nodes] shared`."""
        self.nodes = root / FOLDER

    def names(self) -> Iterator[str]:
        """The nodes that ever sent something. Raises ArchiveError where the folder is not there."""
        try:
            yield from sorted(path.parent.name for path in self.nodes.glob(f"*/{MANIFEST}"))
            if not self.nodes.parent.is_dir():
                raise FileNotFoundError(2, "there is no such folder")
        except OSError as error:
            raise ArchiveError(
                f"The shared folder {self.nodes} cannot be read ({error.strerror}). Is it mounted?"
            ) from None

    def files(self, node: str) -> Archive:
        """A node's copy, as an archive that has files and no generations."""
        return Archive(self.nodes, node)

    def sent(self, node: str) -> Sent | None:
        """What a node said last, None where it never did. Raises ArchiveError for what cannot be read."""
        path = self.nodes / node / MANIFEST
        try:
            return _sent(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArchiveError(f"{path} cannot be read ({error.strerror}). Is the shared folder mounted?") from None
        except (ValueError, KeyError, TypeError) as error:
            why = f"{path} cannot be read ({error}). On {node}: whichad ingest nodes send --anew"
            raise ArchiveError(why) from None

    def say(self, sent: Sent) -> None:
        """Let readers see what a node sent, by one rename. Raises OSError."""
        folder = self.nodes / sent.node
        folder.mkdir(parents=True, exist_ok=True)
        said = {name: getattr(sent, name) for name in Sent.__slots__ if name != "archive"}
        text = json.dumps({"version": VERSION, **said, "archive": json.loads(written(sent.archive))}, default=str)
        put(folder / MANIFEST, text.encode())


def put(path: Path, content: bytes) -> None:
    """Write a file aside, flush it, and give it its name. Raises OSError."""
    aside = path.with_name(path.name + ".new")
    with opened(aside) as file:
        file.write(content)
    settled(aside, path)


def opened(path: Path) -> BinaryIO:
    """A file to be written from its beginning, which whoever has no part in us cannot read (where modes count)."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "wb")


def settled(aside: Path, path: Path) -> None:
    """Flush a file, and give it its name; a mounted object store may flush no folders."""
    fsync(aside)
    aside.replace(path)
    with suppress(OSError):
        fsync(path.parent)


def paths(shared: Shared, sent: Sent, *kinds: str) -> list[Path]:
    """The files of some kinds that count, by day."""
    return [shared.files(sent.node).files / file.path for file in sent.archive.of(*kinds)]


def location(shared: Shared, node: str, file: File) -> Path:
    """Where a file of a node lies."""
    return shared.files(node).files / file.path


def _sent(text: str) -> Sent:
    said = json.loads(text)
    if (version := said.pop("version")) != VERSION:
        raise ValueError(f"it is of version {version}, this whichad reads {VERSION}")
    sent_files = [
        str(Path(each["kind"], f"received_day={each['day']}", each["file"])) for each in said["archive"]["files"]
    ]
    if wrong := [name for name in (*sent_files, *(name for name, _ in said["dropped"])) if not _FILE.fullmatch(name)]:
        raise ValueError(f"it names {wrong[0]!r}, which is no file of an archive")
    moments = {"sent_at": _moment(said["sent_at"]), "whole_to": _moment(said["whole_to"])}
    dropped = [(name, datetime.fromisoformat(at)) for name, at in said["dropped"]]
    return Sent(**{**said, **moments, "dropped": dropped, "archive": manifest_of(said["archive"])})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
