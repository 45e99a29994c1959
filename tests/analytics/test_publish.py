"""This module owns the promises of publishing: readers see whole versions, the newest at once, whatever others do."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from journeys import NOW, Books, journey

from analytics import publish
from analytics.build import open_work
from analytics.publish import _swing
from analytics.version.marts import MARTS, PUBLISHED

READERS, VERSIONS = 8, 9
# An analyst who writes where only reading was meant, and is killed: what is committed stands in a WAL beside the file.
ANALYST = """
import duckdb, os, signal, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("create table scratch as select * from range(20000)")
connection.execute("update freshness set kind = 'mine'")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of books with one journey, built and not published."""
    folder = tmp_path_factory.mktemp("built")
    own = Books(folder)
    own.post(*journey("A B => 30"))
    own.build()
    return folder


@pytest.fixture
def books(built: Path, tmp_path: Path) -> Books:
    """A copy of them."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return Books(tmp_path)


@pytest.fixture(scope="module")
def published(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file, opened as an analyst should."""
    folder = tmp_path_factory.mktemp("published")
    own = Books(shutil.copytree(built, folder, dirs_exist_ok=True))
    own.publish()
    connection = duckdb.connect(str(own.settings.published_link), read_only=True)
    yield connection
    connection.close()


def mark(books: Books, number: int) -> None:
    """Put a version's number into two tables."""
    connection = open_work(books.settings.work_path)
    connection.execute("update freshness set quarantined = ?", [number])
    connection.execute("update creative_scorecard set clicks = ?", [number])
    connection.close()


def marks(link: Path) -> tuple[int, int, int]:
    """The number in both tables (lowest and highest of the second), read as the product's readers do."""
    connection = duckdb.connect(os.path.realpath(link), read_only=True)
    try:
        row = connection.execute(
            "select (select quarantined from freshness), min(clicks), max(clicks) from creative_scorecard"
        ).fetchone()
    finally:
        connection.close()
    assert row is not None
    return row


def test_overlapping_readers_see_each_version_at_once_whole_and_never_an_error(books: Books) -> None:
    link, done = books.settings.published_link, threading.Event()
    newest = 0
    mark(books, 0)
    books.publish()

    def read() -> set[int]:
        seen = set()
        while not done.wait(0.05):
            expected = newest
            found = marks(link)
            assert len(set(found)) == 1, f"half of one version, half of another: {found}"
            assert found[0] >= expected, f"version {expected} was published, and {found[0]} was read"
            seen.add(found[0])
        return seen

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        try:
            for number in range(1, VERSIONS + 1):
                mark(books, number)
                books.publish(NOW + timedelta(seconds=number))
                newest = number
        finally:
            done.set()
        seen = set[int]().union(*(reader.result() for reader in readers))
    assert len(seen) > VERSIONS // 2
    assert marks(link) == (VERSIONS,) * 3


def test_there_is_no_moment_without_a_version(books: Books) -> None:
    link, done = books.settings.published_link, threading.Event()
    books.publish()

    def watch() -> int:
        looks = 0
        while not done.is_set():
            assert link.readlink().suffix == ".duckdb"
            looks += 1
        return looks

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            for _ in range(200):
                _swing(link, link.resolve())
        finally:
            done.set()
        assert watching.result() > 200


@pytest.mark.parametrize("through", ["the link", "the file itself"])
def test_an_analyst_who_wrote_and_was_killed_stops_neither_the_next_version_nor_its_readers(
    books: Books, through: str
) -> None:
    link = books.settings.published_link
    version = books.publish()
    path = link if through == "the link" else link.resolve()
    killed = subprocess.run([sys.executable, "-c", ANALYST, str(path)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    wals = list(link.parent.glob("*.wal")) + list(link.resolve().parent.glob("*.wal"))  # which one is DuckDB's matter
    assert [wal.stat().st_size > 0 for wal in wals] == [True]
    assert link.resolve().stem == version
    following = books.publish(NOW + timedelta(seconds=1))
    for reader in (link, link.resolve()):
        connection = duckdb.connect(str(reader), read_only=True)
        assert connection.execute("select kind, version from freshness").fetchall() == [("shop", following)]
        assert connection.execute("select count(*) from duckdb_tables() where table_name = 'scratch'").fetchone() == (
            0,
        )
        connection.close()


def test_the_last_three_versions_are_kept_and_their_leftovers_cleared(books: Books) -> None:
    link = books.settings.published_link
    (link.parent / "published").mkdir()
    (link.parent / "published" / ".20260101T000000-0.new").touch()  # left by a kill in the middle
    versions = [books.publish(NOW + timedelta(minutes=number)) for number in range(5)]
    assert sorted(path.name for path in (link.parent / "published").iterdir()) == [f"{v}.duckdb" for v in versions[-3:]]
    assert link.resolve().stem == versions[-1]


def test_a_reader_of_an_old_version_keeps_it_while_it_is_pruned(books: Books) -> None:
    link = books.settings.published_link
    version = books.publish()
    old = duckdb.connect(str(link.resolve()), read_only=True)
    for number in range(1, 5):
        books.publish(NOW + timedelta(minutes=number))
    assert not (link.parent / "published" / f"{version}.duckdb").exists()
    assert old.execute("select version from freshness").fetchone() == (version,)
    assert old.execute("select sum(revenue_settled) from facts_daily").fetchone() == (30,)
    old.close()


def test_the_link_is_relative_so_that_the_folder_can_move(books: Books, tmp_path: Path) -> None:
    link = books.settings.published_link
    version = books.publish()
    assert link.readlink() == Path("published") / f"{version}.duckdb"
    moved = tmp_path / "moved"
    link.parent.rename(moved)
    assert (moved / link.name).resolve().is_file()


def test_a_version_is_read_only_and_no_part_of_it_is_left_beside_it(books: Books) -> None:
    link = books.settings.published_link
    books.publish()
    assert link.resolve().stat().st_mode & 0o777 == 0o444
    assert [path.name for path in link.resolve().parent.iterdir()] == [link.resolve().name]


def test_a_build_that_cannot_be_copied_leaves_the_version_before_and_nothing_half_made(books: Books) -> None:
    link = books.settings.published_link
    version = books.publish()
    connection = open_work(books.settings.work_path)
    connection.execute("drop table money_ledger")
    connection.close()
    with pytest.raises(duckdb.Error):
        books.publish(NOW + timedelta(minutes=1))
    assert link.resolve().stem == version
    assert [path.stem for path in link.resolve().parent.iterdir()] == [version]


def test_older_clients_can_open_the_file(published: duckdb.DuckDBPyConnection) -> None:
    rows = published.execute("select tags['storage_version'] from duckdb_databases() where not internal").fetchall()
    assert [version.rstrip("+") for (version,) in rows] == ["v1.5.0"]


def test_every_table_and_column_has_its_comment(published: duckdb.DuckDBPyConnection) -> None:
    named = published.execute(
        "select table_name, comment from duckdb_tables() where schema_name in ('main', 'v1') union all"
        " select view_name, comment from duckdb_views() where not internal and schema_name in ('main', 'v1')"
    ).fetchall()
    assert sorted(name for name, _ in named) == sorted([*PUBLISHED, *PUBLISHED])
    assert all(comment and "One row per (" in comment for _, comment in named)
    columns = published.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where not internal and schema_name in ('main', 'v1')"
    )
    assert [(table, column) for table, column, comment in columns.fetchall() if not comment] == []


def test_no_visitor_leaves_the_private_database(published: duckdb.DuckDBPyConnection) -> None:
    columns = published.execute(  # the views hold nothing: they read the archive, which is private to its user
        "select distinct column_name from duckdb_columns() join duckdb_tables() using (schema_name, table_name)"
    ).fetchall()
    assert not {"visitor", "visitor_id", "click_id", "session_id"} & {column for (column,) in columns}


def test_the_views_stand_over_the_published_tables(published: duckdb.DuckDBPyConnection) -> None:
    for view in (mart for mart, kind in MARTS.items() if kind == "view"):
        assert published.execute(f"select sum(revenue), sum(clicks) from {view}").fetchone() == (30, 2)


def test_a_version_written_in_many_transactions_is_the_same(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.publish()
    at_once = rows_of(books)
    monkeypatch.setattr(publish, "ROWS_AT_ONCE", 0)
    books.publish()
    assert rows_of(books) == at_once
    assert sum(map(len, at_once.values())) > len(MARTS)


def rows_of(books: Books) -> dict[str, list[tuple]]:
    """The published rows by mart, without what says of which version they are."""
    with duckdb.connect(str(books.settings.published_link), read_only=True) as connection:
        return {
            mart: connection.execute(f"from {mart} order by all").fetchall() for mart in MARTS if mart != "freshness"
        }
