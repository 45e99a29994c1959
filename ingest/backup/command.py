"""This module owns `whichad backup` and `whichad restore`: what they print, their progress, their exit codes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from ingest.backup import dated
from ingest.backup import restore as way_back
from ingest.backup.container import BackupError, opened
from ingest.backup.standing import remember
from ingest.backup.take import Taken, backup
from ingest.config import ConfigError, IngestSettings, load
from ingest.terminal.called import as_called
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, console, errors_in_words, say, show

_FIRST = TaskID(0)  # the one task of a bar


def backup_command(
    file: Annotated[Path | None, typer.Argument(help="The file to make, such as /backups/before-update.tar.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="In place of a file: a folder, for a file named by the time.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="With --dir: keep the newest N of this whichad's, delete older ones.")
    ] = None,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take a backup while everything runs: one file with all that cannot be derived, secrets included.

    Once a day, from a timer or cron: whichad backup --dir /backups --keep 14
    """
    with _in_words(), _bar("backup") as bar:
        settings = load(IngestSettings, config)
        target = _target(file, folder, keep)
        taken = backup(settings, target, lambda done, total: bar.update(_FIRST, completed=done, total=total))
    newest = f"{taken.newest:%Y-%m-%d %H:%M:%S} UTC" if taken.newest else ""
    columns = ("file", "bytes", "files", "segments", "deliveries", "newest_delivery")
    show(columns, [(taken.path, taken.bytes, taken.files, taken.segments, taken.deliveries, newest)], form)
    for note in taken.notes:
        say(f"whichad: {note}")
    with _in_words():
        _after(settings, taken, folder, keep)
    say("It holds secrets, the visitors' key and raw bodies (mode 0600): keep it as safe as this machine. "
        "Secrets that are read from the environment are not in it.")  # fmt: skip
    if taken.notes:
        say("The backup was taken, but what is named above was damaged before. Mend it, and take another.")
        raise typer.Exit(Exit.FAILED)


def _target(file: Path | None, folder: Path | None, keep: int | None) -> Path:
    """The file to make; what killed ones left in the folder goes first, so that there is room. Raises ConfigError."""
    if folder is None and file is not None and keep is None:
        return file
    if folder is None or file is not None:
        raise ConfigError("Name either a file, or a folder: whichad backup --dir /backups --keep 14")
    if folder.is_dir():
        dated.sweep(folder, time.time())
    return folder / dated.dated_name(datetime.now(UTC))


def _after(settings: IngestSettings, taken: Taken, folder: Path | None, keep: int | None) -> None:
    """Remember the backup, which is on disk now, and let older ones go. Raises OSError."""
    try:
        remember(settings.data_dir, taken, folder)
    except OSError as error:  # the data's own disk may be full: the backup is as good
        say(f"whichad: it could not be noted in {settings.data_dir} for whichad status ({error.strerror}).")
    if folder is None or keep is None:
        return
    thinned = dated.thin(taken.path, keep)
    for note in thinned.notes:
        say(f"whichad: {note}")
    for path in thinned.gone:
        say(f"Deleted {path}: {keep} newer ones are kept.")


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
