"""This module owns finding a person: which ids are theirs, and which rows of journal, record and archive hold them.

It begins with one id and goes on until no row adds another. An id that rows of another visitor carry as well says
nothing about whose a row is: it stays, and is told.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from ingest.archive.layout import Archive
from ingest.archive.reading import select
from ingest.config import IngestSettings
from ingest.forgetting.errors import ForgetError
from ingest.forgetting.person import EXACT, Person
from ingest.forgetting.segments import Change, raw_texts
from ingest.forgetting.traces import Index, Task, may_hold, rows_of, trace
from ingest.journal import segments
from ingest.relaying.book import Place
from ingest.relaying.kept import is_relayed
from ingest.segments.segment import Row, SegmentReader
from ingest.store.record import read_record

CHUNK_ROWS = 500
_OF_CLICKS = """
   click_id in (select unnest($clicks::varchar[])) or session_id in (select unnest($sessions::varchar[]))
   or transaction_id in (select unnest($orders::varchar[]))
"""
_THEIRS = f"""
select visitor, click_id, session_id, transaction_id, click_ids, key_hash from interactions
where visitor in (select unnest($visitors::varchar[])) or (visitor is null and ({_OF_CLICKS}
  or key_hash in (select unnest($keys::bigint[])) or coalesce(regexp_matches(click_ids, $pattern), false)))
"""  # noqa: S608 (our own text)
_SHARED = f"""
select distinct unnest([click_id, session_id, transaction_id]) from interactions
where visitor is not null and visitor not in (select unnest($visitors::varchar[])) and ({_OF_CLICKS})
"""  # noqa: S608 (our own text)
_CLICKED = """
select distinct visitor from interactions where visitor is not null and click_id in (select unnest(?::varchar[]))
"""


@dataclass(slots=True)
class Found:
    """What a look at the journal found: rows to change per segment, and what else must be remembered of them."""

    changes: dict[str, list[Change]] = field(default_factory=dict)
    blanked: set[Index] = field(default_factory=set)
    deliveries: dict[str, int] = field(default_factory=dict)  # id → when it was received
    relayed: dict[str, Place] = field(default_factory=dict)  # id → where it lies; only what a relay would take


def discovered(settings: IngestSettings, seed: Person, with_orders: bool) -> Person:
    """The person with every id that leads to them, up to now. Raises ForgetError, RecordError, ArchiveError."""
    person = _clicker(settings, seed)
    while True:
        grown = _in_record(settings.record_path, person, with_orders)
        grown = _grown(grown, (row.delivery for _, row in deliveries(settings.journal_dir)), with_orders)
        grown = _grown(grown, (row.delivery for _, row in archived(settings.data_dir, grown)), with_orders)
        grown = _unshared(settings.record_path, grown)
        if grown == person:
            return person
        person = grown


def in_journal(journal: Path, task: Task, within: Iterable[str] | None = None) -> Found:
    """The deliveries of the journal (of some segments) that hold something of the person. O(journal)."""
    found = Found()
    for segment, row in deliveries(journal, within):
        raw = "" if row.whole else raw_texts(journal / segment, row.row)
        if (made := trace(task, row, raw)) is not None:
            delivery = row.delivery
            found.changes.setdefault(segment, []).append(Change(row.row, made.items, made.request))
            found.blanked |= made.blanked
            found.deliveries[delivery.delivery_id] = delivery.received_at
            if delivery.body is not None and is_relayed(delivery):
                found.relayed[delivery.delivery_id] = Place(delivery.sender, segment, row.row, delivery.received_at)
    return found


def deliveries(journal: Path, within: Iterable[str] | None = None) -> Iterator[tuple[str, Row]]:
    """Every delivery of the journal (of some segments) with the name of its segment. Raises ForgetError for damage."""
    names = None if within is None else set(within)
    for path in segments(journal):
        if names is not None and path.name not in names:
            continue
        try:
            with SegmentReader(path) as reader:
                row = 0
                while rows := list(reader.after(row, CHUNK_ROWS)):
                    yield from ((path.name, each) for each in rows)
                    row = rows[-1].row
        except sqlite3.Error as error:
            if path.exists():  # else the retention let it go meanwhile
                raise ForgetError(
                    f"{path.name} cannot be read ({error}), so nobody can say whether the person is in it."
                    " Restore it from a backup, or remove it, and run forget again."
                ) from None


def archived(data_dir: Path, person: Person) -> Iterator[tuple[str, Row]]:
    """The archived deliveries that may hold something of the person."""
    archive = Archive(data_dir)
    manifest = archive.manifest()
    if manifest is None:
        return
    tail = "where regexp_matches(items, $1) or regexp_matches(request, $1)"
    yield from select(archive, manifest.of("deliveries"), tail, [pattern(person)])


def pattern(person: Person) -> str:
    """The person's ids as a pattern of DuckDB's; matches more than is theirs, never less."""
    return "|".join(re.escape(each) for each in (*sorted(person.quick), *(f'"key_hash":{key}' for key in person.keys)))


def bound(person: Person) -> dict[str, Any]:
    """The person's ids as parameters of a query."""
    named: dict[str, Any] = {kind: sorted(getattr(person, kind)) for kind in EXACT.values()}
    return named | {"keys": sorted(person.keys), "pattern": pattern(person)}


def _grown(person: Person, found: Iterable[Any], with_orders: bool) -> Person:
    for some in _handfuls(person, found):
        person = person.grown(some, with_orders)
    return person


def _handfuls(person: Person, found: Iterable[Any]) -> Iterator[list[dict[str, Any]]]:
    """The items of those deliveries that may hold something of the person, some hundreds at a time."""
    rows: list[dict[str, Any]] = []
    for delivery in found:
        if delivery.disposition != "decision" and may_hold(person, delivery):
            rows += rows_of(delivery)
        if len(rows) >= CHUNK_ROWS:
            yield rows
            rows = []
    yield rows


def _in_record(path: Path, person: Person, with_orders: bool) -> Person:
    if not path.exists():
        return person
    with read_record(path) as connection:
        while True:
            cursor = _run(connection, _THEIRS, bound(person))
            names = [column[0] for column in cursor.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            if (grown := person.grown(rows, with_orders)) == person:
                return person
            person = grown


def _unshared(path: Path, person: Person) -> Person:
    if not path.exists():
        return person
    with read_record(path) as connection:
        found = {row[0] for row in _run(connection, _SHARED, bound(person)).fetchall()}
    return person.without(found & (person.clicks | person.sessions | person.orders))


def _clicker(settings: IngestSettings, seed: Person) -> Person:
    """Who clicked, where all that is known is a click: its visitor, if it has exactly one. Raises ForgetError."""
    if not seed.clicks:
        return seed
    visitors = {
        str(row["visitor"])
        for each in _handfuls(seed, (row.delivery for _, row in deliveries(settings.journal_dir)))
        for row in each if row.get("click_id") in seed.clicks and row.get("visitor")
    }  # fmt: skip
    if settings.record_path.exists():
        with read_record(settings.record_path) as connection:
            visitors |= {row[0] for row in connection.execute(_CLICKED, [sorted(seed.clicks)]).fetchall()}
    if len(visitors | seed.visitors) > 1:
        raise ForgetError(
            f"{len(visitors | seed.visitors)} visitors have this click id, so it does not say who is meant."
            " Name the visitor instead."
        )
    return replace(seed, visitors=seed.visitors | visitors)


def _run(connection: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    return connection.execute(query, {name: value for name, value in given.items() if f"${name}" in query})


__all__ = ["Found", "archived", "bound", "deliveries", "discovered", "in_journal", "pattern"]
