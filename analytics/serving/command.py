"""This module owns `whichad analytics serve-sql`: the serving process, watched, and begun anew if it takes too much."""

import json
import os
import resource
import secrets
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from analytics.archived.reading import folders
from analytics.config import AnalyticsSettings
from analytics.serving.codes import TOO_LATE
from analytics.version.opened import check_published
from ingest.config import ConfigError, load
from ingest.terminal.commands import ConfigOption, Exit, errors_in_words, say

PORT, MEMORY_MB, SECONDS = 9494, 1024, 60
TOKEN_LETTERS_MIN = 16
EPILOG = """Such as: whichad analytics serve-sql --token-file secrets/sql-token

It says the lines to paste into the other DuckDB. From another machine: ssh -L 9494:localhost:9494 user@this-machine"""
LOOK_SECONDS = 0.2
PASTE = """
install quack; load quack;
create secret (type quack, token '{token}');
attach 'quack:localhost:{port}' as whichad;
from whichad.freshness;"""


def serve_sql_command(
    config: ConfigOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port, on this machine's loopback address.")] = PORT,
    token_file: Annotated[
        Path | None, typer.Option(help="A private file with the token; without one, a new token at each start.")
    ] = None,
    memory_mb: Annotated[int, typer.Option(min=128, help="What all queries together may take; beyond it is a restart.")]
    = MEMORY_MB,
    seconds: Annotated[int, typer.Option(min=1, help="How long a query may compute; beyond it is a restart.")]
    = SECONDS,
    with_rows: Annotated[
        bool, typer.Option("--with-rows", help="Serve `interactions` and `statements`, too: they are about people.")
    ] = False,
) -> None:  # fmt: skip
    """Serve the published marts to other DuckDBs by DuckDB's own protocol, Quack: read-only, by token, on loopback."""
    with errors_in_words():
        settings = load(AnalyticsSettings, config)
        check_published(settings.published_link)
        token = _token(token_file)
        order = json.dumps({
            "link": str(settings.published_link.parent.resolve() / settings.published_link.name), "port": port,
            "token": token, "memory_mb": memory_mb, "seconds": seconds, "parent": os.getpid(),
            "folders": folders(settings.data_dir) if with_rows else [],
        })  # fmt: skip
        shown = f"<the token in {token_file}>" if token_file else token
        told = f"serve-sql: in a DuckDB of this version:{PASTE.format(token=shown, port=port)}"
        with suppress(KeyboardInterrupt):
            while why := _served(order, memory_mb, seconds, told):
                told = f"serve-sql: {why}; it began anew, who was asking attaches again"


def _token(path: Path | None) -> str:
    if path is None:
        return secrets.token_urlsafe(32)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"Others may read the token in {path}. Keep it to yourself: chmod 600 {path}")
    token = path.read_text(encoding="utf-8").strip()
    if len(token) < TOKEN_LETTERS_MIN or not token.isascii() or not token.isprintable():
        raise ConfigError(f"The token in {path} has to be at least {TOKEN_LETTERS_MIN} letters and digits.")
    return token


def _served(order: str, memory_mb: int, seconds: int, told: str) -> str:
    """Let a process serve until it ends, `told` when it does; why it has to begin anew."""
    child = subprocess.Popen(
        [sys.executable, "-m", "analytics.serving.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert child.stdin and child.stdout and child.stderr  # noqa: S101 (all three are pipes)
    try:
        child.stdin.write(f"{order}\n")
        child.stdin.flush()
        if child.stdout.readline() != "ready\n":
            raise ConfigError(child.stderr.read().strip() or "serve-sql ended before it began.")
        say(told)
        bytes_max = _resident(child.pid) + (memory_mb << 20)
        while child.poll() is None:
            if _resident(child.pid) > bytes_max:
                return f"queries took more than {memory_mb} MB"
            time.sleep(LOOK_SECONDS)
        if child.returncode == TOO_LATE:
            return f"a query took more than {seconds} s"
        say(f"serve-sql: the serving process ended: {child.stderr.read().strip() or child.returncode}")
        raise typer.Exit(Exit.FAILED)
    finally:
        child.kill()
        child.wait()


def _resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0
