"""This module owns the promises of the views over the archive: the rows the marts are made of, from anywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from journeys import NOW, START, Books, item, journey, report
from running import ROOT

from analytics import dictionary, publish
from analytics.archived import views
from analytics.archived.views import reach_of
from analytics.version.marts import CONTRACT, PUBLISHED
from ingest.forgetting import erase
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.visitors.key import visitor_hash

SENDERS = {"shop": {"secrets": ["unused-but-long-enough"], "timezone": "UTC"}}
# What a row is known by and brings, in the view and in the model that the marts are made of.
TOLD = (
    "sender, type, revenue_stage, id, occurred_at, stated_at, received_at, day, variant_id, click_id, click_ids,"
    " visitor, session_id, network, account_id, campaign_id, campaign_name, adset_id, ad_id, ad_name, placement,"
    " offer_id, landing_page, term, country, device, conversion_kind, transaction_id, revenue, cost, currency, traffic,"
    " count"
)
CONTRACT_FILE = ROOT / "tests" / "fixtures" / f"contract-{CONTRACT}.json"


def live_through(books: Books) -> None:
    """Versions, repeats, conflicts that come late, and replays, in three seals."""
    order = {"visitor_id": "v", "transaction_id": "o", "revenue": "30"}
    books.post(*journey("A B A => 30 -10"), item("click", "c", START, referrerAdCreative="One text", ad_id="1"))
    books.post(item("conversion", "o1", START, **order), report(START.date(), "5", ad_id="1", clicks=4))
    books.post({"type": "ad", "network": "fb", "ad_id": "1", "rac": "One text"})
    books.archive(1)
    for number in range(6):  # another content under the same key: whichever has the smaller hash counts
        books.post(
            item("click", "c", START + timedelta(seconds=number), referrerAdCreative=f"Text {number}", ad_id="1")
        )
    later = {"updated_at": "2026-09-15T08:00:00Z"}
    books.post(item("conversion", "o1", START + timedelta(days=1), **(order | later | {"revenue": "25"})))
    books.post(report(START.date(), "6", ad_id="1", clicks=5))
    books.archive(2)
    replay(books.settings, chosen(books.settings.journal_dir, Wanted())[:3], False, lambda _: None)
    books.post(*journey("C => 5", who="w"))
    books.archive(3)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books that lived through all that, sealed, built and published."""
    folder = tmp_path_factory.mktemp("archived")
    books = Books(folder, senders=SENDERS, timezone="America/Los_Angeles")
    books.settings.data_dir.mkdir(parents=True)
    (books.settings.data_dir / "visitor.key").write_bytes(b"a key")
    live_through(books)
    books.build()
    books.publish()
    return folder


@pytest.fixture
def books(lived: Path) -> Books:
    return Books(lived, senders=SENDERS, timezone="America/Los_Angeles")


