"""This module owns the promise that a version brought up by its news equals one written anew, table by table."""

import dataclasses
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from colliding import Colliding, settings
from journeys import NOW, Books, journey
from refreshed import ALWAYS, refresh

from analytics.incremental import republishing
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.moves import Moves
from analytics.incremental.republishing import base_of
from analytics.publish import publish
from analytics.refresh import Refresher
from analytics.version.marts import MARTS

Said = dict[str, Any]


def said(version: Path) -> Said:
    """All that a published file says: rows of each table, shapes, comments, views, its format."""
    with duckdb.connect(str(version), read_only=True) as connection:
        rows = {mart: connection.sql(f"from {mart} order by all").fetchall() for mart in MARTS}
        about = {
            catalog: connection.execute(
                f"select {columns} from duckdb_{catalog}() where database_name = current_database()"
                " and not internal order by all"
            ).fetchall()
            for catalog, columns in (
                ("tables", "table_name, sql, comment"),
                ("views", f"view_name, replace(sql, '{version.parent.parent}', 'here'), comment"),
                ("columns", "table_name, column_name, data_type, comment"),
            )
        }
        ((tags,),) = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()
    return rows | about | {"format": tags}


def otherwise(books: Books, folder: Path) -> list[str]:
    """What the newest version says otherwise than one that is written anew."""
    link = books.settings.published_link
    version = link.resolve().stem
    anew = folder / "anew" / "creatives.duckdb"
    anew.parent.mkdir()
    (anew.parent / "archive").symlink_to(books.settings.data_dir / "archive")
    work = Path(shutil.copy(books.settings.work_path, anew.parent / "work.duckdb"))
    with duckdb.connect(str(link.resolve()), read_only=True) as connection:
        ((built_at,),) = connection.execute("select built_at from freshness").fetchall()
    publish(work, anew, built_at, version)
    one, other = said(link.resolve()), said(anew.resolve())
    shutil.rmtree(anew.parent)
    return [name for name in one if one[name] != other[name]]


def only_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would be written anew fails."""

    def refused(*_arguments: object) -> None:
        raise AssertionError("a version was written anew")

    monkeypatch.setattr("analytics.publish._write", refused)


def bring_up(books: Books, minutes: float, moves: Moves) -> str:
    link = books.settings.published_link
    return publish(books.settings.work_path, link, NOW + timedelta(minutes=minutes), None, (link.resolve(), moves))


def run(folder: Path, kind: str, seed: int, first: int, refreshes: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """A colliding world, refreshed and brought up again and again; how often that was."""
    world, chance, by_news = Colliding(seed, kind, size=first * 2), Random(seed), 0
    books = Books(folder, **settings(folder, kind))
    for sender, items in world.batch(first):
        books.post(*items, sender=sender)
    books.build().publish()
    for step in range(1, refreshes + 1):
        for sender, items in world.batch(chance.randrange(1, 6)):
            books.post(*items, sender=sender)
        if chance.random() < 0.4:
            texts = [row[0] for row in books.recorded("select creative_id from creatives order by 1")]
            books.decide(chance.choice(["merge", "unmerge"]), *chance.sample(texts, 2))
        try:
            done = refresh(books, step)
        except NeedsFullBuildError:
            books.build(NOW + timedelta(minutes=step)).publish(NOW + timedelta(minutes=step))
            continue
        with monkeypatch.context() as strict:
            only_brought_up(strict)
            bring_up(books, step, done.moves)
        assert otherwise(books, folder) == []
        by_news += 1
    return by_news


@pytest.mark.parametrize(("kind", "seed"), [("arbitrage", 3), pytest.param("shop", 11, marks=pytest.mark.long)])
def test_whatever_comes_a_version_brought_up_is_one_written_anew(
    tmp_path: Path, kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path, kind, seed, 120, 2, monkeypatch) >= 1


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 220))
@pytest.mark.parametrize("kind", ["arbitrage", "shop"])
def test_of_many_worlds_every_version_brought_up_is_one_written_anew(
    tmp_path: Path, kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path, kind, seed, 300, 6, monkeypatch) >= 1  # a merge is built anew


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books that are built and published."""
    folder = tmp_path_factory.mktemp("built")
    books = Books(folder)
    books.post(*journey("A B => 30"))
    books.build().publish()
    return folder


