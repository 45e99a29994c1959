"""This module owns one file's way into the journal: checked whole, then written in deliveries, each after its fsync."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.config import IngestSettings
from ingest.door.keeping import receipt
from ingest.importing.asked import Asked
from ingest.importing.check import Check, Checked
from ingest.importing.desk import Desk
from ingest.importing.errors import StillChangingError
from ingest.importing.file import File
from ingest.importing.journalled import WORKER, journalled
from ingest.importing.values import line_of
from ingest.journal import Journal

Told = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is


@dataclass(slots=True)
class Imported:
    """What became of one file."""

    path: Path
    checked: Checked
    deliveries: int = 0
    already: int = 0  # deliveries that an earlier import of this file has journalled
    receipts: list[str] = field(default_factory=list)


def message_id_of(file: File) -> str:
    """What a file's deliveries are known by: the same file is a repeat, a corrected one is news."""
    return f"import-{file.hash}"


def import_file(
    settings: IngestSettings, sender: str, path: Path, asked: Asked, dry_run: bool, told: Told = lambda *_: None
) -> Imported:
    """Import one file as a sender. Raises ImportRefusedError, ConfigError, JournalError, OSError."""
    desk = Desk(settings, sender, None)
    file = File(path, desk.known, asked, settings.ingest.body_bytes_max)
    done = Imported(path, Check(desk, message_id_of(file), _now()).run(file, lambda at: told("reading", at, file.size)))
    if dry_run:
        return done
    limits = settings.ingest
    journal = Journal(
        settings.journal_dir, WORKER, limits.segment_rows_max, limits.segment_seconds_max, limits.free_bytes_min
    )
    try:
        _write(Desk(settings, sender, journal), file, done, journalled(settings, sender, message_id_of(file)), told)
    finally:
        journal.close()
    return done


def _write(desk: Desk, file: File, done: Imported, there: set[bytes], told: Told) -> None:
    chunks = done.checked.chunks
    for body in _bodies(file, chunks):
        if hashlib.sha256(body).digest() in there:
            done.already += 1
        else:
            done.receipts.append(receipt(desk.store(desk.read(body, message_id_of(file), _now()))))
            done.deliveries += 1
        told("writing", done.deliveries + done.already, len(chunks))


def _bodies(file: File, chunks: list[int]) -> Iterator[bytes]:
    """The rows as bodies of NDJSON, so many in each."""
    rows = file.rows()
    for count in chunks:
        lines = [line_of(row) for _, (_, row) in zip(range(count), rows, strict=False)]
        if len(lines) < count:
            raise StillChangingError
        yield b"\n".join(lines) + b"\n"


def _now() -> int:
    return time.time_ns() // 1000
