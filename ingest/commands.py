"""This module owns how ingest's commands speak: data on stdout, narration on stderr, exit codes as an enum."""

import csv
import enum
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ingest.archive.layout import ArchiveError
from ingest.called import as_called
from ingest.cells import safe_cell
from ingest.config import ConfigError, IngestSettings
from ingest.journal import JournalError
from ingest.rejection import REFUSALS
from ingest.store.errors import RecordError


class Exit(enum.IntEnum):
    """What a command's exit code means."""

    OK = 0
    FAILED = 1
    WRONG_SETTINGS = 2
    BUSY = 3
    INTERRUPTED = 130  # as a shell says it of Ctrl-C


class Format(enum.StrEnum):
    """How a command prints its rows."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The whichad.toml to read (else $WHICHAD_CONFIG, else ./whichad.toml)."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the rows.")]


def say(sentence: str) -> None:
    """Narrate on stderr, commands as they have to be typed here; stdout is data."""
    print(as_called(sentence), file=sys.stderr, flush=True)


def check_sender(settings: IngestSettings, sender: str | None) -> None:
    """Raise ConfigError where there is no such sender; None is any."""
    if sender is not None and sender not in settings.senders:
        raise ConfigError(f"There is no sender {sender!r}. Configured: {', '.join(settings.senders) or 'none'}.")


def check_reason(reason: str) -> None:
    """Raise ConfigError for a decision without a reason: whoever reads it later needs one."""
    if not reason.strip():
        raise ConfigError('A decision needs its reason, such as: --reason "same offer".')


@contextmanager
def errors_in_words() -> Iterator[None]:
    """The one place where this folder's errors become a sentence and an exit code."""
    try:
        yield
    except ConfigError as error:
        say(f"whichad: {error}")
        raise typer.Exit(Exit.WRONG_SETTINGS) from None
    except (RecordError, ArchiveError) as error:
        say(f"whichad: {error}")
        raise typer.Exit(Exit.BUSY) from None
    except JournalError as error:
        say(f"whichad: {REFUSALS[error.code].sentence}")
        raise typer.Exit(Exit.FAILED) from None
    except BrokenPipeError:  # whoever read along (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(Exit.OK) from None
    except OSError as error:
        say(f"whichad: {error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        raise typer.Exit(Exit.FAILED) from None


def console() -> Console:
    """Where progress is drawn: stderr, and nothing where that is no terminal."""
    return Console(stderr=True)


def show(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: Format, empty: str = "") -> None:
    """Print rows on stdout; `empty` is the sentence for none, on stderr."""
    if form is Format.JSON:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str, ensure_ascii=False))
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([safe_cell(value) for value in row] for row in rows)
    elif rows:
        table = Table(*columns, box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*("" if value is None else " ".join(str(value).split()) for value in row))
        width = None if sys.stdout.isatty() else 400  # piped, no column is cut to fit a screen that is not there
        Console(markup=False, highlight=False, width=width).print(table)
    if not rows and empty:
        say(empty)
