"""This module owns `whichad ingest archive`: how the archive stands, and its turns by hand."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import typer

from ingest.archive import compaction
from ingest.archive.layout import Archive, ArchiveError, File
from ingest.archive.seal import pending
from ingest.archive.upkeep import Upkeep
from ingest.config import IngestSettings, load
from ingest.store import Record, RecordError, drain, read_record
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show

archive = typer.Typer(
    no_args_is_help=True, help="The archive in Parquet: how it stands, write what is pending, make small files one."
)


@archive.command()
def status(
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
    verify: bool = typer.Option(False, "--verify", help="Read every file and compare it with its SHA-256."),
) -> None:
    """Show what the archive holds, by kind, and what is pending."""
    with errors_in_words(), _in_words():
        settings = load(IngestSettings, config)
        held = Archive(settings.data_dir)
        manifest = held.manifest()
        files = manifest.files if manifest else []
        kinds = sorted({file.kind for file in files})
        rows = []
        for kind in kinds:
            those = [file for file in files if file.kind == kind]
            days = [file.day for file in those]
            rows.append(
                (kind, min(days), max(days), len(those), sum(f.rows for f in those), sum(f.bytes for f in those))
            )
        show(["kind", "first_day", "last_day", "files", "rows", "bytes"], rows, form, "Nothing is archived yet.")
        with read_record(settings.record_path) as connection:
            say(f"{pending(connection)} deliveries are pending; writing {manifest.generation if manifest else 0}")
        damaged = held.damage(files) if verify else {}
        for file, what in damaged.items():
            say(f"{file.path} {what}")
        if verify:
            say(f"{len(files) - len(damaged)} of {len(files)} files are as they were written")
        if damaged:
            raise typer.Exit(Exit.FAILED)


@archive.command()
def seal(config: ConfigOption = None) -> None:
    """Load the journal, and write into the archive what is pending, without waiting for the hour."""
    with errors_in_words(), _in_words():
        settings = load(IngestSettings, config)
        with Record(settings.record_path) as record:
            drain(record, settings.journal_dir)
            count = pending(record.connection)
            if count:
                Upkeep(settings.data_dir, settings.retention).seal(record.connection, _now())
            left = pending(record.connection)
        say(f"{count - left} deliveries are archived, {left} are pending")
        if left:
            raise typer.Exit(Exit.FAILED)


@archive.command()
def compact(config: ConfigOption = None) -> None:
    """Make one file per kind of every day that is over, let go of what is over its time, and shorten the journal."""
    with errors_in_words(), _in_words():
        settings = load(IngestSettings, config)
        with Record(settings.record_path) as record:
            drain(record, settings.journal_dir)
            days = len(compaction.due(record.connection, _now()))
            Upkeep(settings.data_dir, settings.retention).rest(record.connection, _now(), math.inf)
        say(f"{days} days are compacted")


def _by_kind(files: list[File]) -> list[tuple[str, date, date, int, int, int]]:
    found = []
    for kind in sorted({file.kind for file in files}):
        those = [file for file in files if file.kind == kind]
        days, rows, size = [f.day for f in those], sum(f.rows for f in those), sum(f.bytes for f in those)
        found.append((kind, min(days), max(days), len(those), rows, size))
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    """What is wrong with the archive is said as what is wrong with the record is."""
    try:
        yield
    except ArchiveError as error:
        raise RecordError(str(error)) from None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
