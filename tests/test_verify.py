"""This module owns the audit's promises: it balances where all is well, and names what was lost or invented."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import warm
from journeys import Books, item, journey
from running import ROOT, environment

from analytics.verify import verify
from dashboard.people import audit as people_audit
from dashboard.people import checking
from dashboard.people.schema import MIGRATIONS
from dashboard.people.store import NAME
from ingest.audit import Line
from ingest.audit.receipts import prove
from ingest.door.keeping import receipt
from ingest.segments.segment import SegmentReader, redact
from ingest.terminal.commands import Exit


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of books that balance."""
    folder = tmp_path_factory.mktemp("original")
    made = Books(folder)
    made.post(*journey("A B => 30 -10"), *journey("A", who="w"))
    made.post(*journey("A B => 30 -10"))  # the same again
    made.post(item("click", "k", country="US"))
    made.post(item("click", "k", country="DE"))  # one id, two contents
    made.post({"type": "report", "day": "2026-09-14", "level": "ad", "ad_id": "7", "cost": "3", "network": "facebook"})
    made.post({"type": "report", "day": "2026-09-14", "level": "ad", "ad_id": "7", "cost": "4", "network": "facebook"})
    made.build()
    made.publish()
    return folder


@pytest.fixture
def books(original: Path, tmp_path: Path) -> Books:
    """A copy of them, to be damaged."""
    return Books.copied(original, tmp_path)


def test_where_all_is_well_every_line_balances(books: Books):
    lines = list(verify(books.settings))
    assert [line for line in lines if not line.ok] == [] and len(lines) > 15
    sheet = {line.what: line for line in lines}
    assert sheet["items: kept in the journal = counted by the loader"].left != "0"
    assert sheet["cost: said by the journal = there"].left == "7.000000"


def record(sql: str) -> Callable[[Books], None]:
    def damage(books: Books) -> None:
        with duckdb.connect(str(books.settings.record_path)) as connection:
            connection.execute(sql)

    return damage


def segment(sql: str) -> Callable[[Books], None]:
    def damage(books: Books) -> None:
        path = next(books.settings.journal_dir.glob("*.sqlite"))
        with sqlite3.connect(path) as connection:
            connection.execute(sql)

    return damage


def published(sql: str) -> Callable[[Books], None]:
    def damage(books: Books) -> None:
        path = books.settings.published_link.resolve()
        path.chmod(0o644)
        with duckdb.connect(str(path)) as connection:
            connection.execute(sql)

    return damage


ONE = "(select min(key_hash) from interactions where type = 'click')"


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (record(f"delete from interactions where key_hash = {ONE}"), "accepted = rows that are there"),
        (record(f"delete from seen where key_hash = {ONE}"), "keys of the journal that the record lacks"),
        (record("delete from seen where content_hash = (select max(content_hash) from reports)"),
         "contents of the journal that the record lacks"),
        (record("delete from seen where not kept"), "contents of the journal that the record lacks"),
        (record("delete from seen where not kept"), "quarantined + ignored = contents known as not kept"),
        (record("update seen set kept = true"), "rows that are there = contents known as kept"),
        (record("update seen set kept = not kept where key_hash in (select key_hash from seen where not kept)"),
         "keys that another content should have"),
        (record("insert into seen from seen limit 1"), "contents that are there twice"),
        (record(f"insert into seen (key_hash, content_hash, day) values ({ONE}, 1, current_date)"),
         "keys of one content that are there with two"),
        (record("insert into seen (key_hash, content_hash, day) values (1, 1, current_date)"),
         "contents that no delivery brought"),
        (record("update interactions set revenue = revenue + 1"), "revenue: said by the journal = there"),
        (record("update loads set deliveries = deliveries + 1"),
         "deliveries: kept in the journal = counted by the loader"),
        (record("update loads set duplicates = duplicates + 1"),
         "items = accepted + duplicates + quarantined + ignored"),
        (segment("update deliveries set items = replace(items, 'click', 'clich') where row = 1"),
         "segments whole, chains unbroken"),
        (segment("update deliveries set items = '{' where row = 1"), "segments whole, chains unbroken"),
        (segment("update deliveries set sender = 'shoq' where row = 2"), "segments whole, chains unbroken"),
        (segment("update deliveries set row_hash = zeroblob(32) where row = 2"), "segments whole, chains unbroken"),
        (segment("update deliveries set body = x'5b5d' where row = 3"),
         "bodies that are neither as received nor redacted"),
        (segment("update deliveries set body = x'5b5d', redacted_at = 1 where row = 3"),
         "bodies that are neither as received nor redacted"),
        (segment("delete from deliveries where row = 2"), "segments whole, chains unbroken"),
        (segment("delete from deliveries where row = (select max(row) from deliveries)"),
         "segments whole, chains unbroken"),
        (segment("update deliveries set received_at = received_at + 1 where row = 1"),
         "segments whole, chains unbroken"),
        (published("update money_ledger set amount = amount + 0.01 where bucket = 'in' and side = 'revenue'"),
         "revenue in = matched + settlement_unallocated + unattributable + non_human"),
        (published("update attribution_ledger set conversions = conversions + 1 where bucket = 'total'"),
         "conversions = credited + unattributed, over all rules"),
        (published("update facts_daily set clicks = clicks + 1"), "human clicks: in the record = published"),
    ],
)  # fmt: skip
def test_what_differs_is_named(books: Books, damage: Callable[[Books], None], named: str):
    damage(books)
    assert named in books.wrong()


