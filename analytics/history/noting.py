"""This module owns noting a publish in the history.

`prepare` works the step out in work.duckdb and makes the marts of it; then the version is published; then `keep` writes
the step into history.duckdb, in one transaction. A kill in between leaves the step unnoted, and the next publish notes
it: the history never names a version that was not published.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from analytics.attaching import connect, is_held
from analytics.build import Inputs
from analytics.history import marts
from analytics.history.errors import HistoryError
from analytics.history.file import NAME, begin_anew, is_damage, opened, ready
from analytics.history.statements import run
from analytics.history.step import work_out
from ingest.store.record import READ_TRIES_SECONDS

FOLDED_AFTER = timedelta(days=7)
_COUNTED = "update mark set changes = (select count(*) from changes)"


@dataclass(frozen=True, slots=True)
class Note:
    """A step that waits to be kept; None where there is none. `trouble` is a sentence about the history, or ''."""

    path: Path
    work: Path
    today: date
    step: int | None
    trouble: str


def prepare(inputs: Inputs, version: str, settled: bool) -> Note:
    """Work out the step of `version` and make the marts of the history. What is wrong with the history is only said.

    `settled` says that nothing waits to be loaded: no day is closed before. Raises duckdb.Error for the work file.
    """
    path, work = inputs.settings.data_dir / NAME, inputs.settings.work_path
    try:
        trouble = ready(path) or ""
        try:
            step = _work_out(path, inputs, version, settled)
        except duckdb.Error as error:  # DuckDB looks at a block when it reads it
            if not is_damage(error):
                raise
            trouble = begin_anew(path, str(error).splitlines()[0])
            step = _work_out(path, inputs, version, settled)
        return Note(path, work, inputs.today, step, trouble)
    except (HistoryError, duckdb.Error, OSError) as error:
        marts.empty_in(work)
        return Note(path, work, inputs.today, None, _said(error))


def keep(note: Note) -> str:
    """Write a prepared step, now that its version is published; returns the sentence about trouble, else ''."""
    if note.step is None:
        return note.trouble
    try:
        with opened(note.path) as connection:
            _attach(connection, note.work, "work")
            _check_next(connection, note.step)
            with _transaction(connection):
                run(connection, "steps", "keep", {})
                if connection.execute("select 1 from work.noted_days limit 1").fetchone():
                    run(connection, "steps", "fold", {"before": note.today - FOLDED_AFTER})
                connection.execute(_COUNTED)
            connection.execute("checkpoint")
    except (HistoryError, duckdb.Error, OSError) as error:
        return "; ".join(filter(None, (note.trouble, _said(error))))
    return note.trouble


def _work_out(path: Path, inputs: Inputs, version: str, settled: bool) -> int:
    connection = connect(inputs.settings.work_path)
    try:
        connection.execute("set timezone = 'UTC'")
        _attach(connection, inputs.settings.record_path, "record")
        _attach(connection, path, "history")
        return work_out(connection, inputs, version, settled)
    finally:
        for name in ("record", "history"):  # the loop may hold the file open, and they would stay attached
            connection.execute(f"detach database if exists {name}")
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """The loop, or another build, holds a file for a moment: patience as everywhere."""
    quoted = str(path).replace("'", "''")
    deadline = time.monotonic() + READ_TRIES_SECONDS
    while True:
        try:
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
            return
        except duckdb.IOException as error:
            if not is_held(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _check_next(connection: duckdb.DuckDBPyConnection, step: int) -> None:
    newest = connection.execute("select coalesce(max(step), 0) from mark").fetchone()
    if newest is None or newest[0] != step - 1:
        raise HistoryError("another build noted its step meanwhile; what this one found is noted with the next publish")


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _said(error: Exception) -> str:
    if isinstance(error, duckdb.Error) and is_held(error):
        return "the history was not kept up: the loop held a file of it; the next publish notes it"
    return f"the history was not kept up ({str(error).splitlines()[0].rstrip('.')})"
