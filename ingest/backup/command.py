"""This module owns `whichad backup` and `whichad restore`: what they print, their progress, their exit codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from ingest.backup import restore as way_back
from ingest.backup.container import BackupError, opened
from ingest.backup.take import backup
from ingest.config import IngestSettings, load
from ingest.terminal.called import as_called
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, console, errors_in_words, say, show

_FIRST = TaskID(0)  # the one task of a bar


def backup_command(
    file: Annotated[Path, typer.Argument(help="The file to make, such as /backups/whichad-2026-11-23.tar.")],
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take a backup while everything runs: one file with all that cannot be derived, secrets included."""
    with _in_words(), _bar("backup") as bar:
        settings = load(IngestSettings, config)
        taken = backup(settings, file, lambda done, total: bar.update(_FIRST, completed=done, total=total))
    newest = f"{taken.newest:%Y-%m-%d %H:%M:%S} UTC" if taken.newest else ""
    columns = ("file", "bytes", "files", "segments", "deliveries", "newest_delivery")
    show(columns, [(taken.path, taken.bytes, taken.files, taken.segments, taken.deliveries, newest)], form)
    for note in taken.notes:
        say(f"whichad: {note}")
    say("It holds secrets, the visitors' key and raw bodies (mode 0600): keep it as safe as this machine. "
        "Secrets that are read from the environment are not in it.")  # fmt: skip
    if taken.notes:
        say("The backup was taken, but what is named above was damaged before. Mend it, and take another.")
        raise typer.Exit(Exit.FAILED)


def restore_command(
    file: Annotated[Path, typer.Argument(help="A file made by whichad backup.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to restore into: whichad.toml, and the data beside it.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Restore a backup into a folder without data, make the record anew, and recount it."""
    with _in_words():
        with opened(file) as reader, _bar("verify") as bar:
            data_dir = way_back.place(reader, to)
            bar.update(_FIRST, total=sum(each["bytes"] for each in reader.files.values()))
            reader.verify(lambda count: bar.advance(_FIRST, count))
            say(f"Every one of {len(reader.files)} files is as it was written. Restoring ...")
            unpacked = way_back.unpack(reader, to, data_dir)
        found = way_back.rebuild(unpacked)
    columns = ("data", "deliveries", "items", "books")
    books = "balance" if all(line.ok for line in found.lines) else "do not balance"
    show(columns, [(found.data_dir, found.deliveries, found.items, books)], form)
    for line in found.lines:
        if not line.ok:
            say(f"whichad: {line.what}: {line.left} / {line.right}. {line.note}")
    for note in (*found.damaged, *found.notes):
        say(f"whichad: {note}")
    if not found.ok:
        raise typer.Exit(Exit.FAILED)
    say(_next(found))


def _next(found: way_back.Restored) -> str:
    if found.config is None:
        return f"The backup had no whichad.toml. Make one beside {found.data_dir}: whichad init"
    return as_called("Next: whichad analytics build && whichad verify; then whichad up", found.config)


@contextmanager
def _in_words() -> Iterator[None]:
    with errors_in_words():
        try:
            yield
        except BackupError as error:
            say(f"whichad: {error}")
            raise typer.Exit(Exit.FAILED) from None


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    """A bar of bytes with one task, on a terminal only."""
    where = console()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=where, transient=True, disable=not where.is_terminal) as bar:
        bar.add_task(what, total=None)
        yield bar