@pytest.fixture
def books(built: Path, tmp_path: Path) -> Books:
    """A copy of them; the link is relative."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Books(tmp_path)


def news(books: Books, who: str) -> Moves:
    books.post(*journey("A => 5", who))
    return refresh(books, 1).moves


def test_the_version_before_stays_as_it_was_byte_by_byte(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    before = books.settings.published_link.resolve()
    bytes_before, moves = before.read_bytes(), news(books, "w")
    only_brought_up(monkeypatch)
    bring_up(books, 1, moves)
    assert before.read_bytes() == bytes_before
    after = books.settings.published_link.resolve()
    assert after != before and after.stat().st_mode & 0o777 == 0o444
    assert sorted(path.name for path in after.parent.iterdir()) == [before.name, after.name]


def test_moves_that_are_not_all_there_are_found_and_everything_is_written(books: Books, tmp_path: Path) -> None:
    moves = news(books, "w")
    moved = moves["lags"]
    assert moved is not None and moved.came.num_rows
    bring_up(books, 1, moves | {"lags": dataclasses.replace(moved, came=moved.came.slice(1))})
    assert otherwise(books, tmp_path) == []


def test_a_base_that_is_damaged_is_not_carried_on(books: Books, tmp_path: Path) -> None:
    moves, base = news(books, "w"), books.settings.published_link.resolve()
    base.chmod(0o644)
    base.write_bytes(b"noise" * 5000)
    bring_up(books, 1, moves)
    assert otherwise(books, tmp_path) == []
    assert list(base.parent.glob(".*")) == []


def touch(path: Path) -> None:
    os.utime(path)


def write_through(path: Path) -> None:
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table scratch as select 1 as a")


@pytest.mark.parametrize("change", [touch, write_through, Path.unlink])
@pytest.mark.parametrize("which", ["version", "work"])
def test_what_somebody_else_wrote_to_is_no_base(books: Books, which: str, change: Callable[[Path], None]) -> None:
    base = base_of(books.settings.published_link, books.settings.work_path)
    assert base.holds
    change(getattr(base, which))
    assert not base.holds


def test_a_base_wears_out_by_times_and_by_size(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    base = base_of(books.settings.published_link, books.settings.work_path)
    following = base_of(books.settings.published_link, books.settings.work_path, base)
    assert (following.times, following.holds) == (1, True)
    assert not dataclasses.replace(base, times=republishing.TIMES_MAX).holds
    monkeypatch.setattr(republishing, "GROWN_BYTES", 0)
    assert base.holds and not dataclasses.replace(base, whole_bytes=base.version_seen[1] // 2).holds


def test_the_loop_brings_up_what_it_published_and_after_trouble_writes_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books(tmp_path)
    refresher = Refresher(books.settings, ALWAYS)

    def cycle(minutes: int, journeys: int = 1) -> None:
        for number in range(journeys):
            books.post(*journey("A => 30", f"v{minutes}-{number}"))
        books.close()
        refresher._due_at = 0.0
        outcome = refresher.guarded_cycle(NOW + timedelta(minutes=minutes))
        assert outcome.ok, outcome

    cycle(0, journeys=9)  # more would be another fit
    for minutes in (1, 2):
        with monkeypatch.context() as strict:
            only_brought_up(strict)
            cycle(minutes)
        assert otherwise(books, tmp_path) == []
    books.post(*journey("B => 1", "trouble"))
    books.close()
    refresher._due_at = 0.0
    with monkeypatch.context() as failing:
        failing.setattr("analytics.refresh.prepare", lambda *_: (_ for _ in ()).throw(duckdb.IOException("no disk")))
        assert not refresher.guarded_cycle(NOW + timedelta(minutes=4)).ok
    assert refresher._base is None
    cycle(5)
    assert otherwise(books, tmp_path) == []
