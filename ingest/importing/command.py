"""This module owns `whichad ingest import`: files, or a folder that is watched, from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from ingest.config import ConfigError, IngestSettings, load
from ingest.importing.asked import Asked, Shape
from ingest.importing.errors import ImportRefusedError
from ingest.importing.load import Imported, Told, import_file
from ingest.importing.summary import summary
from ingest.importing.watch import Watch
from ingest.terminal.commands import (
    ConfigOption,
    Exit,
    Format,
    FormatOption,
    check_sender,
    console,
    errors_in_words,
    say,
    show,
)

COLUMNS = ("file", "sender", "result", "rows", "accepted", "quarantined", "ignored", "deliveries", "already")
EPILOG = (
    "A first file: whichad ingest senders add cost --profile meta_insights, then whichad ingest import report.csv "
    "--sender cost --dry-run. A drop folder: whichad ingest import --watch drop (it takes drop/cost/*.csv)."
)
Row = tuple[Any, ...]


def import_command(
    files: Annotated[list[Path] | None, typer.Argument(help="CSV, NDJSON, JSON or Parquet files; .gz, too.")] = None,
    sender: Annotated[str | None, typer.Option("--sender", help="The sender whose profile reads the rows.")] = None,
    shape: Annotated[Shape | None, typer.Option("--as", help="What the files are, if their names do not say.")] = None,
    day: Annotated[str | None, typer.Option("--day", help="The day of rows that say none, such as 2026-11-20.")] = None,
    stated_at: Annotated[
        str | None, typer.Option("--stated-at", help="When the figures were stated; else now. The newest counts.")
    ] = None,
    decimal_comma: Annotated[bool, typer.Option("--decimal-comma", help="Amounts are written 1.234,56.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of them, store nothing.")] = False,
    watch: Annotated[Path | None, typer.Option("--watch", help="A drop folder, with a folder per sender.")] = None,
    once: Annotated[bool, typer.Option("--once", help="With --watch: take what is there, and end.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.05, help="Seconds between two looks at it.")] = 5.0,
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Import files of rows as a sender: reports, settlements, ads, or months of interactions.

    The rows take the same steps as webhooks. The same file again counts nothing twice; a corrected export replaces the
    figures of the one before; an import that was interrupted goes on. Try --dry-run first.
    """
    with errors_in_words():
        settings, asked = load(IngestSettings, config), Asked(shape, day, stated_at, decimal_comma)
        if watch is not None:
            if files or dry_run:
                raise ConfigError("--watch takes what is in its folder: no files, and no --dry-run.")
            check_sender(settings, sender)
            if not Watch(watch, sender, asked, config, every).run(once):
                raise typer.Exit(Exit.FAILED)
            return
        if not files or sender is None:
            raise ConfigError("Say what to import, and as whom: whichad ingest import FILE --sender NAME")
        check_sender(settings, sender)
        if not _told(settings, sender, files, asked, dry_run, form):
            raise typer.Exit(Exit.FAILED)


def _told(settings: IngestSettings, sender: str, files: list[Path], asked: Asked, dry_run: bool, form: Format) -> bool:
    """Import files and print a row for each; returns whether all were taken."""
    rows, ok = _imported(settings, sender, files, asked, dry_run)
    columns = (*COLUMNS, "reasons", "receipts") if form is Format.JSON else COLUMNS
    show(columns, [row[: len(columns)] for row in rows], form)
    return ok


def _imported(
    settings: IngestSettings, sender: str, files: list[Path], asked: Asked, dry_run: bool
) -> tuple[list[Row], bool]:
    """A row for each file, and whether all were taken; a file that is refused does not hold up the others."""
    rows: list[Row] = []
    ok = True
    for path in files:
        try:
            with progress(path) as told:
                done = import_file(settings, sender, path, asked, dry_run, told)
        except ImportRefusedError as error:
            say(f"{path}: {error}")
            rows.append((str(path), sender, "refused", *[None] * 6, {str(error): 1}, []))
            ok = False
            continue
        for line in summary(done, dry_run):
            say(f"{path}: {line}")
        rows.append(_row(done, sender, dry_run))
    return rows, ok


@contextmanager
def progress(path: Path) -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere; gives what hears of the progress."""
    with Progress(console=console(), transient=True) as bar:
        tasks = {
            each: bar.add_task(f"{each} {path.name}", total=None, visible=False) for each in ("reading", "writing")
        }
        yield lambda what, at, size: bar.update(tasks[what], completed=at, total=size, visible=True)


def _row(done: Imported, sender: str, dry_run: bool) -> Row:
    checked = done.checked
    result = "would be imported" if dry_run else "imported" if done.deliveries else "nothing new"
    counts = (checked.rows, checked.accepted, sum(checked.quarantined.values()), checked.ignored, done.deliveries)
    reasons = {**checked.quarantined, **checked.reasons}
    return (str(done.path), sender, result, *counts, done.already, reasons, done.receipts)
