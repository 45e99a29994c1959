"""This module owns the promises of one segment: durable rows, a hash chain that can be recomputed, a seal."""

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from ingest.segments.segment import GENESIS, Delivery, Seal, SegmentReader, SegmentWriter, link


def delivery(number: int, body: bytes | None = b"{}") -> Delivery:
    """A delivery that differs from all others by its number."""
    content_hash = hashlib.sha256(f"body {number}".encode()).digest()
    return Delivery(
        f"d{number}", 1000 + number, "shop", "accepted", "msg", "application/json", content_hash, body, "{}"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.sqlite"


def test_rows_are_read_back_by_another_connection_as_they_were_written(path: Path):
    writer = SegmentWriter(path)
    deliveries = [delivery(n) for n in range(5)]
    writer.append(deliveries[:2])
    writer.append([])
    writer.append(deliveries[2:])
    with SegmentReader(path) as reader:
        rows = list(reader.after(0, 100))
        assert [row.delivery for row in rows] == deliveries
        assert [row.row for row in rows] == [1, 2, 3, 4, 5] and reader.last_row() == writer.rows == 5
        assert [row.row for row in reader.after(2, 2)] == [3, 4]
        assert reader.find("d3") == rows[3] and reader.find("d9") is None
        assert reader.seal() is None


def test_the_chain_can_be_recomputed_row_by_row(path: Path):
    writer = SegmentWriter(path)
    writer.append([delivery(n) for n in range(3)])
    writer.append([delivery(3)])
    with SegmentReader(path) as reader:
        chain = GENESIS
        for row in reader.after(0, 100):
            d = row.delivery
            text = f"{d.delivery_id}\0{d.received_at}\0".encode()
            assert row.chain == link(chain, d) == hashlib.sha256(chain + text + d.body_hash).digest()
            chain = row.chain
        assert [reader.chain_at(0), reader.chain_at(4), reader.chain_at(5)] == [GENESIS, chain, None]


@pytest.mark.parametrize("change", [{"delivery_id": "dx"}, {"received_at": 1}, {"body_hash": b"\1" * 32}])
def test_the_chain_depends_on_the_delivery_its_time_and_its_body_s_hash(change: dict):
    values = {name: getattr(delivery(1), name) for name in Delivery.__slots__}
    assert link(GENESIS, Delivery(**(values | change))) != link(GENESIS, delivery(1))
    assert link(b"\1" * 32, delivery(1)) != link(GENESIS, delivery(1))


def test_a_body_can_be_redacted_without_breaking_the_chain():
    assert link(GENESIS, delivery(1, None)) == link(GENESIS, delivery(1))


def test_a_seal_says_how_many_rows_there_are_and_folds_the_wal_into_the_file(path: Path):
    writer = SegmentWriter(path)
    writer.append([delivery(1), delivery(2)])
    assert path.with_name(path.name + "-wal").exists()
    writer.seal(99)
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    with SegmentReader(path) as reader:
        assert reader.seal() == Seal(2, reader.chain_at(2))


def test_an_abandoned_segment_keeps_what_was_acknowledged_and_has_no_seal(path: Path):
    writer = SegmentWriter(path)
    writer.append([delivery(1)])
    writer.abandon()
    with pytest.raises(sqlite3.Error):
        writer.append([delivery(2)])
    with SegmentReader(path) as reader:
        assert (reader.last_row(), reader.seal()) == (1, None)


def test_counted_refusals_stand_beside_the_rows(path: Path):
    writer = SegmentWriter(path)
    writer.append([], [(60, "shop", "signature_wrong", 3, 120)])
    writer.append([delivery(1)], [(120, "", "sender_unknown", 1, 0)])
    with SegmentReader(path) as reader:
        assert reader.refusals_after(0) == [
            (1, 60, "shop", "signature_wrong", 3, 120), (2, 120, "", "sender_unknown", 1, 0),
        ]  # fmt: skip
        assert len(reader.refusals_after(1)) == 1 and reader.last_row() == 1


def test_a_segment_is_for_its_owner_s_eyes_and_appears_whole(path: Path):
    SegmentWriter(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(path.parent.glob("*.new"))


def test_every_commit_is_synced_to_the_disk(path: Path):
    writer = SegmentWriter(path)
    pragma = writer._connection.execute
    assert pragma("pragma synchronous").fetchone() == (2,) and pragma("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("content", [b"", b"not a database", os.urandom(8192)])
def test_a_file_that_is_no_segment_is_an_error_of_sqlite(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(sqlite3.Error), SegmentReader(path) as reader:
        list(reader.after(0, 1))
