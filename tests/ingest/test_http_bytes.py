"""This module owns the promises about what is sent byte by byte: broken HTTP, cut bodies, huge headers, chunks."""

import hashlib
import json
import time

import pytest
from running import Ingest, answers, raw_post, refused, signed

from ingest.rejection import REFUSALS

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
BODY = json.dumps(CLICK).encode()
MIB = 1 << 20


@pytest.mark.parametrize("name", ["webhook-signature", "webhook-id", "webhook-timestamp", "content-type", "host"])
@pytest.mark.parametrize(
    "value", [b"\xff\xfe\x80", b"v1,\xc3\xa9", b"\x01\x02", b"v1," + b"=" * 9999, b"9" * 5000, b""]
)
def test_garbage_in_a_header_is_never_an_error_of_ours(ingest: Ingest, name: str, value: bytes):
    given = {**{key: text.encode() for key, text in signed(BODY).items()}, "host": b"x"} | {name: value}
    lines = [key.encode() + b": " + text for key, text in given.items()]
    head = [b"POST /webhooks/shop HTTP/1.1", *lines, b"Connection: close", b"Content-Length: %d" % len(BODY)]
    (answer,) = answers(ingest.send(b"\r\n".join(head) + b"\r\n\r\n" + BODY))
    assert answer.status in ({200, 400} if name == "host" else {400, 401, 415})
    assert answer.status == 200 or answer.code in REFUSALS


def test_a_query_or_a_header_up_to_the_limit_is_taken_and_beyond_it_refused(ingest: Ingest):
    padding = "x" * (100 << 10)
    assert ingest.post(CLICK, headers={"x-padding": padding}).status == 200
    assert ingest.request("POST", f"/webhooks/shop?{padding}", BODY, signed(BODY)).status == 200
    (answer,) = answers(ingest.send(raw_post(BODY, f"X-Padding: {padding * 2}", f"Content-Length: {len(BODY)}")))
    refused(answer, 431, "headers_too_large")
    (answer,) = answers(ingest.send(f"GET /{padding * 2} HTTP/1.1\r\nHost: x\r\n\r\n".encode()))
    refused(answer, 431, "headers_too_large")


def test_a_complete_chunked_body_is_taken_and_one_over_the_limit_is_not(ingest: Ingest):
    assert ingest.request("POST", "/webhooks/shop", iter([BODY[:10], BODY[10:]]), signed(BODY)).json["accepted"] == 1
    for size in (MIB + 1, 12 * MIB):
        body = b" " * size
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[n : n + MIB] for n in range(0, size, MIB)))
        raw = raw_post(b"", "Transfer-Encoding: chunked", "Connection: close") + chunks + b"0\r\n\r\n"
        answer, *_ = answers(ingest.send(raw)) or [None]
        assert answer is None or answer.status == 413  # far over the limit we may hang up before it is all sent


def test_a_length_far_over_the_limit_is_refused_before_the_body_is_sent(ingest: Ingest):
    started = time.perf_counter()
    (answer,) = answers(ingest.send(raw_post(b"", f"Content-Length: {100 * MIB}")))
    refused(answer, 413, "body_too_large")
    assert answer.headers["connection"] == "close" and time.perf_counter() - started < 5


CUT = raw_post(BODY, f"Content-Length: {len(BODY) + 1}")
CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    "raw",
    [CUT, CUT[: -len(BODY)], CUT[:40], raw_post(b"", "Transfer-Encoding: chunked") + CHUNK,
     raw_post(b"", "Transfer-Encoding: chunked") + CHUNK[:-5]],
    ids=["a byte missing", "no body", "half a header", "no last chunk", "half a chunk"],
)  # fmt: skip
def test_a_request_that_ends_early_is_closed_without_an_answer(ingest: Ingest, raw: bytes):
    assert ingest.send(raw, ends=True) == b""


@pytest.mark.parametrize(
    "raw",
    [
        raw_post(BODY, f"Content-Length: {len(BODY)}", f"Content-Length: {len(BODY)}"),
        raw_post(BODY, f"Content-Length: {len(BODY)}", "Content-Length: 1"),
        raw_post(BODY, "Content-Length: -1"),
        raw_post(BODY, "Content-Length: 1e2"),
        raw_post(BODY, "Content-Length: x"),
        raw_post(BODY, "Transfer-Encoding: gzip"),
        raw_post(b"", "Transfer-Encoding: chunked") + b"zz\r\n" + BODY,
        raw_post(b"", "Transfer-Encoding: chunked") + b"-1\r\n" + BODY,
        raw_post(BODY, "A header without a colon"),
        raw_post(BODY, "Folded: a\r\n b\x00"),
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_and_closed(ingest: Ingest, raw: bytes):
    answer, *more = answers(ingest.send(raw))
    assert more == [] and answer.headers["connection"] == "close"
    refused(answer, 400, "bad_request")


def test_requests_on_one_connection_are_answered_in_order(ingest: Ingest):
    bodies = [json.dumps(CLICK | {"id": str(n)}).encode() for n in range(3)]
    raw = b"".join(raw_post(body, f"Content-Length: {len(body)}") for body in bodies)
    found = answers(ingest.send(raw, ends=True))
    assert [answer.json["receipt"].partition(".")[2] for answer in found] == [
        hashlib.sha256(body).hexdigest() for body in bodies
    ]
