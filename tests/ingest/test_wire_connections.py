"""This module owns the promises of one connection: what ends it, what it outlives, and that nothing is smuggled."""

import hashlib
import json
import socket

import pytest
from broken import BODY, BROKEN, CHUNKS, CLICK, GOOD, LENGTH, WHOLE, good
from running import Ingest, answers, raw_post, refused


def test_what_is_not_http_is_refused_closed_and_counted_and_nothing_of_it_is_kept(fresh_ingest: Ingest):
    smuggled = raw_post(b'{"id": "smuggled", "type": "click"}', "Content-Length: 35")
    for raw in BROKEN:
        found = answers(fresh_ingest.send(raw + smuggled))
        assert [answer.headers["connection"] for answer in found] == ["close"], raw
        refused(found[0], 400, "bad_request")
    assert answers(fresh_ingest.send(good().replace(b"Host: x", b"Connection: close")))[0].status == 200
    fresh_ingest.stop()
    assert fresh_ingest.load().deliveries == 1
    counted = fresh_ingest.query("select code, sum(deliveries)::int from refusals group by all")
    assert counted == [("bad_request", len(BROKEN))]


def test_requests_on_one_connection_are_answered_in_order(ingest: Ingest):
    bodies = [json.dumps(CLICK | {"id": str(n)}).encode() for n in range(3)]
    raw = b"".join(raw_post(body, f"Content-Length: {len(body)}") for body in bodies)
    found = answers(ingest.send(raw, ends=True))
    assert [answer.json["receipt"].partition(".")[2] for answer in found] == [
        hashlib.sha256(body).hexdigest() for body in bodies
    ]


def test_keep_alive_goes_on_after_an_answer_and_after_a_refusal_of_ours(ingest: Ingest):
    forged = raw_post(BODY, LENGTH).replace(b"v1,", b"v1,A", 1)
    with ingest.connection() as line:
        found = [
            answers(exchange(line, raw))[0].status for raw in (good(), forged, raw_post(BODY, LENGTH), b"\r\n" + good())
        ]
    assert found == [200, 401, 200, 200]


def exchange(line: socket.socket, raw: bytes) -> bytes:
    """Send, and read one answer."""
    line.sendall(raw)
    got = b""
    while b"\r\n\r\n" not in got or len(answers(got)[0].body) < int(answers(got)[0].headers["content-length"]):
        got += line.recv(65536)
    return got


def test_an_old_client_is_answered_and_closed_unless_it_asks_to_stay(ingest: Ingest):
    old = good().replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    (answer,) = answers(ingest.send(old))
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    with ingest.connection() as line:
        for _ in range(2):
            assert answers(exchange(line, old.replace(b"Host: x", b"Connection: keep-alive")))[0].status == 200


def test_a_sender_that_asks_first_is_told_to_continue(ingest: Ingest):
    head = raw_post(BODY, "Expect: 100-continue", LENGTH)[: -len(BODY)]
    with ingest.connection() as line:
        line.sendall(head)
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert answers(exchange(line, BODY))[0].status == 200


@pytest.mark.parametrize(
    ("lines", "status"),
    [(["Content-Length: 99999999"], 413), (["Content-Length: x"], 400), (["X: y"] * 200, 431), ([], 400),
     (["Content-Length: 0"], 400)],
)  # fmt: skip
def test_a_sender_that_asks_first_is_refused_at_once_where_nothing_can_come_of_it(ingest: Ingest, lines, status):
    (answer,) = answers(ingest.send(raw_post(b"", "Expect: 100-continue", "Connection: close", *lines)))
    assert answer.status == status  # an empty body is not JSON


def test_a_text_that_nobody_encoded_is_taken_in_a_request_line(ingest: Ingest):
    path = "/webhooks/shop?rac=Größe, 50 %".replace(" ", "+").encode()
    raw = good().replace(b"/webhooks/shop", path, 1).replace(b"Host: x", b"Connection: close")
    (answer,) = answers(ingest.send(raw))
    assert answer.status == 200


def test_a_sender_that_hangs_up_in_the_middle_leaves_a_count_and_nothing_else(fresh_ingest: Ingest):
    for cut in (GOOD[:40], GOOD[:-1], CHUNKS + WHOLE[:-1]):
        assert fresh_ingest.send(cut, ends=True) == b""
    fresh_ingest.send(b"", ends=True)  # whoever only looks whether we are there
    fresh_ingest.stop()
    assert fresh_ingest.load().deliveries == 0
    counted = fresh_ingest.query("select sender, code, sum(deliveries)::int from refusals group by all order by all")
    assert counted == [("", "bad_request", 1), ("shop", "bad_request", 2)]
