"""This module owns what of a request is kept: everything but the tokens that came with it, under an id of its own."""

import gzip
import json
import os
from pathlib import Path

import pytest
from running import Ingest

from ingest.door.keeping import new_delivery_id
from ingest.segments.segment import SegmentReader

KEY = "write-key-of-the-test"
EVENT = {"type": "track", "event": "Order Completed", "messageId": "m1", "timestamp": "2026-11-20T08:00:00Z",
         "anonymousId": "a1", "properties": {"order_id": "o1", "revenue": 12.5, "currency": "USD"}}  # fmt: skip


@pytest.mark.parametrize("zipped", [False, True])
def test_a_key_that_an_sdk_writes_into_the_body_is_blanked_and_the_rest_is_kept(tmp_path: Path, zipped: bool):
    body = json.dumps({"batch": [EVENT], "writeKey": KEY}).encode()
    sent = gzip.compress(body) if zipped else body
    headers = {"content-type": "application/json", "authorization": "Basic d3JpdGUta2V5LW9mLXRoZS10ZXN0Og=="}
    with Ingest(tmp_path, {"app": {"profile": "segment_track", "secrets": [KEY]}}) as ingest:
        more = {"content-encoding": "gzip"} if zipped else {}
        answer = ingest.request("POST", "/webhooks/app/v1/batch", sent, headers | more)
        assert (answer.status, answer.json["accepted"]) == (200, 1)
        [segment] = ingest.settings.journal_dir.glob("*.sqlite")
        with SegmentReader(segment) as reader:
            [row] = reader.after(0, 10)
        assert row.delivery.body == body.replace(KEY.encode(), b"*" * len(KEY))
        assert answer.json["receipt"].endswith(row.delivery.body_hash.hex())  # of the body as it was received
        done = ingest.run("replay", "--sender", "app")
        assert "1 items are good" in done.stderr
    for path in tmp_path.joinpath("data").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_a_forked_process_draws_other_ids_than_its_parent():
    """A replay keeps the time of what it reads again: the lot alone tells the two apart."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_delivery_id(1).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as pipe:
        drawn = pipe.read()
    os.waitpid(child, 0)
    assert drawn.startswith("d0000000000001")
    assert drawn != new_delivery_id(1)
