"""This module owns the promises about a delivery that is damaged: it is said, quarantined, and stops nothing."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from journaling import Desk, click

from ingest import decisions
from ingest.config import IngestSettings, Sender
from ingest.journal import segments
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.rejection import REASONS
from ingest.segments.segment import SegmentReader

LOADS = "select sum(accepted)::int, sum(new_versions)::int, sum(duplicates)::int, sum(quarantined)::int from loads"
ROW = {"index": 0, "key_hash": 1, "content_hash": 2, "type": "click", "id": "9", "occurred_at": "2026-11-23T08:00:00",
       "stated_at": "2026-11-23T08:00:00", "currency": "USD", "traffic": "human", "count": 1}  # fmt: skip
UNREADABLE = {
    "no JSON": "{not json",
    "cut short": json.dumps({"interactions": [ROW]})[:-9],
    "nothing": "",
    "not an object": "[1]",
    "a list that is none": json.dumps({"interactions": {"0": ROW}}),
    "a list that is null": json.dumps({"interactions": None}),
    "one list and one that is none": json.dumps({"interactions": [ROW], "reports": {"0": ROW}}),
    "a judgement that is none, beside a list": json.dumps({"interactions": [ROW], "decisions": {}}),
    "a list of a name nobody knows": json.dumps({"interactionz": [ROW]}),
    "a row that is none": json.dumps({"interactions": [None]}),
    "a row without its key": json.dumps({"interactions": [{k: v for k, v in ROW.items() if k != "key_hash"}]}),
    "a key that is no number": json.dumps({"interactions": [ROW | {"content_hash": "x"}]}),
    "a number over 64 bits": json.dumps({"interactions": [ROW | {"key_hash": 1 << 64}]}),
    "a time that is none": json.dumps({"interactions": [ROW | {"occurred_at": "2026-11-99T08:00:00"}]}),
    "no index": json.dumps({"ignored": [{}]}),
    "no code": json.dumps({"quarantine": [{"index": 0, "field": "id", "detail": "", "item": ""}]}),
    "a decision without a reason": json.dumps({"decisions": [{"decision_id": "x", "kind": "merge", "subject": "a"}]}),
}


def test_deliveries_whose_items_cannot_be_read_are_quarantined_and_the_rest_of_the_batch_is_loaded(desk: Desk):
    first = desk.post(click("1")).delivery
    for name, items in UNREADABLE.items():
        disposition = "decision" if "decision" in name else "accepted"
        desk.journal.append(replace(first, delivery_id=name, disposition=disposition, items=items))
    desk.journal.append(replace(first, delivery_id="all there", items=json.dumps({"interactions": [ROW]})))
    desk.post(click("2"))
    assert desk.load().deliveries == len(UNREADABLE) + 3
    assert desk.query("select id from interactions order by id") == [("1",), ("2",), ("9",)]
    found = desk.query("select delivery_id, code, detail, item_index from quarantine order by 1")
    assert found == [(name, "damaged", REASONS["damaged"], None) for name in sorted(UNREADABLE)]
    assert desk.query(LOADS) == [(3, 0, 0, len(UNREADABLE))]
    assert desk.query("select count(*) from decisions") == [(0,)]


@pytest.mark.parametrize(
    "name", ["no JSON", "not an object", "a list that is none", "a list that is null", "a row that is none"]
)
def test_a_batch_of_nothing_else_than_what_cannot_be_read_is_quarantined(desk: Desk, name: str):
    first = desk.post(click("1")).delivery
    desk.load()
    desk.journal.append(replace(first, delivery_id=name, items=UNREADABLE[name]))
    assert desk.load().deliveries == 1
    assert desk.query("select delivery_id, code from quarantine") == [(name, "damaged")]
    assert desk.query("select id from interactions") == [("1",)]
    assert desk.query(LOADS) == [(1, 0, 0, 1)]


def test_a_list_whose_name_is_written_with_escapes_is_read_and_a_delivery_of_nothing_is_no_damage(desk: Desk):
    first = desk.post(click("1")).delivery
    escaped = json.dumps({"interactions": [ROW]}).replace("interactions", "inter\\u0061ctions")
    assert json.loads(escaped) == {"interactions": [ROW]} and "interactions" not in escaped
    desk.journal.append(replace(first, delivery_id="escaped", items=escaped))
    desk.journal.append(replace(first, delivery_id="nothing", items="{}"))
    desk.load()
    assert desk.query("select id from interactions order by id") == [("1",), ("9",)]
    assert desk.query("select count(*) from quarantine") == [(0,)]


def flip(path: Path, column: str, row: int, to: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"update deliveries set {column} = {to} where row = ?", (row,))
    connection.close()


@pytest.mark.parametrize(
    ("column", "to"),
    [
        ("items", "replace(items, '0.42', '0.43')"),
        ("items", "replace(items, 'revenue', 'rewenue')"),
        ("items", "cast(x'7b22ff227d' as text)"),  # half a character
        ("items", "12"),
        ("sender", "'shoq'"),
        ("disposition", "'aczepted'"),
        ("message_id", "x'00'"),
        ("content_type", "'text/plain'"),
        ("request", "'{'"),
        ("request", '\'{"replays":{"x":1}}\''),
        ("redacted_at", "1"),
        ("row_hash", "zeroblob(32)"),
    ],
)
def test_a_flipped_byte_in_a_row_is_said_and_what_the_row_held_is_quarantined(desk: Desk, capsys, column: str, to: str):
    for number in range(3):
        desk.post(click(str(number), revenue="0.42"))
    desk.seal()
    (path,) = segments(desk.journal_dir)
    flip(path, column, 2, to)
    with SegmentReader(path) as reader:
        assert [row.whole for row in reader.after(0, 9)] == [True, False, True]
    desk.load()
    assert desk.query("select id, revenue::varchar from interactions order by id") == [
        ("0", "0.420000"), ("2", "0.420000"),
    ]  # fmt: skip
    assert desk.query("select code, detail from quarantine") == [("damaged", REASONS["damaged"])]
    assert desk.query(LOADS) == [(2, 0, 0, 1)]


def test_a_delivery_whose_items_are_damaged_is_mended_from_its_body(desk: Desk):
    desk.post(click("1"))
    desk.post(click("2"))
    desk.seal()
    flip(segments(desk.journal_dir)[0], "items", 1, "'{'")
    desk.load()
    assert desk.query("select id from interactions") == [("2",)]
    config = IngestSettings(data_dir=desk.data_dir, senders={"shop": Sender(secrets=("long-enough-for-a-secret",))})
    done = replay(config, chosen(desk.journal_dir, Wanted(sender="shop")), False, lambda _n: None)
    assert (done.deliveries, done.accepted, done.skipped) == (2, 2, [])
    desk.load()
    assert desk.query("select id from interactions order by id") == [("1",), ("2",)]
    assert desk.query("select count(*) from quarantine") == [(0,)]
    assert desk.query(LOADS) == [(2, 0, 0, 0)]


def test_a_decision_that_is_damaged_is_not_applied_and_not_lost(desk: Desk):
    decisions.append(desk.journal_dir, "merge", "c1_a", "c1_b", "test", "because")
    (path,) = segments(desk.journal_dir)
    flip(path, "items", 1, "replace(items, 'c1_a', 'c1_c')")
    desk.load()
    assert desk.query("select count(*) from decisions") == [(0,)]
    assert desk.query("select code, disposition from quarantine") == [("damaged", "damaged")]
