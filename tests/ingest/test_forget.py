"""This module owns what forgetting promises: nothing leads to the person any more, and everything still adds up."""

import gzip
import json

import pytest
from forgetting import CLICK, IDS, KEY, ORDER, OTHER, WHO, House, holding, others, theirs
from journaling import click
from payloads import item

from ingest.audit import sound
from ingest.audit.balance import balance
from ingest.audit.receipts import prove, receipts
from ingest.door.keeping import receipt as receipt_of
from ingest.door.request import Request
from ingest.forgetting.errors import ForgetError
from ingest.journal import segments
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.segments.segment import SegmentReader
from ingest.visitors.key import visitor_hash


def test_nothing_under_the_data_folder_leads_to_a_forgotten_person(house: House):
    assert len({each.split(":")[0] for each in holding(house.data_dir, IDS)}) > 4
    house.forget()
    assert holding(house.data_dir, (*IDS, "one@person.example")) == []
    assert holding(house.data_dir, (f"{OTHER}-1",))  # whom nobody asked about


def test_counts_money_and_journeys_stay_as_they_were(house: House):
    journeys = (
        "select type, occurred_at, revenue, count(*) over (partition by visitor),"
        " count(*) over (partition by click_id),"
        " count(*) over (partition by transaction_id) from interactions order by all"
    )
    before, rows = house.desk.query(journeys), house.desk.query("select count(*), sum(revenue) from interactions")
    house.forget()
    assert house.desk.query(journeys) == before
    assert house.desk.query("select count(*), sum(revenue) from interactions") == rows
    (visitor,) = house.desk.query("select distinct visitor from interactions where id = 'e1'")[0]
    assert len(visitor) == 32 and int(visitor, 16) >= 0


def test_the_ledger_balances_and_receipts_say_redacted_not_lost(house: House):
    passage = house.desk.post(*theirs(), message_id="msg_theirs")
    kept = house.desk.post(*others(3))
    house.desk.load()
    house.forget()
    house.desk.load()
    lines = list(balance(house.settings))
    assert sound(lines), [line for line in lines if not line.ok]
    log = [receipt_of(each.delivery) for each in (passage, kept) if each.delivery]
    assert [proof.verdict for proof in prove(house.settings.journal_dir, receipts(log))] == ["redacted", "kept"]


def test_a_repeat_of_a_forgotten_delivery_is_still_a_duplicate(house: House):
    house.forget()
    before = house.desk.query("select count(*) from interactions")
    house.desk.post(*theirs())
    house.desk.load()
    assert house.desk.query("select count(*) from interactions") == before


def test_rebuilt_is_live_after_a_forgetting(house: House):
    house.desk.post(click("bad", type="nonsense", visitor_id=WHO), *others(4))
    house.desk.load()
    house.forget()
    house.desk.load()
    live = house.content()
    house.rebuild()
    assert house.content() == live
    assert holding(house.data_dir, IDS) == []


def test_what_only_a_body_says_is_found_and_its_quarantined_item_blanked(house: House):
    for body in (
        b'{"id": "q1", "type": "nonsense", "customer": {"ref": "' + WHO.encode() + b'"}}',
        b"{not json, but it says " + WHO.encode(),
        json.dumps([{"id": "q2", "type": "nonsense", "x": WHO.replace("-", "\\u002d")}]).replace("\\\\", "\\").encode(),
    ):
        house.desk.post(body=body)
    headers = {"content-type": "application/json", "content-encoding": "gzip", "webhook-id": "msg_gzip"}
    packed = gzip.compress(json.dumps({"id": "q3", "type": "nonsense", "who": WHO}).encode())
    house.desk.put(Request("POST", packed, headers))
    house.desk.load()
    house.archive(2)
    house.forget()
    assert holding(house.data_dir, (WHO,)) == []
    assert house.desk.query("select count(*) from quarantine where item = '\"(forgotten)\"'")[0][0] >= 3
    with_body = [
        row.delivery.message_id
        for path in segments(house.settings.journal_dir)
        for row in SegmentReader(path).after(0, 100)
        if row.delivery.body is not None and WHO.encode() in row.delivery.body
    ]
    assert with_body == []


def test_a_redacted_delivery_is_not_replayed_and_says_why(house: House):
    house.forget()
    ids = chosen(house.settings.journal_dir, Wanted(sender="shop"))
    done = replay(house.settings, ids, True, lambda _: None)
    assert any("its body was removed" in line for line in done.skipped)


def test_the_decision_says_who_why_and_how_much_and_not_of_whom(house: House):
    receipt = house.forget()
    house.desk.load()
    ((kind, subject, counts, reason),) = house.desk.query("select kind, subject, object, reason from decisions")
    assert (kind, subject, reason) == ("forget", receipt.receipt, "asked")
    assert json.loads(counts) == receipt.erased
    assert receipt.erased["record.interactions"] == 4 and receipt.erased["journal.deliveries"] == 2
    assert receipt.erased["archive.deliveries"] == 2
    assert not any(each in json.dumps(receipt.plain()) for each in IDS)


def test_order_numbers_stay_where_that_is_asked_for(house: House):
    receipt = house.forget(orders=False)
    assert house.desk.query("select count(*) from interactions where transaction_id = ?", ORDER) == [(2,)]
    assert holding(house.data_dir, tuple(each for each in IDS if each != ORDER)) == []
    assert any("Order numbers stay" in each for each in receipt.stays)


def test_a_click_leads_to_its_visitor(house: House):
    house.forget(visitor=None, click_id=CLICK)
    assert holding(house.data_dir, IDS[1:]) == []


def test_a_click_of_several_visitors_says_of_nobody(house: House):
    house.desk.post(
        click("x1", visitor_id="one-of-two", click_id="twice"), click("x2", visitor_id="two", click_id="twice")
    )
    house.desk.load()
    with pytest.raises(ForgetError, match="Name the visitor instead"):
        house.forget(visitor=None, click_id="twice")


def test_an_id_that_others_share_stays_and_is_told(house: House):
    house.desk.post(
        click("s1", visitor_id=WHO, click_id="shared-click"), click("s2", visitor_id=OTHER, click_id="shared-click")
    )
    house.desk.load()
    receipt = house.forget()
    assert house.desk.query("select count(*) from interactions where click_id = 'shared-click'") == [(2,)]
    assert any("1 ids stand in rows of other visitors" in each for each in receipt.stays)
    assert house.desk.query("select properties from interactions where id = 'p1'") == [('{"size":"M"}',)]


def test_the_hash_of_a_visitor_is_the_one_that_the_door_stores():
    assert item(click("c1", visitor_id=WHO), visitor_key=KEY).visitor == visitor_hash(KEY, WHO)
