"""This module owns gathering: what the nodes sealed and this machine lacks goes into its journal.

Each delivery arrives under the segment, row and chain of its node, without its body. From the journal on nothing knows
of nodes: the loader judges what came twice, in whatever order seals arrive, as it does for one machine.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from ingest.archive.layout import Archive, ArchiveError, File
from ingest.archive.reading import select
from ingest.config import IngestSettings
from ingest.holding import HeldError, hold
from ingest.nodes import noted
from ingest.nodes.arriving import AT_ONCE, Arrivals, Refusal, is_open, last_row
from ingest.nodes.folder import Sent, Shared
from ingest.nodes.noted import Note, Notes
from ingest.nodes.sending import fingerprint
from ingest.segment import Row

LOCK = "gathering.lock"
SEALS_AT_ONCE = 24
_REFUSALS = """
select segment, row, epoch(minute)::bigint, sender, code, deliveries, bytes
from read_parquet(?, union_by_name = true) where seal between ? and ? order by segment, row
"""


@dataclass(slots=True)
class Gathered:
    """What one gathering did."""

    deliveries: int = 0
    wrong: list[str] = field(default_factory=list)


def gather(settings: IngestSettings) -> Gathered:
    """Take what is new from every node; one that cannot be read holds up no other. Raises OSError of our own disk."""
    done, shared = Gathered(), Shared(settings.shared_dir)
    settings.journal_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        lock = hold(settings.data_dir / LOCK)
    except HeldError:  # by hand, or by the loop: one is enough
        return done
    with closing(lock):
        notes = noted.read(settings.data_dir)
        notes.trouble = ""
        try:
            for sent in _all(shared, settings, notes, done):
                _take(settings, shared, sent, notes, done)
        except ArchiveError as error:
            notes.trouble = str(error)
            done.wrong.append(notes.trouble)
        noted.keep(settings.data_dir, notes)
    return done


def _all(shared: Shared, settings: IngestSettings, notes: Notes, done: Gathered) -> Iterator[Sent]:
    """What every other node said last; who gathers comes first, for of what several hold the first is taken."""
    found = []
    for note in notes.nodes.values():
        note.wrong = ""
    for name in shared.names():
        if name == settings.nodes.node:
            continue
        try:
            sent = shared.sent(name)
        except ArchiveError as error:
            _wrong(notes.of(name), str(error), done)
            continue
        if sent is not None:
            found.append(sent)
    there = {sent.node for sent in found}
    for note in notes.nodes.values():
        if note.sent_at and not note.wrong and note.node not in (*there, *settings.nodes.retired):
            _wrong(note, f"node {note.node} is gone from {shared.nodes}. Is it mounted?", done)
    yield from sorted(found, key=lambda sent: (not sent.gathers, sent.node))


def _take(settings: IngestSettings, shared: Shared, sent: Sent, notes: Notes, done: Gathered) -> None:
    note = notes.of(sent.node)
    if note.origin != sent.origin:  # another data folder has the name now
        note.origin, note.seal, note.whole_to = sent.origin, 0, ""
    note.sealed, note.senders, note.wrong = sent.archive.generation, sent.senders, ""
    note.sent_at = sent.sent_at.isoformat()
    if why := _other_key(settings, sent, notes):
        _wrong(note, why, done)
        return
    note.key = sent.key
    try:
        for first, last in _spans(note.seal, sent.archive.generation):
            done.deliveries += _take_seals(settings, shared.files(sent.node), sent, (first, last), note)
            note.seal = last
            noted.keep(settings.data_dir, notes)
        _end(settings.journal_dir, sent, note)
        note.whole_to = sent.whole_to.isoformat() if sent.whole_to else note.whole_to
    except (ArchiveError, OSError, duckdb.Error, sqlite3.Error) as error:
        said = str(error).splitlines()[0]
        _wrong(note, f"node {sent.node} is gathered up to its seal {note.seal} of {note.sealed}: {said}", done)


def _spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    for first in range(start + 1, end + 1, SEALS_AT_ONCE):
        yield first, min(first + SEALS_AT_ONCE - 1, end)


def _take_seals(settings: IngestSettings, archive: Archive, sent: Sent, span: tuple[int, int], note: Note) -> int:
    """What a run of seals holds, all or nothing said to be gathered; returns how many deliveries are new here."""
    files = [file for file in sent.archive.of("deliveries", "refusals")
             if file.first_seal <= span[1] and file.last_seal >= span[0]]  # fmt: skip
    for file, what in archive.damage(files).items():
        raise ArchiveError(f"its file {file.path} {what}; it is looked for again")
    held, count = [file for file in files if file.kind == "deliveries"], 0
    found = select(archive, held, "where seal between ? and ? order by segment, row, seal", span, once=True)
    for segment, rows in groupby(found, key=lambda each: each[0]):
        count += _arrive(settings.journal_dir, archive, sent, segment, (row for _, row in rows))
        if segment not in note.unended:
            note.unended.append(segment)
    _refused(settings.journal_dir, archive, [file for file in files if file.kind == "refusals"], span)
    return count


def _arrive(journal: Path, archive: Archive, sent: Sent, segment: str, rows: Iterator[Row]) -> int:
    path, count = journal / segment, 0
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
    return count


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _refused(journal: Path, archive: Archive, files: list[File], span: tuple[int, int]) -> None:
    if not files:
        return
    with closing(duckdb.connect()) as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(_REFUSALS, [[str(archive.path(file)) for file in files], *span]).fetchall()
    for segment, found in groupby(rows, key=lambda row: str(row[0])):
        path, refusals = journal / segment, [_refusal(row[1:]) for row in found]
        if is_open(path):
            with Arrivals(path) as arrivals:
                arrivals.refuse(refusals)


def _refusal(row: tuple[int, int, str, str, int, int]) -> Refusal:
    number, minute, sender, code, deliveries, size = row
    return int(number), int(minute), sender, code, int(deliveries), int(size)


def _end(journal: Path, sent: Sent, note: Note) -> None:
    """Seal the segments to which their node adds nothing more: then the retention may let go of them."""
    places, ended = {place.segment: place for place in sent.archive.places}, set(sent.ended)
    for segment in list(note.unended):
        if segment in places and segment not in ended:
            continue
        path = journal / segment
        if path.exists() and is_open(path):
            with Arrivals(path) as arrivals:
                if not arrivals.end(places.get(segment)):
                    continue
        note.unended.remove(segment)


def _other_key(settings: IngestSettings, sent: Sent, notes: Notes) -> str:
    """Why a node's visitors would not be the ones that others know, empty where they are."""
    ours = fingerprint(settings.data_dir)
    known = ours or next((note.key for note in notes.nodes.values() if note.key and note.node != sent.node), "")
    if not sent.key or not known or sent.key == known:
        return ""
    whose = "this machine has" if ours else "the other nodes have"
    return (
        f"node {sent.node} is not gathered, for its visitor.key is not the one that {whose}: the same visitor would be"
        f" two, and what came twice would count twice. Copy the key to {sent.node}, start it again, and let it read"
        " again what it took: whichad ingest replay (there; the bodies are kept for raw_days)"
    )


def _wrong(note: Note, what: str, done: Gathered) -> None:
    note.wrong = what
    done.wrong.append(what)
