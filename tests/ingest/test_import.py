"""This module owns what an import promises: each format becomes the same rows, and nothing of a file counts twice."""

import gzip
import io
import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from importing import Office
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.importing.errors import ImportRefusedError
from ingest.quarantine.replay import Wanted, chosen, deliveries, replay
from ingest.relaying.kept import is_relayed

ROWS: list[dict[str, Any]] = [
    {"day": "2025-11-20", "network": "facebook", "ad_id": "1202", "cost": "12.34", "impressions": 5400, "clicks": 61},
    {"day": "2025-11-21", "network": "fb", "ad_id": "9007199254740993", "cost": "0.1", "impressions": 7, "clicks": 0},
]
CSV = (
    "day,network,ad_id,cost,impressions,clicks\n"
    "2025-11-20,facebook,1202,12.34,5400,61\n"
    "2025-11-21,fb,9007199254740993,0.1,7,0\n"
)
WANTED = [
    (date(2025, 11, 20), "ad", "facebook", None, None, None, "1202", None, 5400, 61, Decimal("12.34"), None, None,
     "USD"),
    (date(2025, 11, 21), "ad", "facebook", None, None, None, "9007199254740993", None, 7, 0, Decimal("0.1"), None, None,
     "USD"),
]  # fmt: skip


def parquet(rows: list[dict[str, Any]]) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), made)
    return made.getvalue()


