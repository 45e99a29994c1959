"""This module owns taking a run of a node's seals into the journal: its segments, their rows, its counted refusals."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from ingest.archive.layout import Archive, ArchiveError, File
from ingest.archive.reading import select
from ingest.config import IngestSettings
from ingest.nodes.arriving import AT_ONCE, Arrivals, Refusal, arrive_late, is_open, last_row, segment_path
from ingest.nodes.folder import Sent
from ingest.nodes.noted import Note
from ingest.segments.segment import Row

_LAST_ROWS = """
select segment, max(row) from read_parquet(?, union_by_name = true) where seal between ? and ? group by segment
"""
_REFUSALS = """
select segment, row, epoch(minute)::bigint, sender, code, deliveries, bytes
from read_parquet(?, union_by_name = true) where seal between ? and ? order by segment, row
"""


@dataclass(frozen=True, slots=True)
class Held:
    """The last row of each segment that our own archive has, of deliveries and of refusals."""

    deliveries: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)


def take_seals(
    settings: IngestSettings, archive: Archive, sent: Sent, span: tuple[int, int], note: Note, held: Held
) -> int:
    """Take what a run of seals holds; returns how many deliveries are new here. Whoever calls notes it, or calls again.

    `held`: what our own archive has, where the retention may have let go of segments that are taken once more.
    Raises ArchiveError where something is not whole (yet), sqlite3.Error, OSError.
    """
    files = [file for file in sent.archive.of("deliveries", "refusals")
             if file.first_seal <= span[1] and file.last_seal >= span[0]]  # fmt: skip
    for file, what in archive.damage(files).items():
        raise ArchiveError(f"its file {file.path} {what}; it is looked for again")
    those, count = [file for file in files if file.kind == "deliveries"], 0
    known = [] if not held.deliveries else _known(settings.journal_dir, archive, those, span, held.deliveries)
    tail = "where seal between ? and ? and not list_contains(?::varchar[], segment) order by segment, row, seal"
    found = select(archive, those, tail, [*span, known], once=True)
    for segment, rows in groupby(found, key=lambda each: each[0]):
        count += _arrive(settings.journal_dir, archive, sent, segment, (row for _, row in rows))
        _grows(note, segment)
    for segment, refusals in _refusals(archive, [file for file in files if file.kind == "refusals"], span):
        path = segment_path(settings.journal_dir, segment)
        if path.exists() or held.refusals.get(segment, 0) < refusals[-1][0]:
            _refuse(path, refusals)
            _grows(note, segment)
    return count


def _grows(note: Note, segment: str) -> None:
    if segment not in note.unended:
        note.unended.append(segment)


def _known(
    journal: Path, archive: Archive, files: list[File], span: tuple[int, int], held: dict[str, int]
) -> list[str]:
    """The segments of a run of seals that the retention let go of here, and whose rows our own archive has."""
    with closing(duckdb.connect()) as connection:
        paths = [str(archive.path(file)) for file in files]
        rows = connection.execute(_LAST_ROWS, [paths, *span]).fetchall() if paths else []
    return [name for name, last in rows if held.get(name, 0) >= last and not (journal / name).exists()]


def _arrive(journal: Path, archive: Archive, sent: Sent, segment: str, rows: Iterator[Row]) -> int:
    path, count = segment_path(journal, segment), 0
    if not is_open(path):  # our own, or one that is whole
        if (there := max(row.row for row in rows)) > (here := last_row(path)):
            raise ArchiveError(f"{segment} has {there} rows there, and ended here with {here}")
        return 0
    is_new = not path.exists()
    with Arrivals(path) as arrivals:
        for batch in _batches(rows):
            if is_new and batch[0].row > 1:  # what came before was let go of here, or lost
                files = sent.archive.of("deliveries")
                whole = select(archive, files, "where segment = ? and row < ? order by row, seal",
                               [segment, batch[0].row], once=True)  # fmt: skip
                for before in _batches(row for _, row in whole):
                    arrivals.add(before)
            is_new = False
            count += arrivals.add(batch)
    return count + sum(arrive_late(journal, segment, row) for row in arrivals.late)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _refusals(archive: Archive, files: list[File], span: tuple[int, int]) -> Iterator[tuple[str, list[Refusal]]]:
    """What was counted as refused, by segment."""
    if not files:
        return
    with closing(duckdb.connect()) as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(_REFUSALS, [[str(archive.path(file)) for file in files], *span]).fetchall()
    for segment, found in groupby(rows, key=lambda row: str(row[0])):
        yield segment, [(row[1], row[2], row[3], row[4], row[5], row[6]) for row in found]


def _refuse(path: Path, refusals: list[Refusal]) -> None:
    if is_open(path):
        with Arrivals(path) as arrivals:
            arrivals.refuse(refusals)
