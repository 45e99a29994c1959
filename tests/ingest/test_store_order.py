"""This module owns the promise that arrival decides nothing: any order, any batches, any doubling, the same record."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.audit.balance import balance
from ingest.config import IngestSettings
from ingest.door.keeping import pack
from ingest.items.context import Context
from ingest.items.item import Item, Quarantined
from ingest.payload import parse_item
from ingest.rejection import ItemRefusedError
from ingest.segments.segment import Delivery, SegmentWriter
from ingest.store import Record, drain, read_record

Rows = list[tuple[Any, ...]]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CONTENT = ("interactions", "reports", "settlements", "ads", "creative_variants", "creatives", "creative_aliases",
           "texts_seen")  # fmt: skip
WHICH_DELIVERY = ("delivery_id", "item_index", "received_at")
TEXTS = ("Quiet SUVs of 2026", "Loud SUVs of 2026", "Quiet SUVs of")


def _click(identity: int, hour: int, text: str | None, country: str) -> dict[str, Any]:
    return {"type": "click", "id": str(identity), "occurred_at": f"2026-11-23T0{hour}:00:00Z", "country": country,
            "referrerAdCreative": text, "network": "fb", "ad_id": "7"}  # fmt: skip


def _report(clicks: int, hour: int) -> dict[str, Any]:
    return {"type": "report", "day": "2026-11-22", "level": "ad", "network": "fb", "ad_id": "7", "clicks": clicks,
            "occurred_at": f"2026-11-23T0{hour}:00:00Z"}  # fmt: skip


def _ad(text: str, hour: int) -> dict[str, Any]:
    return {"type": "ad", "network": "fb", "ad_id": "7", "rac": text, "valid_from": "2026-11-20T00:00:00Z",
            "occurred_at": f"2026-11-23T0{hour}:00:00Z"}  # fmt: skip


few = st.integers(1, 2)
items = st.one_of(
    st.builds(_click, few, few, st.sampled_from([*TEXTS, None]), st.sampled_from(["US", "DE"])),
    st.builds(lambda n, money: {"type": "conversion", "id": f"o{n}", "occurred_at": "2026-11-23T08:00:00Z",
                                "revenue": money}, few, few),
    st.builds(_report, few, few),
    st.builds(lambda money: {"type": "settlement", "day": "2026-11-20", "offer_id": "1", "revenue": money,
                             "occurred_at": "2026-11-23T08:00:00Z"}, few),
    st.builds(_ad, st.sampled_from(TEXTS), few),
    st.builds(lambda n: {"type": "click", "id": str(n), "occurred_at": "soon"}, few),
)  # fmt: skip
kept = st.tuples(st.sampled_from(["shop", "feed"]), st.lists(items, max_size=4), st.integers(0, 2))


def delivery(number: int, spec: tuple[str, list[dict[str, Any]], int]) -> Delivery:
    """A delivery as the door keeps it, received `number` seconds after NOW."""
    sender, values, ignored = spec
    moment = NOW + timedelta(seconds=number)
    context = Context(sender, ZoneInfo("UTC"), "USD", None, moment.replace(tzinfo=None), b"a key", "")
    accepted: list[Item] = []
    refused: list[Quarantined] = []
    for index, value in enumerate(values):
        try:
            accepted.append(parse_item({k: v for k, v in value.items() if v is not None}, index, context).item)
        except ItemRefusedError as error:
            refused.append(Quarantined(index, None, error.code, error.field, error.detail, "{}"))
    if not values and not ignored:
        refused.append(Quarantined(None, None, "bad_json", "body", "", ""))
    body = json.dumps(spec).encode()
    disposition = "diagnosis" if refused and not accepted else "accepted"
    return Delivery(f"d{number:025x}", int(moment.timestamp() * 1_000_000), sender, disposition, "", "application/json",
                    hashlib.sha256(body).digest(), body, pack(accepted, refused, ignored))  # fmt: skip


class Loaded:
    """The record that batches of deliveries make, one segment each, in their order."""

    def __init__(self, batches: Sequence[Sequence[Delivery]]) -> None:
        """Load, look, and balance the books; the files are gone then."""
        with tempfile.TemporaryDirectory() as folder:
            config = IngestSettings(data_dir=Path(folder))
            config.journal_dir.mkdir()
            with Record(config.record_path) as record:
                for number, batch in enumerate(batches):
                    writer = SegmentWriter(config.journal_dir / f"n-{number:03}.sqlite")
                    writer.append(batch)
                    writer.seal(0)
                    assert drain(record, config.journal_dir).damaged == []
            self.wrong = [line for line in balance(config) if not line.ok]
            with read_record(config.record_path) as connection:
                self.content = {name: _rows(connection, name, ()) for name in CONTENT}
                self.said = {name: _rows(connection, name, WHICH_DELIVERY) for name in CONTENT}
                self.refused: Rows = connection.execute(
                    "select sender, code, count(*) from quarantine group by all order by all"
                ).fetchall()
                (self.counts,) = connection.execute(
                    "select sum(accepted)::int, sum(new_versions)::int, sum(quarantined)::int, sum(ignored)::int"
                    " from loads"
                ).fetchall()
                (self.came,) = connection.execute(
                    "select sum(deliveries)::int, sum(items)::int, sum(duplicates)::int from loads"
                ).fetchall()


def _rows(connection: Any, table: str, without: Sequence[str]) -> Rows:
    relation = connection.sql(f"from {table}")
    columns = ", ".join(f'"{name}"' for name in relation.columns if name not in without)
    found: Rows = connection.execute(f"select {columns} from {table} order by all").fetchall()
    return found


def batched(deliveries: Sequence[Delivery], sizes: Sequence[int]) -> list[list[Delivery]]:
    """The deliveries in batches of these sizes; what is left makes the last one."""
    left, found = list(deliveries), []
    for size in sizes:
        found.append(left[:size])
        left = left[size:]
    return [batch for batch in [*found, left] if batch]


def check(specs: list[Any], order: list[Any], sizes: list[int], doubled: list[int]) -> None:
    """The three promises for one set of deliveries; `doubled` are their places in it."""
    came = [delivery(number, spec) for number, spec in enumerate(specs)]
    once = Loaded([came])
    assert once.wrong == []

    shuffled = Loaded(batched([came[n] for n in order], sizes))
    assert shuffled.wrong == []
    assert shuffled.content == once.content  # down to which of two equal deliveries is the one that counts
    assert (shuffled.counts, shuffled.came, shuffled.refused) == (once.counts, once.came, once.refused)

    otherwise = Loaded(batched([delivery(at, specs[n]) for at, n in enumerate(order)], sizes))
    assert otherwise.wrong == []
    assert otherwise.said == once.said  # received in another order
    assert (otherwise.counts, otherwise.came, otherwise.refused) == (once.counts, once.came, once.refused)

    again = [delivery(len(specs) + n, specs[place % len(specs)]) for n, place in enumerate(doubled)]
    doubles = Loaded(batched([*(came[n] for n in order), *again][::-1], sizes))
    count = sum(sum(len(rows) for rows in json.loads(each.items).values()) for each in again)
    assert doubles.wrong == []
    assert (doubles.content, doubles.counts, doubles.refused) == (once.content, once.counts, once.refused)
    deliveries, number, duplicates = once.came
    assert doubles.came == (deliveries + len(again), number + count, duplicates + count)


shapes = {
    "specs": st.shared(st.lists(kept, min_size=1, max_size=7), key="specs"),
    "order": st.shared(st.lists(kept, min_size=1, max_size=7), key="specs").flatmap(
        lambda specs: st.permutations(range(len(specs)))
    ),
    "sizes": st.lists(st.integers(1, 4), max_size=3),
    "doubled": st.lists(st.integers(0, 6), min_size=1, max_size=3),
}
quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=4, deadline=None, suppress_health_check=quiet, derandomize=True)
@given(**shapes)
def test_order_batches_and_doubling_change_nothing_but_the_duplicates(specs, order, sizes, doubled):
    check(specs, order, sizes, doubled)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=300, deadline=None, suppress_health_check=quiet)
@given(**shapes)
def test_order_batches_and_doubling_change_nothing_but_the_duplicates_in_many_cases(specs, order, sizes, doubled):
    check(specs, order, sizes, doubled)


CLICKS = [_click(1, hour, text, "US") for hour, text in ((1, TEXTS[0]), (2, TEXTS[1]), (2, None), (1, TEXTS[2]))]


def test_every_order_of_four_contents_under_one_key_ends_with_the_same_one():
    specs: list[Any] = [("shop", [value], 0) for value in CLICKS] + [("shop", [CLICKS[0]], 0)]
    came = [delivery(number, spec) for number, spec in enumerate(specs)]
    once = Loaded([came])
    assert (once.counts, once.came) == ((1, 0, 3, 0), (5, 5, 1))
    for turn in (2, 4):
        order = [*came[turn:], *came[:turn]]
        found = Loaded([[each] for each in order])
        assert found.wrong == []
        assert (found.content, found.counts, found.came) == (once.content, once.counts, once.came)


def test_of_one_content_in_two_deliveries_the_one_that_was_received_first_counts_whenever_it_is_loaded():
    spec: Any = ("shop", [CLICKS[0], _report(1, 1), _ad(TEXTS[0], 1)], 0)
    first, second = delivery(1, spec), delivery(2, spec)
    found = [Loaded(batches) for batches in ([[first, second]], [[first], [second]], [[second], [first]])]
    assert all(each.content == found[0].content and each.wrong == [] for each in found)
    assert {row[-2] for row in found[2].content["interactions"]} == {first.delivery_id}
    assert [(each.counts, each.came) for each in found] == [((3, 0, 0, 0), (2, 6, 3))] * 3


def test_two_bodies_that_are_damaged_are_not_taken_for_one():
    spec: Any = ("shop", [CLICKS[0]], 0)
    broken = [replace(delivery(n, spec), items='{"interactions":[{"index":0}]}') for n in (1, 2)]
    found = Loaded([broken])
    assert (found.counts, found.refused) == ((0, 0, 2, 0), [("shop", "damaged", 2)])
    assert [line.what for line in found.wrong] == ["segments whole, chains unbroken"]
