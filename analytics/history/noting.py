"""This module owns noting a publish in the history.

`prepare` works the step out in work.duckdb and makes the marts of it; then the version is published; then `keep` writes
the step into history.duckdb, in one transaction. A kill in between leaves the step unnoted, and the next publish notes
it: the history never names a version that was not published.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from analytics.build import Inputs
from analytics.history import marts
from analytics.history.errors import HistoryError
from analytics.history.file import NAME, begin_anew, is_damage, opened, ready
from analytics.history.sql import run
from analytics.history.step import Days, work_out
from analytics.work.attaching import attach_patiently, connect, is_held

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


def prepare(inputs: Inputs, version: str, settled: bool, moved: Days | None = None) -> Note:
    """Work out the step of `version` and make the marts of the history. What is wrong with the history is only said.

    `settled` says that nothing waits to be loaded: no day is closed before. `moved` are the first and the last day
    whose facts moved since the newest step; None: it can be any. Raises duckdb.Error for the work file.
    """
    path, work = inputs.settings.data_dir / NAME, inputs.settings.work_path
    try:
        trouble = ready(path) or ""
        try:
            step = _work_out(path, inputs, version, settled, None if trouble else moved)
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
            attach_patiently(connection, note.work, "work", read_only=True)
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


def _work_out(path: Path, inputs: Inputs, version: str, settled: bool, moved: Days | None = None) -> int:
    connection = connect(inputs.settings.work_path)
    try:
        connection.execute("set timezone = 'UTC'")
        attach_patiently(connection, inputs.settings.record_path, "record", read_only=True)
        attach_patiently(connection, path, "history", read_only=True)
        return work_out(connection, inputs, version, settled, moved)
    finally:
        for name in ("record", "history"):  # the loop may hold the file open, and they would stay attached
            connection.execute(f"detach database if exists {name}")
        connection.close()


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
