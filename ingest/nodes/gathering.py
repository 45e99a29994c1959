"""This module owns gathering: what the nodes sealed and this machine lacks goes into its journal.

Each delivery arrives under the segment, row and chain of its node, without its body. From the journal on nothing knows
of nodes: the loader judges what came twice, in whatever order seals arrive, as it does for one machine.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ingest import logs
from ingest.archive.layout import ArchiveError
from ingest.archive.reading import rows_held
from ingest.config import IngestSettings
from ingest.holding import HeldError, hold
from ingest.nodes import noted
from ingest.nodes.arriving import Arrivals, is_open
from ingest.nodes.folder import Sent, Shared
from ingest.nodes.noted import Note, Notes
from ingest.nodes.own import fingerprint
from ingest.nodes.taking import Held, take_seals

LOCK = "gathering.lock"
SEALS_AT_ONCE = 24
TELL_ROWS = 100_000


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
        held = Held() if note.seal else _held(settings.data_dir)
        for first, last in _spans(note.seal, sent.archive.generation):
            before = done.deliveries
            done.deliveries += take_seals(settings, shared.files(sent.node), sent, (first, last), note, held)
            _tell(sent.node, before, done.deliveries, last)
            note.seal = last
            noted.keep(settings.data_dir, notes)
        _end(settings.journal_dir, sent, note)
        note.whole_to = sent.whole_to.isoformat() if sent.whole_to else note.whole_to
    except (ArchiveError, OSError, duckdb.Error, sqlite3.Error) as error:
        said = str(error).splitlines()[0]
        _wrong(note, f"node {sent.node} is gathered up to its seal {note.seal} of {note.sealed}: {said}", done)


def _held(data_dir: Path) -> Held:
    """What our own archive has: asked only where a node is gathered from its beginning, and not for the first time."""
    return Held(rows_held(data_dir, "deliveries"), rows_held(data_dir, "refusals"))


def _spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    for first in range(start + 1, end + 1, SEALS_AT_ONCE):
        yield first, min(first + SEALS_AT_ONCE - 1, end)


def _tell(node: str, before: int, now: int, seal: int) -> None:
    if now // TELL_ROWS > before // TELL_ROWS:
        logs.say("gather", f"{now} deliveries, of {node} up to its seal {seal}", "info")


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
        f" two, and what came twice would count twice. Give all machines one key, start again where it changed,"
        " and read again there what was taken: whichad ingest replay (the bodies are kept for raw_days)"
    )


def _wrong(note: Note, what: str, done: Gathered) -> None:
    note.wrong = what
    done.wrong.append(what)
