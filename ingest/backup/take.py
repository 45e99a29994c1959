"""This module owns taking a backup while ingest, the loop and the dashboard run: aside, fsynced, then renamed."""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from ingest.archive.layout import Archive, ArchiveError
from ingest.backup.container import Advance, BackupError, Writer, opened
from ingest.backup.contents import Part, generation, parts
from ingest.backup.copying import Segment, copy_duckdb, copy_sqlite
from ingest.config import IngestSettings
from ingest.durable import fsync
from ingest.segments.holes import holes
from ingest.store.opening import SCHEMA_VERSION

Progress = Callable[[int, int], None]  # bytes so far, bytes in all


@dataclass(slots=True)
class Taken:
    """A backup that is on disk. `deliveries` counts those of the journal and of the archive once."""

    path: Path
    begun: datetime  # naive UTC
    bytes: int = 0
    files: int = 0
    segments: int = 0
    deliveries: int = 0
    newest: datetime | None = None  # naive UTC
    notes: list[str] = field(default_factory=list)


def backup(settings: IngestSettings, target: Path, progress: Progress | None = None) -> Taken:
    """Take a backup into `target`, a new file of mode 0600. Raises BackupError and OSError; then there is no file."""
    target = target.absolute()
    _check(settings, target)
    begun = datetime.now(UTC).replace(tzinfo=None)
    total, so_far = 2 * sum(_size(part.path) for part in parts(settings)), 0  # written, and read back

    def advance(count: int) -> None:
        nonlocal so_far
        so_far += count
        if progress:
            progress(so_far, total)

    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        with Writer(Path(folder) / "backup.tar", advance) as writer:
            taking = _Taking(settings, writer, Path(folder))
            for part in parts(settings):
                taking.take(part)
            taking.look_at_archive()
            writer.close(taking.said(begun))
        _read_back(Path(folder) / "backup.tar", target, advance)
        _check(settings, target)
        (Path(folder) / "backup.tar").rename(target)
    fsync(target.parent)
    return taking.taken(target, begun)


def _read_back(written: Path, target: Path, advance: Advance) -> None:
    """Hold every file to its hash, read from the disk where the system lets go of what it still has in memory."""
    if hasattr(os, "posix_fadvise"):
        with written.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    try:
        with opened(written) as reader:
            reader.verify(advance)
    except BackupError as error:
        raise BackupError(
            f"{target} was not taken: what was written could not be read back ({error}). Look at that disk."
        ) from None


def _check(settings: IngestSettings, target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise BackupError(f"{target} is there already, and a backup overwrites nothing. Name another file.")
    if not target.parent.is_dir():
        raise BackupError(
            f"There is no folder {target.parent}. Make it first, or mount its disk: mkdir -p {target.parent}"
        )
    if target.resolve().is_relative_to(settings.data_dir):
        raise BackupError(f"{target} lies in the data folder itself. Name a file elsewhere, best on another disk.")
    if not settings.data_dir.is_dir():
        raise BackupError(f"There is no data in {settings.data_dir} yet. Start: whichad up")


class _Taking:
    """Takes parts one after the other, and keeps what there is to say of them."""

    def __init__(self, settings: IngestSettings, writer: Writer, folder: Path) -> None:
        self._settings, self._writer, self._aside = settings, writer, folder / "copy"
        self._segments: dict[str, Segment] = {}
        self._generation: Path | None = None
        self._notes: list[str] = []

    def take(self, part: Part) -> None:
        if "/generations/" in part.name and self._generation is None:
            self._generation = generation(self._settings.data_dir)
        try:
            self._take(part)
        except FileNotFoundError:
            # What vanishes while we look was in use only for a while; a segment went once the archive, which is
            # taken after the journal, held it. Of a generation nothing vanishes, unless three more were made.
            if self._generation is not None and part.path.is_relative_to(self._generation):
                raise BackupError("The archive was written three times meanwhile. Take the backup again.") from None

    def _take(self, part: Part) -> None:
        if part.copy == "plain":
            self._writer.add(part.name, part.path)
            return
        if not part.path.exists():
            raise FileNotFoundError
        is_segment = part.copy == "sqlite" and part.path.parent == self._settings.journal_dir
        if is_segment and (said := holes(part.path)):  # SQLite would copy what lies before the hole, and say nothing
            self._take_damaged(part, said)
            return
        try:
            if part.copy == "sqlite":
                found = copy_sqlite(part.path, self._aside)
                if found is not None and is_segment:
                    self._segments[part.path.name] = found
            else:
                copy_duckdb(part.path, self._aside)
            self._writer.add(part.name, self._aside)
        except (sqlite3.Error, duckdb.Error) as error:
            if not part.path.exists():
                raise FileNotFoundError from None
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise BackupError(f"{part.path} stays locked by another process. Take the backup again.") from None
            self._take_damaged(part, f"is damaged ({error})")
        finally:
            self._aside.unlink(missing_ok=True)

    def look_at_archive(self) -> None:
        """Say where the archive is not as it was written: from a backup of it no record can be made."""
        archive = Archive(self._settings.data_dir)
        try:
            manifest = archive.manifest()
        except ArchiveError as error:
            self._notes.append(str(error))
            return
        wrong = archive.damage(manifest.files) if manifest else {}
        self._notes += [f"the archive's {file.path} {what}; it was taken so" for file, what in wrong.items()]

    def _take_damaged(self, part: Part, why: str) -> None:
        """A damaged file is no reason for no backup: it is taken as it lies there, and said."""
        for suffix in ("", "-wal", ".wal"):
            path = part.path.with_name(part.path.name + suffix)
            if path.exists():
                self._writer.add(part.name + suffix, path)
        self._notes.append(f"{part.path.name} {why}; it was taken byte for byte")

    def said(self, begun: datetime) -> dict[str, Any]:
        """The manifest but for its files."""
        deliveries, newest = self._counted()
        return {
            "whichad": version("whichad"), "schema": SCHEMA_VERSION, "taken_at": f"{begun:%Y-%m-%dT%H:%M:%S.%fZ}",
            "node": self._settings.nodes.node, "segments": len(self._segments), "deliveries": deliveries,
            "newest_delivery": newest.isoformat() + "Z" if newest else None,
            "generation": self._generation.name if self._generation else None, "notes": self._notes,
        }  # fmt: skip

    def taken(self, target: Path, begun: datetime) -> Taken:
        """What was taken, once it lies at `target`."""
        files, size = len(self._writer.files), target.stat().st_size
        return Taken(target, begun, size, files, len(self._segments), *self._counted(), self._notes)

    def _counted(self) -> tuple[int, datetime | None]:
        """The deliveries of journal and archive, each once, and when the newest was received."""
        rows = {name: segment.rows for name, segment in self._segments.items()}
        newest = [segment.newest for segment in self._segments.values() if segment.newest]
        manifest = None
        if self._generation is not None:
            with suppress(ArchiveError):  # a damaged one is taken, too; whoever reads it says so
                manifest = Archive(self._settings.data_dir).manifest(int(self._generation.name))
        if manifest is None:
            return sum(rows.values()), max(newest, default=None)
        archived = {place.segment: place.row for place in manifest.places}
        beyond = sum(max(0, count - archived.get(name, 0)) for name, count in rows.items())
        newest += [manifest.received_to] if manifest.received_to else []
        return sum(file.rows for file in manifest.of("deliveries")) + beyond, max(newest, default=None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
