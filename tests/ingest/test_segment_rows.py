"""This module owns the promises of a segment's rows: a flipped byte is seen, and a redaction is told from damage."""

import dataclasses
import hashlib
import sqlite3
from pathlib import Path

import pytest

from ingest.segments.row import row_hash
from ingest.segments.segment import GENESIS, Delivery, Row, SegmentReader, SegmentWriter, link, redact

BODY = b'[{"visitor_id":"jane@example.com"}]'


def delivery(number: int, body: bytes | None = BODY, redacted_at: int | None = None) -> Delivery:
    """A delivery of BODY, which may be kept in another form."""
    return Delivery(
        f"d{number}", 1000 + number, "shop", "accepted", "msg", "application/json", hashlib.sha256(BODY).digest(),
        body, '{"interactions":[]}', '{"query":"a=b"}', redacted_at,
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sealed segment of three rows."""
    writer = SegmentWriter(tmp_path / "one.sqlite")
    writer.append([delivery(n) for n in range(1, 4)])
    writer.seal(0)
    return writer.path


def rows(path: Path) -> list[Row]:
    with SegmentReader(path) as reader:
        return list(reader.after(0, 9))


def change(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()


def test_what_was_written_is_whole_and_its_bodies_are_kept(path: Path):
    assert [(row.whole, row.body_state(), row.delivery) for row in rows(path)] == [
        (True, "kept", delivery(n)) for n in range(1, 4)
    ]


@pytest.mark.parametrize("name", ["sender", "disposition", "message_id", "content_type", "items", "request"])
def test_the_checksum_covers_what_the_chain_leaves_out(name: str):
    changed = dataclasses.replace(delivery(1), **{name: getattr(delivery(1), name) + "x"})
    assert row_hash(changed) != row_hash(delivery(1)) and link(GENESIS, changed) == link(GENESIS, delivery(1))
    swapped = dataclasses.replace(delivery(1), sender="shopaccepted", disposition="")
    assert row_hash(swapped) != row_hash(delivery(1))


def test_a_flipped_byte_in_a_body_is_damage_and_a_body_that_is_gone_is_redacted(path: Path):
    change(path, "update deliveries set body = replace(cast(body as text), 'jane', 'janf') where row = 1")
    change(path, "update deliveries set body = null where row = 2")
    states = [row.body_state() for row in rows(path)]
    assert states[1:] == ["redacted", "kept"]
    change(path, "update deliveries set body = x'00' where row = 1")
    assert rows(path)[0].body_state() == "damaged"


def test_a_redaction_keeps_the_hash_and_the_chain_and_leaves_nothing_of_what_stood_there(path: Path):
    before = rows(path)
    redact(path, 2, b'[{"visitor_id":"****"}]', '{"interactions":[1]}', "")
    found = rows(path)
    assert [row.chain for row in found] == [row.chain for row in before]
    chain = GENESIS
    for row in found:
        chain = link(chain, row.delivery)
        assert (row.whole, row.chain) == (True, chain)
    assert [row.body_state() for row in found] == ["kept", "redacted", "kept"]
    assert (found[1].delivery.items, found[1].delivery.request) == ('{"interactions":[1]}', "")
    assert found[1].delivery.body_hash == hashlib.sha256(BODY).digest() and found[1].delivery.redacted_at > 1e15
    redact(path, 1, None, "{}", "")
    redact(path, 3, None, "{}", "")
    assert not [each for each in path.parent.iterdir() if b"jane" in each.read_bytes()]


def test_a_flipped_byte_in_a_redacted_body_is_damage_too(path: Path):
    redact(path, 1, b"[]", "{}", "")
    change(path, "update deliveries set body = x'5b5c' where row = 1")
    assert rows(path)[0].body_state() == "damaged"
    change(path, "update deliveries set body = null where row = 1")  # the retention took it
    assert (rows(path)[0].body_state(), rows(path)[0].whole) == ("redacted", True)


def test_a_redaction_of_a_damaged_row_does_not_make_it_whole(path: Path):
    change(path, "update deliveries set sender = 'other' where row = 1")
    redact(path, 1, None, "{}", "")
    assert [row.whole for row in rows(path)] == [False, True, True]
    with pytest.raises(LookupError, match=r"one.sqlite has no row 4\."):
        redact(path, 4, None, "{}", "")


def test_a_body_that_was_kept_without_its_token_says_so(tmp_path: Path):
    writer = SegmentWriter(tmp_path / "two.sqlite")
    writer.append([delivery(1, b"[]", 5)])
    writer.seal(0)
    (row,) = rows(writer.path)
    assert (row.whole, row.body_state(), row.delivery.redacted_at) == (True, "redacted", 5)


@pytest.mark.parametrize("left", [["row_hash", "redacted_at"], ["row_hash", "redacted_at", "request"]])
def test_segments_of_earlier_versions_can_be_read_and_redacted(path: Path, left: list[str]):
    for name in left:
        change(path, f"alter table deliveries drop column {name}")
    found = rows(path)
    assert [(row.whole, row.row_hash, row.body_state()) for row in found] == [(True, None, "kept")] * 3
    change(path, "update deliveries set body = x'00' where row = 1")
    assert rows(path)[0].body_state() == "redacted"  # a version that took tokens out of bodies did not say so
    redact(path, 2, b"[]", "{}", "")
    assert [(row.whole, row.row_hash is None) for row in rows(path)] == [(True, True), (True, False), (True, True)]
    assert rows(path)[1].body_state() == "redacted"
