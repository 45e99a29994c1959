"""The panel of who changed what: everybody sees the last edits, and nothing that somebody keeps to themselves."""

from pathlib import Path

import pytest
from dashboard_looks import look_at

from dashboard.config import Settings
from dashboard.exporting import as_csv, exported
from dashboard.look import Look
from dashboard.pages.health import PAGE
from dashboard.pages.health.edits import NOBODY, PANEL, fill, told
from dashboard.panels.wiring import filled
from dashboard.people import audit, views
from dashboard.people.store import NAME, reading, writing
from dashboard.people.visitor import Visitor

NOW = 1_795_000_000
ANNA, BEN = Visitor("anna", "editor", 1, "password"), Visitor("ben", "viewer", 2, "password")


@pytest.fixture
def look(by_hand: Path, settings: Settings):
    def seen(who: Visitor) -> Look:
        made = look_at(by_hand, "?period=1&network=facebook", settings=settings)
        return Look(made.real, made.state, made.fresh, made.period, made.before, made.scheme, settings, who)

    return seen


def test_where_nobody_changed_anything_it_says_so_and_makes_no_file(look, settings: Settings):
    answer = fill(look(BEN))
    assert (answer.rows, answer.empty) == ([], NOBODY)
    assert not (settings.data_dir / NAME).exists()


def test_the_last_edits_come_first_with_how_it_was_and_whatever_the_filters(look, settings: Settings):
    audit.record(settings.data_dir, NOW, "anna", "login", "anna")
    audit.record(settings.data_dir, NOW, "anna", "user.role", "ben", {"role": "viewer"}, {"role": "editor"})
    audit.record(settings.data_dir, NOW + 60, "ben", "merge", "rac1_a", None, {"into": "rac1_b", "reason": "=1+1"})
    rows = fill(look(BEN)).rows
    assert [(row["who"], row["what"], row["before"], row["after"]) for row in rows] == [
        ("ben", "Merged a creative", "", "into: rac1_b, reason: =1+1"),
        ("anna", "Changed a role", "role: viewer", "role: editor"),
    ]
    assert f"{rows[0]['at']:%Y-%m-%d %H:%M:%S}" == "2026-11-18 11:07:40"
    assert "'=1+1" not in as_csv(exported(fill(look(BEN)))).decode(), "the cell begins with a word"


def test_a_view_that_is_not_shared_is_told_to_its_owner_alone(look, settings: Settings):
    with writing(settings.data_dir) as connection:
        for who in (ANNA, BEN):
            connection.execute("insert into users (name, role, created_at) values (?, ?, 0)", (who.name, who.role))
        views.save(connection, ANNA, "Mine", "/", "?q=hidden", False, NOW)
        views.save(connection, ANNA, "Ours", "/", "?q=open", True, NOW)
    assert [row["subject"] for row in fill(look(ANNA)).rows] == ["Ours", "Mine"]
    assert [row["subject"] for row in fill(look(BEN)).rows] == ["Ours"]
    with writing(settings.data_dir) as connection:
        for view in views.listed(connection, ANNA):
            views.rename(connection, ANNA, view.id, f"{view.name} anew", NOW)
            views.delete(connection, ANNA, view.id, NOW)
    assert {row["subject"] for row in fill(look(BEN)).rows} == {"Ours", "Ours anew"}


def test_a_damaged_file_is_said_with_the_way_back(by_hand: Path, settings: Settings):
    (settings.data_dir / "creatives.duckdb").symlink_to(by_hand)
    (settings.data_dir / NAME).write_bytes(b"no database at all, but long enough to be looked at" * 50)
    trouble, *_ = filled(settings, PANEL, "", None)
    assert "cannot be used" in trouble[0].children and "restore" in trouble[0].children


def test_it_stands_on_page_health():
    assert PANEL in PAGE.panels


@pytest.mark.parametrize(
    ("state", "words"), [(None, ""), ("x", "x"), ({"shared": True, "network": None}, "shared: yes"), ([1], "[1]")]
)
def test_whatever_was_written_has_words(state: object, words: str):
    assert told(state) == words


def test_logins_are_in_the_trail_and_no_edits(settings: Settings):
    audit.record(settings.data_dir, NOW, "anna", "login", "anna")
    assert audit.edits(settings.data_dir, 9) == []
    with reading(settings.data_dir) as connection:
        assert connection.execute("select action from audit").fetchall() == [("login",)]