def test_a_row_that_was_redacted_balances_and_its_receipt_says_so(books: Books):
    (path,) = books.settings.journal_dir.glob("*.sqlite")
    with SegmentReader(path) as reader:
        *_, row = reader.after(0, 100)
    redact(path, row.row, b"[]", row.delivery.items, row.delivery.request)
    assert books.wrong() == []
    (proof,) = prove(books.settings.journal_dir, [(1, receipt(row.delivery))])
    assert (proof.verdict, proof.ok) == ("redacted", True)
    segment(f"update deliveries set body = x'5b' where row = {row.row}")(books)
    (proof,) = prove(books.settings.journal_dir, [(1, receipt(row.delivery))])
    assert (proof.verdict, proof.ok) == ("damaged body", False)


def whichad(books: Books, *arguments: str) -> subprocess.CompletedProcess[str]:
    config = books.settings.data_dir.parent / "whichad.toml"
    config.write_text('data_dir = "data"\n', encoding="utf-8")
    return warm.run(["whichad", *arguments, "--config", str(config)], ROOT, environment())


def test_the_command_prints_the_sheet_and_keeps_its_result(books: Books):
    done = whichad(books, "verify", "--format", "json")
    assert done.returncode == Exit.OK and "Everything adds up." in done.stderr
    assert {Line(**line).ok for line in json.loads(done.stdout)} == {True}
    assert json.loads((books.settings.data_dir / "verify.json").read_text())["ok"] is True
    record("update loads set duplicates = duplicates + 1")(books)
    done = whichad(books, "verify")
    assert done.returncode == Exit.FAILED and "do not balance" in done.stderr
    assert json.loads((books.settings.data_dir / "verify.json").read_text())["wrong"]


def test_a_sender_s_log_of_receipts_is_held_against_the_journal(books: Books, tmp_path: Path):
    with sqlite3.connect(next(books.settings.journal_dir.glob("*.sqlite"))) as connection:
        kept = [
            f"{name}.{digest.hex()}"
            for name, digest in connection.execute("select delivery_id, body_hash from deliveries")
        ]
        connection.execute("update deliveries set body = null where row = 1")
    log = tmp_path / "receipts.log"
    log.write_text("\n".join([*kept[:2], "", json.dumps({"receipt": kept[2]})]), encoding="utf-8")
    done = whichad(books, "verify", "--receipts", str(log))
    assert (done.returncode, "3 of 3 receipts" in done.stderr) == (Exit.OK, True)
    strange = [kept[0][:-1] + ("0" if kept[0][-1] != "0" else "1"), "d" + "0" * 25 + "." + "0" * 64, "hello"]
    log.write_text("\n".join([*kept, *strange]), encoding="utf-8")
    done = whichad(books, "verify", "--receipts", str(log), "--format", "csv")
    assert done.returncode == Exit.FAILED and f"{len(kept)} of {len(kept) + 3} receipts" in done.stderr
    assert [line.rsplit(",", 1)[1] for line in done.stdout.splitlines()[1:]] == ["other body", "lost", "no receipt"]


def kept(data_dir: Path) -> list[tuple[str, bool]]:
    return [(line.what, line.ok) for line in checking.lines(data_dir)]


def test_what_the_dashboard_keeps_is_looked_at_where_it_is(tmp_path: Path):
    assert kept(tmp_path) == []
    people_audit.record(tmp_path, 1_800_000_000, "anna", "merge", "a → b")
    assert [ok for _, ok in kept(tmp_path)] == [True, True, True]
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("insert into sessions values ('t', 99, 0, 0)")
    assert (f"{NAME}: rows that name what is not there", False) in kept(tmp_path)
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("delete from sessions")
        connection.execute(f"pragma user_version = {len(MIGRATIONS) + 1}")
    assert kept(tmp_path)[-1] == (f"{NAME}: schema", False)


def test_damage_in_what_the_dashboard_keeps_is_found(tmp_path: Path):
    for number in range(200):
        people_audit.record(tmp_path, number, "anna", "merge", f"{number} " + "x" * 200)
    with sqlite3.connect(tmp_path / NAME) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole[: len(whole) // 2] + b"\xff" * 4096 + whole[len(whole) // 2 + 4096 :])
    assert any(not ok for _, ok in kept(tmp_path))
    (tmp_path / NAME).write_bytes(b"no database" * 1000)
    assert kept(tmp_path) == [(f"{NAME} can be read", False)]


def test_the_command_has_the_lines_of_the_dashboard(books: Books):
    people_audit.record(books.settings.data_dir, 1, "anna", "merge", "a → b")
    done = whichad(books, "verify", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [line["what"] for line in json.loads(done.stdout) if line["part"] == "dashboard"] == [
        f"{NAME} is whole", f"{NAME}: rows that name what is not there", f"{NAME}: schema",
    ]  # fmt: skip