TYPED = [row | {"cost": float(row["cost"]), "day": date.fromisoformat(row["day"])} for row in ROWS]
FILES: dict[str, tuple[str, bytes]] = {
    "csv": ("a.csv", CSV.encode()),
    "csv with a mark, CRLF and quotes": (
        "a.csv", b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").replace("12.34", '"12.34"').encode()
    ),
    "csv without an end": ("a.csv", CSV.rstrip("\n").encode()),
    "semicolons": ("a.csv", CSV.replace(",", ";").encode()),
    "tabs in UTF-16, as Excel writes them": ("a.csv", CSV.replace(",", "\t").encode("utf-16")),
    "tsv": ("a.tsv", CSV.replace(",", "\t").encode()),
    "gzip": ("a.csv.gz", gzip.compress(CSV.encode())),
    "lines before the headings, blank ones between": (
        "a.csv",
        b"Spend report\nNovember 1 - November 30\n\n" + CSV.replace("\n2025-11-21", "\n\n2025-11-21").encode()
    ),
    "other headings": (
        "a.csv", CSV.replace("day,network,ad_id,cost", "Date,Traffic source,AD ID,Amount spent (USD)").encode()
    ),
    "a total, thousands, columns nobody knows": (
        "a.csv",
        CSV.replace("5400", '"5,400"').replace("clicks\n", "clicks,CTR\n").encode() + b"Total,,,12.44,5407,61,\n"
    ),
    "ndjson": ("a.ndjson", "".join(json.dumps(row) + "\n" for row in ROWS).encode()),
    "ndjson with a blank line, gzipped": ("a.jsonl.gz", gzip.compress("\n\n".join(map(json.dumps, ROWS)).encode())),
    "an array": ("a.json", json.dumps(ROWS).encode()),
    "parquet": ("a.parquet", parquet(ROWS)),
    "parquet with types": ("a.parquet", parquet(TYPED)),
}  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One with a sender for spend, and one of our own payload."""
    return Office(tmp_path, spend={"profile": "spend_csv"}, own={"secrets": ["whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMy"]})


@pytest.mark.parametrize("case", FILES)
def test_a_file_of_any_shape_becomes_the_same_reports(case: str, office: Office):
    name, content = FILES[case]
    done = office.take(name, content, "spend")
    assert (done.checked.accepted, done.checked.quarantined, done.deliveries) == (2, {}, 1)
    assert office.reports() == WANTED


def test_german_amounts_are_refused_unless_it_is_said_that_they_are(office: Office):
    text = CSV.replace(",", ";").replace("12.34", "1.012,34").replace(";0.1;", ";0,1;").replace("5400", "5.400")
    with pytest.raises(ImportRefusedError, match=r"line 2: '1\.012,34' is written with a decimal comma\. Add"):
        office.take("a.csv", text, "spend")
    with pytest.raises(ImportRefusedError, match=r"line 3: '0\.1' is written with a decimal point"):
        office.take("a.csv", text.replace("0,1", "0.1"), "spend", decimal_comma=True)
    office.take("a.csv", text, "spend", decimal_comma=True)
    assert [(row[10], row[8]) for row in office.reports()] == [(Decimal("1012.34"), 5400), (Decimal("0.1"), 7)]


def test_a_text_with_commas_and_newlines_stays_as_it_is(office: Office):
    text = 'day,network,ad_id,cost,headline\n2025-11-20,facebook,1202,1,"1,000 SUVs\nof 2026, quiet"\n'
    office.take("a.csv", text, "spend")
    assert office.rows("select creative_raw from creative_variants") == [("1,000 SUVs\nof 2026, quiet",)]


def test_the_same_file_again_writes_nothing_and_a_copy_of_it_counts_nothing(office: Office):
    office.take("a.csv", CSV, "spend")
    again = office.take("a.csv", CSV, "spend")
    copy = office.take("copy of a.csv", CSV, "spend")
    assert [(done.deliveries, done.already) for done in (again, copy)] == [(0, 1), (0, 1)]
    assert office.rows("select count(*) from reports") == [(2,)]
    assert office.rows("select sum(deliveries), sum(duplicates) from loads") == [(1, 0)]


def test_the_same_rows_without_the_journal_s_memory_are_duplicates(office: Office):
    office.take("a.csv", CSV, "spend")
    for path in office.settings.journal_dir.glob("*-import-*"):
        path.rename(path.with_name(path.name.replace("-import-", "-w1-")))  # as if another worker had taken it
    assert office.take("a.csv", CSV, "spend").deliveries == 1
    assert office.rows("select sum(items), sum(duplicates) from loads where items > 0") == [(4, 2)]
    assert office.reports() == WANTED


def test_a_corrected_export_replaces_the_figures_and_the_first_one_again_does_not(office: Office):
    office.take("a.csv", CSV, "spend")
    office.take("b.csv", CSV.replace("12.34", "12.99"), "spend")
    assert [row[10] for row in office.reports()] == [Decimal("12.99"), Decimal("0.1")]
    office.take("a.csv", CSV, "spend")
    assert [row[10] for row in office.reports()] == [Decimal("12.99"), Decimal("0.1")]


def test_an_older_export_that_comes_later_says_when_it_was_stated(office: Office):
    office.take("new.csv", CSV, "spend")
    office.take("old.csv", CSV.replace("12.34", "11.11"), "spend", stated_at="2025-11-21T06:00:00Z")
    assert office.reports() == WANTED
    assert office.rows("select min(stated_at) from reports") == [(datetime(2025, 11, 21, 6),)]  # noqa: DTZ001


def test_a_day_that_is_named_is_that_of_rows_that_say_none(office: Office):
    text = "Date,network,ad_id,cost\n2025-11-20,facebook,1202,1\n,facebook,1203,2\n"
    office.take("a.csv", text, "spend", day="2025-11-25")
    assert [(row[0], row[6]) for row in office.reports()] == [
        (date(2025, 11, 20), "1202"),
        (date(2025, 11, 25), "1203"),
    ]


def test_months_of_interactions_keep_their_own_times(office: Office):
    items = [{"id": f"c{n}", "type": "click", "occurred_at": f"2024-0{n}-01T08:00:00Z", "click_id": f"k{n}",
              "referrerAdCreative": "Quiet SUVs"} for n in range(1, 9)]  # fmt: skip
    text = "".join(json.dumps(item) + "\n" for item in items)
    assert office.take("history.ndjson", text, "own").checked.accepted == 8
    assert office.rows("select min(occurred_at), max(occurred_at), count(*) from interactions") == [
        (datetime(2024, 1, 1, 8), datetime(2024, 8, 1, 8), 8)  # noqa: DTZ001
    ]
    assert office.take("again.csv", "id,type,occurred_at,click_id,referrerAdCreative\nc1,click,2024-01-01T08:00:00Z,k1,"
                       "Quiet SUVs\n", "own").deliveries == 1  # fmt: skip
    assert office.rows("select count(*) from interactions") == [(8,)]


def test_times_and_lists_of_parquet_stay_exact(office: Office):
    at = datetime(2025, 11, 20, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    row = {
        "id": "c1",
        "type": "click",
        "occurred_at": at,
        "click_id": "k",
        "cost": Decimal("0.123456"),
        "tags": ["a", "b"],
    }
    office.take("a.parquet", parquet([row]), "own")
    assert office.rows("select occurred_at, cost, properties from interactions") == [
        (datetime(2025, 11, 20, 8, 30, 0, 123456), Decimal("0.123456"), '{"tags":["a","b"]}')  # noqa: DTZ001
    ]


def test_a_moment_of_statement_is_no_moment_of_a_click(office: Office):
    text = '{"id": "c1", "type": "click"}\n{"type": "report", "day": "2025-11-20", "level": "ad", "ad_id": "1"}\n'
    done = office.take("a.ndjson", text, "own", stated_at="2025-11-21T06:00:00Z")
    assert (done.checked.accepted, dict(done.checked.quarantined)) == (1, {"missing_field": 1})


def test_bad_rows_are_kept_in_the_quarantine_and_told_with_their_lines(office: Office):
    done = office.take("a.csv", CSV + "2025-11-22,facebook,1203,twelve,1,1\n", "spend")
    assert (done.checked.accepted, dict(done.checked.quarantined)) == (2, {"bad_value": 1})
    assert done.checked.examples[0].startswith("row 4: bad_value (cost)")
    assert office.rows("select sender, code, field from quarantine") == [("spend", "bad_value", "cost")]


def test_deliveries_are_cut_to_the_door_s_limits_and_each_has_a_receipt(tmp_path: Path):
    office = Office(tmp_path, {"items_max": 10, "body_bytes_max": 1024}, spend={"profile": "spend_csv"})
    lines = "".join(f"2025-11-20,facebook,{n},1.50,10,1,Text {n}\n" for n in range(25))
    done = office.take("a.csv", "day,network,ad_id,cost,impressions,clicks,headline\n" + lines, "spend")
    assert (done.checked.rows, done.checked.accepted) == (25, 50)
    assert done.deliveries == len(set(done.receipts)) == len(done.checked.chunks) >= 5
    assert max(done.checked.chunks) <= 5 and sum(done.checked.chunks) == 25
    assert office.rows("select count(*), sum(cost) from reports") == [(25, Decimal("37.5"))]


def test_a_dry_run_says_the_same_and_stores_nothing(office: Office):
    path = office.file("a.csv", CSV)
    told = office.run(str(path), "--sender", "spend", "--dry-run", "--format", "json")
    [row] = json.loads(told.stdout)
    assert (row["result"], row["accepted"], row["deliveries"]) == ("would be imported", 2, 0)
    assert not office.settings.journal_dir.exists()


def test_an_imported_body_can_be_read_again_by_a_profile_that_was_mended(office: Office):
    office.take("a.csv", CSV, "spend")
    office.load()
    ids = chosen(office.settings.journal_dir, Wanted(sender="spend"))
    done = replay(office.settings, ids, False, lambda _: None)
    assert (done.deliveries, done.accepted, done.quarantined) == (1, 2, {})
    assert office.reports() == WANTED and office.rows("select count(*) from reports") == [(2,)]


def test_what_was_imported_is_not_sent_on_to_where_its_sender_s_webhooks_go(office: Office):
    office.take("a.csv", CSV, "spend")
    found = [row.delivery for _, row in deliveries(office.settings.journal_dir)]
    assert [is_relayed(each) for each in found] == [False] and found[0].message_id.startswith("import-")


def test_a_person_who_came_with_an_import_can_be_forgotten(office: Office):
    item = {"id": "c1", "type": "click", "occurred_at": "2025-11-20T08:00:00Z", "click_id": "k-9"}
    item["visitor_id"] = "v-secret"
    other = item | {"id": "c2", "click_id": "k-10", "visitor_id": "v-other"}
    office.take("a.ndjson", json.dumps(item) + "\n" + json.dumps(other) + "\n", "own")
    office.load()
    told = CliRunner().invoke(app, ["forget", "v-secret", "--yes", "--config", str(office.config)])
    assert told.exit_code == 0, told.output
    kept = [row.delivery.body or b"" for _, row in deliveries(office.settings.journal_dir)]
    assert not any(b"v-secret" in body for body in kept)
    assert office.rows("select count(*) from interactions") == [(2,)]
    assert office.take("a.ndjson", (office.folder / "a.ndjson").read_bytes(), "own").already == 1  # nor comes back so


def test_the_history_of_a_tracker_s_postbacks_keeps_its_times(tmp_path: Path):
    office = Office(tmp_path, feed={"profile": "tonic"})
    text = "type,event_id,ts,campaign_id,click_id\nredirect,e1,1736412345,140,c1\nviewrt,e2,1736412399,140,c1\n"
    assert office.take("a.csv", text, "feed").checked.accepted == 2
    assert office.rows("select type, occurred_at, offer_id from interactions order by id") == [
        ("click", datetime(2025, 1, 9, 8, 45, 45), "140"), ("search_click", datetime(2025, 1, 9, 8, 46, 39), "140"),  # noqa: DTZ001
    ]  # fmt: skip
