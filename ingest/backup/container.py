"""This module owns the file of a backup: a plain tar with a manifest of hashes, and holding it to them.

    data/…  config/…  elsewhere/…        the files, regular ones only
    manifest.json                        format, whichad, schema, taken_at …, files: {name: {bytes, sha256}}
    manifest.json.sha256                 of the manifest itself; it comes last, so a cut file has none

`tar xf` and `sha256sum` are enough to read it without whichad.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any

from ingest.durable import fsync

FORMAT = 1
MANIFEST, CHECKSUM = "manifest.json", "manifest.json.sha256"
BLOCK = 1 << 20
Advance = Callable[[int], None]


class BackupError(Exception):
    """A backup cannot be taken, read or restored; the message says why and what to do next."""


class _Hashing(io.RawIOBase):
    """A file that is hashed, and counted, while it is read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file, self._advance, self.digest = file, advance, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.digest.update(block)
        self._advance(len(block))
        return block


class Writer:
    """Writes one backup to a new file of mode 0600."""

    def __init__(self, path: Path, advance: Advance) -> None:
        """`advance` hears of every block read, in bytes. Raises OSError."""
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 (see close)
        self._advance, self.files = advance, dict[str, dict[str, Any]]()

    def add(self, name: str, path: Path) -> None:
        """Take a file as long as it is now. Raises OSError, FileNotFoundError where it is gone."""
        with path.open("rb") as file:
            member = tarfile.TarInfo(name)
            stat = os.fstat(file.fileno())
            member.size, member.mtime, member.mode = stat.st_size, int(stat.st_mtime), 0o600
            hashing = _Hashing(file, self._advance)
            self._tar.addfile(member, hashing)
            self.files[name] = {"bytes": stat.st_size, "sha256": hashing.digest.hexdigest()}

    def close(self, said: dict[str, Any]) -> None:
        """Write the manifest: what is `said`, and the files. On return the backup is on disk."""
        text = json.dumps({"format": FORMAT, **said, "files": self.files}, indent=1).encode()
        checksum = f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()
        for name, content in ((MANIFEST, text), (CHECKSUM, checksum)):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            self._tar.addfile(member, io.BytesIO(content))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._file.close()


class Reader:
    """One backup, open for reading. `manifest` is what it says of itself."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        """Reads the list of files. Raises BackupError where that is not what the manifest says."""
        self._path, self._tar = path, tar
        members = tar.getmembers()
        self._members = {member.name: member for member in members}
        text, checksum = self._text(MANIFEST), self._text(CHECKSUM)
        if checksum.split()[:1] != [hashlib.sha256(text).hexdigest().encode()]:
            raise BackupError(f"{path} is damaged: its manifest is not the one that was written. {_ANOTHER}")
        self.manifest: dict[str, Any] = json.loads(text)
        if self.manifest["format"] > FORMAT:
            raise BackupError(
                f"{path} was taken by a newer whichad ({self.manifest['whichad']}). Restore it with that."
            )
        self.files: dict[str, dict[str, Any]] = self.manifest["files"]
        if len(members) != len(self._members) or self._members.keys() != {*self.files, MANIFEST, CHECKSUM}:
            raise BackupError(f"{path} does not hold the files that its manifest names. {_ANOTHER}")
        for member in members:
            if not _is_safe(member):
                raise BackupError(f"{path} holds {member.name!r}, which no backup of whichad does. {_ANOTHER}")

    def verify(self, advance: Advance) -> None:
        """Read every file and hold it to its SHA-256. Raises BackupError that names the first that differs."""
        for name in self.files:
            for block in self._blocks(name):
                advance(len(block))

    def extract(self, name: str, target: Path) -> None:
        """Write one file, mode 0600, durable; it is held to its SHA-256 once more. Raises OSError, BackupError."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for block in self._blocks(name):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        fsync(target.parent)

    def text(self, name: str) -> str:
        """A small file as text."""
        return b"".join(self._blocks(name)).decode()

    def _blocks(self, name: str) -> Iterator[bytes]:
        member, said, digest = self._members[name], self.files[name], hashlib.sha256()
        if member.size != said["bytes"]:
            raise BackupError(f"{self._path} is damaged: {name} is not as long as it was. {_ANOTHER}")
        content = self._tar.extractfile(member)
        while content is not None and (block := content.read(BLOCK)):
            digest.update(block)
            yield block
        if digest.hexdigest() != said["sha256"]:
            raise BackupError(f"{self._path} is damaged: {name} is not what was written. {_ANOTHER}")

    def _text(self, name: str) -> bytes:
        member = self._members.get(name)
        content = self._tar.extractfile(member) if member is not None and member.isreg() else None
        if content is None:
            raise BackupError(f"{self._path} is cut off, or no backup of whichad: it has no {name}. {_ANOTHER}")
        return content.read()


_ANOTHER = "Nothing was touched; use another backup."


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """A backup. Raises BackupError where it is none, or cut, and OSError."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield Reader(path, tar)
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise BackupError(f"{path} is cut off, or no backup of whichad ({error}). {_ANOTHER}") from None


def _is_safe(member: tarfile.TarInfo) -> bool:
    """Whether a member is a plain file in one of our folders: nothing in a backup may be written anywhere else."""
    parts = PurePosixPath(member.name).parts
    inside = len(parts) > 1 and parts[0] in ("data", "config", "elsewhere") and ".." not in parts
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and (inside or member.name in (MANIFEST, CHECKSUM))
