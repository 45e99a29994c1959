"""This module owns `whichad analytics sql`: one query in a process of its own, which ends at its limits."""

import json
import subprocess
import sys
from contextlib import suppress
from threading import Timer
from typing import Annotated

import typer

from analytics.archived.reading import folders
from analytics.config import AnalyticsSettings
from analytics.querying.codes import OUT_OF_MEMORY
from analytics.version.opened import check_published
from ingest.config import load
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say

MEMORY_MB, SECONDS = 512, 60
PIECE = 1 << 16
EPILOG = """Such as: whichad analytics sql "from next_fixes"

All tables: whichad analytics sql "show tables". What a column means: data/README.md"""


def sql_command(
    query: Annotated[
        str, typer.Argument(help="One SELECT over the marts, `interactions` and `statements`; - for stdin.")
    ],
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
    memory_mb: Annotated[int, typer.Option(min=64, help="What the query may take; more ends it.")] = MEMORY_MB,
    seconds: Annotated[int, typer.Option(min=1, help="How long it may take; longer ends it.")] = SECONDS,
) -> None:
    """Run a query on the published file: read-only, without other files, network or databases, within limits."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        check_published(settings.published_link)
        order = {
            "path": str(settings.published_link.resolve()), "folders": folders(settings.data_dir),
            "query": sys.stdin.read() if query == "-" else query, "form": form.value,
            "memory_mb": memory_mb, "seconds": seconds,
        }  # fmt: skip
        _tell(*_run(json.dumps(order), seconds), memory_mb, seconds)


def _run(order: str, seconds: int) -> tuple[int, bool]:
    """(exit code, whether the time was over); its rows go to our stdout piece by piece, its words to our stderr."""
    child = subprocess.Popen(
        [sys.executable, "-m", "analytics.querying.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert child.stdin and child.stdout and child.stderr  # noqa: S101 (all three are pipes)
    late = Timer(seconds, child.kill)
    late.start()
    try:
        with suppress(BrokenPipeError):  # it could not even begin: its words say why
            child.stdin.write(order)
            child.stdin.close()
        while piece := child.stdout.read(PIECE):
            sys.stdout.write(piece)
        words = child.stderr.read()
        code = child.wait()
    finally:
        is_over = not late.is_alive()
        late.cancel()
        child.kill()
        child.wait()
    if words and code in (0, 1):
        say(words.strip())
    return code, is_over


def _tell(code: int, is_over: bool, memory_mb: int, seconds: int) -> None:
    if code == 0:
        return
    if is_over:
        say(f"whichad: the query was ended after {seconds} s. Ask for less, or allow more: --seconds {10 * seconds}")
    elif code == OUT_OF_MEMORY or code not in (0, 1):
        say(
            f"whichad: the query needs more than {memory_mb} MB. Ask for less, or allow it: --memory-mb {4 * memory_mb}"
        )
    raise typer.Exit(Exit.FAILED)
