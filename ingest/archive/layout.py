"""This module owns where the archive lies, what its manifest says, and whether a file is the one that was written.

data/archive/files/<kind>/received_day=YYYY-MM-DD/<n>.parquet   the live files, each written once
data/archive/generations/<n>/<kind>/received_day=…/<n>.parquet  hard links to them, as they were after writing <n>
data/archive/generations/<n>/manifest.json                      what the generation consists of
data/archive/current → generations/<n>                          swung by os.replace; readers take its realpath first
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

FOLDER = "archive"
MANIFEST = "manifest.json"
PARTITION = "received_day"  # not `day`: a report has a day of its own
VERSION = 1
READ_BYTES = 1 << 20
_WRITING = re.compile(r"(\d+)\.parquet")


class ArchiveError(Exception):
    """The archive cannot be written or read; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file. It holds rows of the seals from `first_seal` to `last_seal`, of one UTC day of receipt."""

    seal_id: int
    kind: str
    day: date
    file: str
    rows: int
    bytes: int
    sha256: str
    first_seal: int
    last_seal: int

    @property
    def path(self) -> Path:
        """Where it lies, relative to `files/` and to a generation."""
        return Path(self.kind, f"{PARTITION}={self.day.isoformat()}", self.file)


@dataclass(frozen=True, slots=True)
class Seal:
    """One writing of the archive: `seal`, `compaction` or `expiry`. It took all loads up to `load_id`."""

    seal_id: int
    sealed_at: datetime
    what: str
    deliveries: int
    load_id: int
    received_to: datetime | None = None
    quarantine_before: date | None = None
    archive_before: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """How far the archive holds a segment. `chain` is the hash of its last row, as hex; empty for none."""

    segment: str
    row: int
    chain: str
    refusal_row: int
    removed_at: datetime | None = None


@dataclass(slots=True)
class Manifest:
    """What a generation is: its files, its seals, and how far it holds each segment."""

    generation: int
    seals: list[Seal] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    expired: list[tuple[str, date, int]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    @property
    def received_to(self) -> datetime | None:
        """The newest moment of receipt among the deliveries it holds."""
        return max((seal.received_to for seal in self.seals if seal.received_to), default=None)

    def of(self, *kinds: str) -> list[File]:
        """The files of some kinds, by day."""
        return [file for file in self.files if file.kind in kinds]


class Archive:
    """The folders of an archive; it may not exist yet."""

    def __init__(self, data_dir: Path, folder: str = FOLDER) -> None:
        """`data_dir` is the folder that also holds record and journal (of a node's copy, the one of all nodes)."""
        self.root = data_dir / folder
        self.files, self.generations, self.current = (self.root / name for name in ("files", "generations", "current"))

    def generation(self) -> int:
        """The number of the current generation, 0 for none. Asks for names only."""
        try:
            return int(self.current.readlink().name)
        except (OSError, ValueError):  # the link is lost, and the generations may be there
            names = [path.name for path in self.generations.glob("*")]
            return max((int(name) for name in names if name.isdigit()), default=0)

    def manifest(self, generation: int | None = None) -> Manifest | None:
        """What a generation (the current one) is; None where there is none. Raises ArchiveError for a damaged one."""
        number = self.generation() if generation is None else generation
        if number == 0:
            return None
        folder = self.generations / str(number)
        try:
            return manifest_of(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(
                f"The archive's generation {number} has no {MANIFEST} that can be read ({error}). While the record is"
                " whole, this writes it again: whichad ingest archive seal. Else restore data/archive from a backup."
            ) from None

    def path(self, file: File) -> Path:
        """Where a file can be read: in the current generation, else among the live files."""
        linked = self.generations / str(self.generation()) / file.path
        return linked if linked.exists() else self.files / file.path

    def damage(self, files: Iterable[File]) -> dict[File, str]:
        """Those of `files` that are missing, or not as they were written, each with what is wrong. Reads them whole."""
        found = {}
        for file in files:
            try:
                if (said := sha256(self.path(file))) != file.sha256:
                    found[file] = f"has the SHA-256 {said[:12]}…, and was written with {file.sha256[:12]}…"
            except OSError as error:
                found[file] = f"cannot be read ({error.strerror})"
        return found


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def writing_of(name: str) -> int | None:
    """The number of the writing that made a file of this name; None where it is no file of ours."""
    found = _WRITING.fullmatch(name)
    return int(found[1]) if found else None


def written(manifest: Manifest) -> str:
    """The manifest as JSON."""
    return json.dumps({"version": VERSION, **asdict(manifest)}, default=str)


def manifest_of(said: dict[str, Any]) -> Manifest:
    """The manifest in what `written` made of it. Raises ValueError, KeyError, TypeError."""
    if said["version"] != VERSION:
        raise ValueError(f"it is of version {said['version']}, this whichad reads {VERSION}")
    seals = [Seal(**each | {"sealed_at": datetime.fromisoformat(each["sealed_at"]),
                            "received_to": _moment(each["received_to"]),
                            "quarantine_before": _day(each["quarantine_before"]),
                            "archive_before": _day(each["archive_before"])}) for each in said["seals"]]  # fmt: skip
    return Manifest(
        said["generation"],
        seals,
        [Place(**each | {"removed_at": _moment(each["removed_at"])}) for each in said["places"]],
        [(kind, date.fromisoformat(before), rows) for kind, before, rows in said["expired"]],
        [File(**each | {"day": date.fromisoformat(each["day"])}) for each in said["files"]],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