@pytest.fixture
def published(books: Books) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opened as an analyst should."""
    with duckdb.connect(os.path.realpath(books.settings.published_link), read_only=True) as connection:
        yield connection


def test_the_view_has_the_rows_that_the_marts_are_made_of(books: Books, published: duckdb.DuckDBPyConnection):
    assert books.recorded("select count(*) > 0 from displaced") == [(True,)]  # or it proves nothing
    assert books.recorded("select count(*) > 0 from superseded") == [(True,)]
    told = books.query(f"select {TOLD} from events order by all")
    assert len(told) > 8 and any(kind == "conversion" for _, kind, *_ in told)
    assert published.execute(f"select {TOLD} from interactions order by all").fetchall() == told


def test_every_row_names_the_text_it_came_with_and_its_creative(published: duckdb.DuckDBPyConnection):
    rows = published.execute(
        "select i.creative_raw, c.creative_text from interactions i"
        " join creatives c on c.creative_id = text_creative_id where type = 'click'"
    ).fetchall()
    assert len(rows) == 5 and all(raw == text for raw, text in rows)


def test_statements_are_their_newest_versions(published: duckdb.DuckDBPyConnection):
    found = published.execute(
        "select statement, cost::varchar, clicks, creative_raw from statements order by statement"
    ).fetchall()
    assert found == [("ad", None, None, "One text"), ("report", "6.000000", 5, None)]


def test_what_is_newer_than_the_last_seal_is_told_and_not_shown(books: Books, tmp_path: Path):
    shutil.copytree(books.settings.data_dir, tmp_path / "data", symlinks=True)
    own = Books(tmp_path, senders=SENDERS)
    own.post(*journey("Z", who="late"), at=NOW)
    own.build(NOW + timedelta(minutes=4))
    own.publish(NOW + timedelta(minutes=4))
    with duckdb.connect(str(own.settings.published_link), read_only=True) as connection:
        newest, sealed = connection.execute(
            "select newest_delivery, received_to from freshness, archive_reach"
        ).fetchone()
        before = connection.execute("select count(*) from interactions").fetchone()
    assert newest == NOW and sealed < NOW
    own.archive(5)
    with duckdb.connect(str(own.settings.published_link.resolve()), read_only=True) as connection:
        assert connection.execute("select count(*) from interactions").fetchone() == before, "a version changed"
    own.publish(NOW + timedelta(minutes=6))
    with duckdb.connect(str(own.settings.published_link.resolve()), read_only=True) as connection:
        assert connection.execute("select count(*) from interactions").fetchone() == (before[0] + 1,)


def test_a_forgotten_person_is_gone_from_every_version_at_once(books: Books, tmp_path: Path):
    shutil.copytree(books.settings.data_dir, tmp_path / "data", symlinks=True)
    own = Books(tmp_path, senders=SENDERS)
    own.build()
    own.publish()
    who = visitor_hash(b"a key", "v")
    asked = f"select count(*), count(*) filter (visitor = '{who}') from interactions"
    with duckdb.connect(str(own.settings.published_link.resolve()), read_only=True) as connection:
        count, theirs = connection.execute(asked).fetchone()
        assert theirs > 0
        person = erase.person_of(own.settings, "v", None, True)
        erase.carry_out(own.settings, erase.begin(own.settings, person, "asked", True), lambda _: None)
        assert connection.execute(asked).fetchone() == (count, 0)


READ = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print(connection.execute("select count(*) from interactions").fetchone()[0])
"""


