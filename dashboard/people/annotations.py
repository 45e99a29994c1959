"""This module owns annotations: what happened on a day, or over some, written by an editor for all who look."""

import sqlite3
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from dashboard.people import audit
from dashboard.people.refusal import Refused, check_may_edit
from dashboard.people.store import reading
from dashboard.people.visitor import Visitor

WORDS_MAX = 280
DAYS_MAX = 366
ANNOTATIONS_MAX = 2000
_OLDEST = date(2000, 1, 1)
_SCOPE_MAX = 512  # as long as an id may be
_COLUMNS = "id, first, last, words, network, campaign, author"


@dataclass(frozen=True)
class Note:
    """What an annotation says: its days (inclusive), its words, and where it applies (None: everywhere)."""

    first: date
    last: date
    words: str
    network: str | None = None
    campaign: str | None = None


@dataclass(frozen=True)
class Annotation(Note):
    """A note that is kept."""

    id: int = 0
    author: str = ""


def within(
    data_dir: Path, first: date, last: date, network: str | None = None, campaign: str | None = None
) -> list[Annotation]:
    """Those of a period, oldest first. With a filter, those of other networks and campaigns are left out."""
    with reading(data_dir) as connection:
        rows = connection.execute(
            f"select {_COLUMNS} from annotations where first <= ?1 and last >= ?2 "  # noqa: S608 - names of ours
            "and (?3 is null or network is null or network = ?3) "
            "and (?4 is null or campaign is null or campaign = ?4) order by first, id",
            (last.isoformat(), first.isoformat(), network, campaign),
        ).fetchall()
    return [_annotation(row) for row in rows]


def add(connection: sqlite3.Connection, who: Visitor, note: Note, now: int) -> int:
    """Keep a note; the answer is its id. Raises Refused."""
    check_may_edit(who, "annotate")
    note = _checked(note)
    if connection.execute("select count(*) from annotations").fetchone()[0] >= ANNOTATIONS_MAX:
        raise Refused(f"There are {ANNOTATIONS_MAX} annotations already. Delete one first.")
    made = connection.execute(
        "insert into annotations (first, last, words, network, campaign, author, created_at, changed_at) "
        "values (?, ?, ?, ?, ?, ?, ?, ?) returning id",
        (*_values(note), who.name, now, now),
    ).fetchone()
    audit.write(connection, now, who.name, "annotation.add", _subject(note), after=_told(note))
    return int(made[0])


def change(connection: sqlite3.Connection, who: Visitor, ident: int, note: Note, now: int) -> None:
    """Let an annotation say something else. Raises Refused."""
    check_may_edit(who, "change an annotation")
    before, note = named(connection, ident), _checked(note)
    connection.execute(
        "update annotations set first = ?, last = ?, words = ?, network = ?, campaign = ?, changed_at = ? where id = ?",
        (*_values(note), now, ident),
    )
    audit.write(connection, now, who.name, "annotation.change", _subject(note), _told(before), _told(note))


def delete(connection: sqlite3.Connection, who: Visitor, ident: int, now: int) -> None:
    """Take an annotation away. Raises Refused."""
    check_may_edit(who, "delete an annotation")
    before = named(connection, ident)
    connection.execute("delete from annotations where id = ?", (ident,))
    audit.write(connection, now, who.name, "annotation.delete", _subject(before), _told(before))


def named(connection: sqlite3.Connection, ident: int) -> Annotation:
    """The annotation of an id. Raises Refused."""
    row = connection.execute(f"select {_COLUMNS} from annotations where id = ?", (ident,)).fetchone()  # noqa: S608 - names of ours
    if row is None:
        raise Refused("This annotation is not there any more.")
    return _annotation(row)


def day_of(text: object) -> date:
    """A day as a browser posts it. Raises Refused."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        raise Refused("Say which day, or from which to which.") from None


def _checked(note: Note) -> Note:
    words = " ".join("".join(each for each in note.words if each.isprintable() or each.isspace()).split())
    if not words or len(words) > WORDS_MAX:
        raise Refused(f"An annotation needs 1 to {WORDS_MAX} characters.")
    if not _OLDEST <= note.first <= note.last or note.last - note.first > timedelta(days=DAYS_MAX):
        raise Refused(f"The days are wrong: the first, then the last, at most {DAYS_MAX} days later.")
    for scope in (note.network, note.campaign):
        if scope is not None and not (0 < len(scope) <= _SCOPE_MAX and scope.isprintable()):
            raise Refused("There is no such network or campaign.")
    return Note(note.first, note.last, words, note.network, note.campaign)


def _values(note: Note) -> tuple[str | None, ...]:
    return note.first.isoformat(), note.last.isoformat(), note.words, note.network, note.campaign


def _subject(note: Note) -> str:
    return note.first.isoformat() if note.first == note.last else f"{note.first} to {note.last}"


def _told(note: Note) -> dict[str, object]:
    return {
        name: value for name, value in asdict(note).items() if name in ("first", "last", "words", "network", "campaign")
    }


def _annotation(row: tuple[int, str, str, str, str | None, str | None, str]) -> Annotation:
    ident, first, last, words, network, campaign, author = row
    return Annotation(date.fromisoformat(first), date.fromisoformat(last), words, network, campaign, ident, author)
