"""What is kept of people: users, passwords, limits, sessions, saved views, annotations, and the trail of it all."""

import base64
import hashlib
import sqlite3
import stat
from datetime import date
from pathlib import Path

import pytest

from dashboard.people import annotations, attempts, audit, passwords, schema, sessions, users, views
from dashboard.people.annotations import Note
from dashboard.people.refusal import Refused
from dashboard.people.sessions import Limits
from dashboard.people.store import NAME, StoreError, reading, writing
from dashboard.people.visitor import LOCAL, Visitor
from ingest.migrated import MigratedFile

SECRET = "seven green bicycles"
NOW = 1_800_000_000
LIMITS = Limits(idle_seconds=600, seconds=3600)
EDITOR, VIEWER = Visitor("anna", "editor", 1, "password"), Visitor("ben", "viewer", 2, "password")
DAY = date(2026, 11, 24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose file has the two users above; their passwords cost nothing and open nothing."""
    with writing(tmp_path) as connection:
        for who in (EDITOR, VIEWER):
            connection.execute("insert into users (name, role, created_at) values (?, ?, 0)", (who.name, who.role))
    return tmp_path


def test_looking_makes_no_file_and_the_first_deed_makes_one_for_its_owner_alone(tmp_path: Path):
    with reading(tmp_path) as connection:
        assert not users.exist(connection) and views.listed(connection, LOCAL) == []
    assert not (tmp_path / NAME).exists()
    audit.record(tmp_path, NOW, "anna", "merge", "a → b")
    with reading(tmp_path) as connection:
        files = sorted(tmp_path.iterdir())
        assert [path.name for path in files] == [NAME, f"{NAME}-shm", f"{NAME}-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)


def test_an_older_file_is_brought_up_once_and_a_newer_one_is_left_alone(tmp_path: Path):
    audit.record(tmp_path, NOW, "anna", "merge", "a → b")
    later = (
        *schema.MIGRATIONS,
        ("alter table users add column motto text", "insert into audit values (9, 1, 'm', 'm', 'm', null, null)"),
    )
    for _ in range(2):
        with MigratedFile(NAME, later).reading(tmp_path) as connection:
            assert connection.execute("select count(*) from audit where who = 'm'").fetchone() == (1,)
            assert connection.execute("select motto from users").fetchall() == []
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(StoreError, match="a newer one made it"), reading(tmp_path):
        pass
    assert (tmp_path / NAME).read_bytes() == before


def test_a_damaged_file_is_a_sentence(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="cannot be used"), reading(tmp_path):
        pass


def test_what_is_refused_halfway_leaves_nothing(tmp_path: Path):
    with pytest.raises(Refused), writing(tmp_path) as connection:
        audit.write(connection, NOW, "anna", "half", "done")
        raise Refused("no")
    assert audit.entries(tmp_path) == []


def test_a_password_is_kept_as_scrypt_with_its_cost_and_only_it_opens():
    stored = passwords.kept(SECRET)
    assert stored.startswith("scrypt$32768$8$3$") and SECRET not in stored
    assert passwords.is_right(SECRET, stored)
    assert not passwords.is_right(SECRET + "x", stored)
    assert passwords.kept(SECRET) != stored, "a salt of its own"
    assert not passwords.is_right("", None)


def test_a_password_of_an_older_and_cheaper_kind_still_opens():
    cheap = passwords.kept(SECRET)
    parts = cheap.split("$")
    salt = base64.b64decode(parts[4])
    weak = hashlib.scrypt(SECRET.encode(), salt=salt, n=1024, r=8, p=1)
    assert passwords.is_right(SECRET, f"scrypt$1024$8$1${parts[4]}${base64.b64encode(weak).decode()}")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", "too short"),
        ("a" * 300, "too long"),
        ("abababababab", "easy to guess"),
        ("Xx-ANNA-xx-12", "easy to guess"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str, why: str):
    with pytest.raises(Refused, match=why):
        passwords.check(password, "anna")


@pytest.mark.parametrize("name", ["", " anna", "an na", "<b>", "a" * 65, "-anna", "ännä", "a\n"])
def test_a_name_that_could_mislead_is_refused(tmp_path: Path, name: str):
    with pytest.raises(Refused, match="no user's name"), writing(tmp_path) as connection:
        users.add(connection, name, "editor", SECRET, NOW)


def test_a_name_is_taken_once_whatever_its_case(folder: Path):
    with pytest.raises(Refused, match="already"), writing(folder) as connection:
        users.add(connection, "Anna", "editor", SECRET, NOW)


def test_five_failures_lock_an_account_for_a_quarter_of_an_hour_from_anywhere(folder: Path):
    with writing(folder) as connection:
        waits = [attempts.reserve(connection, "Anna", f"192.0.2.{n}", NOW + n) for n in range(5)]
        assert waits == [0] * 5
        assert attempts.reserve(connection, "anna", "198.51.100.1", NOW + 10) == 890
        assert attempts.reserve(connection, "ben", "198.51.100.1", NOW + 10) == 0
    with writing(folder) as connection:  # as after a restart
        assert attempts.reserve(connection, "anna", "198.51.100.1", NOW + 899) == 1
        assert attempts.reserve(connection, "anna", "198.51.100.1", NOW + 900) == 0
        assert attempts.reserve(connection, "anna", "198.51.100.1", NOW + 900) > 0, "one has left the window, not five"
        attempts.forgive(connection, "ANNA")
        assert attempts.reserve(connection, "anna", "198.51.100.1", NOW + 901) == 0


def test_twenty_failures_of_an_address_lock_it_for_every_account(folder: Path):
    with writing(folder) as connection:
        assert {attempts.reserve(connection, f"u{n}", f"2001:db8::{n}", NOW) for n in range(20)} == {0}
        assert attempts.reserve(connection, "anna", "2001:db8::ffff", NOW) == 900, "one network has many addresses"
        assert attempts.reserve(connection, "anna", "2001:db9::1", NOW) == 0
        kept = connection.execute("select account, address from attempts").fetchall()
    assert not any("anna" in text or "2001" in text for row in kept for text in row)


def test_a_session_ends_by_idleness_by_age_and_by_a_new_password(folder: Path):
    with writing(folder) as connection:
        token = sessions.begin(connection, 1, NOW, LIMITS)
        assert sessions.find(connection, token, NOW + 599, LIMITS) == (EDITOR, NOW)
        assert sessions.find(connection, token, NOW + 600, LIMITS) is None
        sessions.see(connection, token, NOW + 500)
        assert sessions.find(connection, token, NOW + 1099, LIMITS) is not None
        sessions.see(connection, token, NOW + 3500)
        assert sessions.find(connection, token, NOW + 3600, LIMITS) is None
        assert token not in str(connection.execute("select * from sessions").fetchall())
        connection.execute("update sessions set seen_at = ?, created_at = ?", (NOW, NOW))
        users.set_password(connection, users.named(connection, "anna"), SECRET)
        assert sessions.find(connection, token, NOW, LIMITS) is None


def test_a_removed_user_is_out_and_what_they_shared_stays(folder: Path):
    with writing(folder) as connection:
        token = sessions.begin(connection, 1, NOW, LIMITS)
        views.save(connection, EDITOR, "mine", "/", "", False, NOW)
        views.save(connection, EDITOR, "ours", "/", "", True, NOW)
        users.remove(connection, users.named(connection, "anna"))
        assert sessions.find(connection, token, NOW, LIMITS) is None
        assert [(view.name, view.owner) for view in views.listed(connection, LOCAL)] == [("ours", "anna")]
        assert connection.execute("select name from views").fetchall() == [("ours",)]


def test_a_viewer_keeps_own_views_and_nobody_else_sees_or_touches_them(folder: Path):
    with writing(folder) as connection:
        own = views.save(connection, VIEWER, "  Mine \n only ", "/creative", "?period=3", False, NOW)
        assert (own.name, own.href) == ("Mine only", "/creative?period=3")
        assert views.listed(connection, EDITOR) == []
        for deed in (views.delete, lambda c, w, i, n: views.rename(c, w, i, "x", n)):
            with pytest.raises(Refused, match="not there"):
                deed(connection, EDITOR, own.id, NOW)
        views.rename(connection, VIEWER, own.id, "Renamed", NOW)
        assert [view.name for view in views.listed(connection, VIEWER)] == ["Renamed"]


def test_sharing_takes_an_editor_and_so_does_changing_what_is_shared(folder: Path):
    with writing(folder) as connection:
        shared = views.save(connection, EDITOR, "Ours", "/", "?vs=year", True, NOW)
        assert not shared.may_change(VIEWER) and shared.may_change(EDITOR)
        with pytest.raises(Refused, match="takes an editor"):
            views.save(connection, VIEWER, "Theirs", "/", "", True, NOW)
        with pytest.raises(Refused, match="takes an editor"):
            views.delete(connection, VIEWER, shared.id, NOW)
        with pytest.raises(Refused, match="with this name"):
            views.save(connection, EDITOR, "OURS", "/", "", True, NOW)
        views.save(connection, VIEWER, "Ours", "/", "", False, NOW)
        assert [view.shared for view in views.listed(connection, VIEWER)] == [True, False]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "\u202e\u200b"])
def test_a_view_without_a_name_that_can_be_read_is_refused(folder: Path, name: str):
    with pytest.raises(Refused, match="needs a name"), writing(folder) as connection:
        views.save(connection, EDITOR, name, "/", "", True, NOW)


def test_annotations_are_found_by_day_and_scope(folder: Path):
    with writing(folder) as connection:
        annotations.add(connection, EDITOR, Note(DAY, DAY, "New  landing\npage"), NOW)
        annotations.add(connection, EDITOR, Note(date(2026, 11, 20), date(2026, 11, 22), "Sale", "facebook"), NOW)
        annotations.add(connection, EDITOR, Note(DAY, DAY, "Bid", "facebook", "2384"), NOW)

    def words(*arguments: object) -> list[str]:
        return [each.words for each in annotations.within(folder, *arguments)]

    assert words(date(2026, 11, 1), date(2026, 11, 30)) == ["Sale", "New landing page", "Bid"]
    assert words(date(2026, 11, 22), date(2026, 11, 23)) == ["Sale"]
    assert words(date(2026, 11, 23), date(2026, 11, 23)) == []
    assert words(date(2026, 11, 1), date(2026, 11, 30), "tiktok") == ["New landing page"]
    assert words(date(2026, 11, 1), date(2026, 11, 30), "facebook", "99") == ["Sale", "New landing page"]


@pytest.mark.parametrize(
    "note",
    [
        Note(DAY, DAY, ""), Note(DAY, DAY, "x" * 281), Note(DAY, date(2026, 11, 23), "back"),
        Note(DAY, date(2028, 1, 1), "long"), Note(date(1999, 1, 1), date(1999, 1, 1), "old"),
        Note(DAY, DAY, "x", "a" * 513), Note(DAY, DAY, "x", "a\nb"), Note(DAY, DAY, "x", ""),
    ],
)  # fmt: skip
def test_an_annotation_that_says_nothing_or_too_much_is_refused(folder: Path, note: Note):
    with pytest.raises(Refused), writing(folder) as connection:
        annotations.add(connection, EDITOR, note, NOW)


def test_a_viewer_writes_changes_and_deletes_no_annotation(folder: Path):
    with writing(folder) as connection:
        ident = annotations.add(connection, EDITOR, Note(DAY, DAY, "Sale"), NOW)
        for deed in (
            lambda: annotations.add(connection, VIEWER, Note(DAY, DAY, "x"), NOW),
            lambda: annotations.change(connection, VIEWER, ident, Note(DAY, DAY, "x"), NOW),
            lambda: annotations.delete(connection, VIEWER, ident, NOW),
        ):
            with pytest.raises(Refused, match="takes an editor"):
                deed()
    assert [each.words for each in annotations.within(folder, DAY, DAY)] == ["Sale"]


def test_the_trail_says_who_did_what_and_how_it_was_before_and_cannot_be_changed(folder: Path):
    with writing(folder) as connection:
        ident = annotations.add(connection, EDITOR, Note(DAY, DAY, "Sale"), NOW)
        annotations.change(connection, EDITOR, ident, Note(DAY, DAY, "Sale, 20 %"), NOW + 1)
        annotations.delete(connection, EDITOR, ident, NOW + 2)
        views.save(connection, VIEWER, "Mine", "/", "", False, NOW + 3)
        for deed in (
            "update audit set who = 'ben'",
            "delete from audit",
            "insert or replace into audit select * from audit",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(deed)
    found = audit.entries(folder, action="annotation.")
    assert [(each.who, each.action, each.subject) for each in found] == [
        ("anna", "annotation.delete", "2026-11-24"), ("anna", "annotation.change", "2026-11-24"),
        ("anna", "annotation.add", "2026-11-24"),
    ]  # fmt: skip
    assert (found[1].before["words"], found[1].after["words"]) == ("Sale", "Sale, 20 %")
    assert audit.entries(folder, limit=1)[0].after == {"shared": False, "url": "/"}
    assert [each.action for each in audit.entries(folder, subject="Mine")] == ["view.save"]