def test_it_reads_the_same_from_another_folder_and_through_the_link(books: Books, tmp_path: Path):
    found = [
        subprocess.run([sys.executable, "-c", READ, path], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
        for folder, path in (
            (tmp_path, books.settings.published_link),
            (books.settings.data_dir.parent, "data/creatives.duckdb"),
            (books.settings.data_dir / "published", books.settings.published_link.resolve().name),
        )
    ]  # fmt: skip
    assert len({*found}) == 1 and int(found[0]) > 8


def test_beside_other_databases_it_reads_its_own_tables(books: Books):
    with duckdb.connect() as connection:
        connection.execute("create table freshness as select 'Mars' as timezone")
        connection.execute("create table archive_reach as select 0 as seal")
        connection.execute(f"attach '{books.settings.published_link}' as whichad (read_only)")
        rows = connection.execute("select count(*) from whichad.interactions").fetchone()
        assert rows == connection.execute(f"select count(*) from whichad.{CONTRACT}.interactions").fetchone()
    assert rows and rows[0] > 8


def test_a_moved_folder_keeps_the_marts_names_what_is_missing_and_is_whole_at_the_next_version(
    books: Books, tmp_path: Path
):
    moved = tmp_path / "it's [moved]"
    shutil.copytree(books.settings.data_dir.parent, moved, symlinks=True)
    own = Books(moved, senders=SENDERS, timezone="America/Los_Angeles")
    gone = str(books.settings.data_dir)
    with duckdb.connect(str(own.settings.published_link.resolve()), read_only=True) as connection:
        assert connection.execute("select folder from archive_reach").fetchone() == (f"{gone}/archive/current",)
    own.publish(NOW + timedelta(minutes=9))
    with duckdb.connect(str(own.settings.published_link.resolve()), read_only=True) as connection:
        shutil.move(moved / "data" / "archive", tmp_path / "elsewhere")
        assert connection.execute("select count(*) > 0 from facts_daily").fetchone() == (True,)
        assert connection.execute("select count(*) from duckdb_columns() where table_name = 'interactions'").fetchone()
        with pytest.raises(duckdb.IOException, match="No files found"):
            connection.execute("from interactions")
        shutil.move(tmp_path / "elsewhere", moved / "data" / "archive")
        assert connection.execute("select count(*) > 8 from interactions").fetchone() == (True,)


def test_before_anything_is_sealed_the_views_are_there_and_empty(tmp_path: Path):
    books = Books(tmp_path)
    books.post(*journey("A => 30"))
    books.build()
    books.publish()
    with duckdb.connect(str(books.settings.published_link), read_only=True) as connection:
        assert connection.execute("select seal, received_to from archive_reach").fetchall() == [(0, None)]
        for view in views.VIEWS:
            assert connection.execute(f"select count(*) from {view}").fetchone() == (0,)
            assert connection.execute(f"select * from {CONTRACT}.{view}").description


def test_a_question_for_a_day_of_receipt_reads_that_day_alone_and_knows_versions_of_other_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    books = Books(tmp_path, senders=SENDERS)
    order = {"visitor_id": "v", "transaction_id": "o"}
    days = [START.date() + timedelta(days=day) for day in (0, 1, 2)]

    def told(day: int, stated: str, revenue: str) -> None:
        stated = f"2026-09-{stated}T08:00:00Z"
        sent = item("conversion", "o", START, **order, revenue=revenue, updated_at=stated)
        books.post(sent, at=START + timedelta(days=day))
        books.archive(day)

    def found() -> list[list[tuple[object, ...]]]:
        asked = "select occurred_at, revenue::int from interactions where received_day = ?"
        with duckdb.connect(str(books.settings.published_link.resolve()), read_only=True) as connection:
            plan = connection.execute(f"explain analyze {asked}", [days[0]]).fetchall()[0][1]
            assert [int(each) for each in re.findall(r"Scanning Files: (\d+)/[23]", plan)] == [1], plan
            return [connection.execute(asked, [day]).fetchall() for day in days]

    told(0, "12", "30")
    told(1, "10", "25")
    books.build()
    books.publish()
    assert found() == [[(START, 30)], [], []]
    told(2, "14", "20")
    monkeypatch.setattr(publish, "_write", None)  # a version that is brought up has to learn it, too
    link = books.settings.published_link
    publish.publish(books.settings.work_path, link, NOW + timedelta(minutes=1), since=(link.resolve(), {}))
    assert found() == [[], [], [(START, 20)]]


def test_every_column_that_was_promised_is_there_with_its_type(published: duckdb.DuckDBPyConnection):
    """Renaming or dropping one breaks queries of people we do not know: that needs a v2 beside it."""
    is_ = {}
    for mart, column, kind in published.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = $1 order by table_name,"
        " column_index", [CONTRACT],
    ).fetchall():  # fmt: skip
        is_.setdefault(mart, {})[column] = kind
    if not CONTRACT_FILE.exists() or os.environ.get("PROMISE_COLUMNS"):
        CONTRACT_FILE.write_text(json.dumps(is_, indent=1) + "\n", encoding="utf-8")
    promised = json.loads(CONTRACT_FILE.read_text(encoding="utf-8"))
    assert {
        mart: {name: is_.get(mart, {}).get(name) for name in columns} for mart, columns in promised.items()
    } == promised
    assert set(is_) == set(promised) == set(PUBLISHED), "promise new marts: PROMISE_COLUMNS=1"


def test_the_contract_shows_every_row_and_column_of_the_tables(published: duckdb.DuckDBPyConnection):
    for mart in PUBLISHED:
        of_contract, own = (
            published.execute(f"select count(*) from {schema}.{mart}").fetchone() for schema in (CONTRACT, "main")
        )
        assert of_contract == own
        promised = [c[0] for c in published.execute(f"from {CONTRACT}.{mart} limit 0").description or []]
        assert promised == dictionary.names(published)[mart]


def test_an_archive_that_cannot_be_read_stops_no_version(
    books: Books, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    shutil.copytree(books.settings.data_dir, tmp_path / "data", symlinks=True)
    own = Books(tmp_path)
    current = tmp_path / "data" / "archive" / "current"
    for file in current.resolve().glob("interactions/*/*.parquet"):
        file.chmod(0o600)
        file.write_bytes(b"damaged")
    own.publish()
    assert "publish: The archive cannot be read, so `interactions`" in capfd.readouterr().err
    with duckdb.connect(str(own.settings.published_link.resolve()), read_only=True) as connection:
        assert connection.execute("select (from archive_reach select seal), count(*) from interactions").fetchone() == (
            0,
            0,
        )
    (current / "manifest.json").write_text("{", encoding="utf-8")
    views._reach.cache_clear()
    assert reach_of(tmp_path / "data").seal == 0
    own.publish()
