"""This module owns how our commands speak: data on stdout, narration on stderr, exit codes as an enum."""

import enum
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ingest import logs
from ingest.archive.layout import ArchiveError
from ingest.config import ConfigError, IngestSettings
from ingest.journal import JournalError
from ingest.rejection import REFUSALS
from ingest.store.errors import RecordError
from ingest.terminal import showing


class Exit(enum.IntEnum):
    """What a command's exit code means."""

    OK = 0
    FAILED = 1
    WRONG_SETTINGS = 2
    BUSY = 3
    INTERRUPTED = 130  # as a shell says it of Ctrl-C


# What whoever reads such an error can do about it.
_NEXT_STEPS = {
    errno.ENOSPC: "Make room there (df -h), and try again.",
    errno.EROFS: "Nothing can be written there: mount it to be written to, or set another data_dir.",
    errno.EACCES: "Give it to the user that runs whichad: whichad doctor says whose it is.",
}
Format = showing.Format
show = showing.show
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The whichad.toml to read (else $WHICHAD_CONFIG, else ./whichad.toml)."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the rows.")]


def say(sentence: str) -> None:
    """Narrate on stderr, commands as they have to be typed here; stdout is data."""
    logs.say("", sentence.removeprefix("whichad: ").strip() if logs.is_json() else sentence, "info")


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
    """The one place where ingest's errors become a sentence and an exit code."""
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
        said = f"whichad: {error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        next_step = _NEXT_STEPS.get(error.errno or 0)
        say(f"{said}. {next_step}" if next_step else said)
        raise typer.Exit(Exit.FAILED) from None


def console() -> Console:
    """Where progress is drawn: stderr, and nothing where that is no terminal."""
    return Console(stderr=True)
