"""This module owns the promises about what is sent byte by byte: broken HTTP, cut bodies, huge headers, chunks."""

import time

import pytest
from broken import BODY, CLICK, chunked
from running import Ingest, answers, raw_post, refused, signed

from ingest.rejection import REFUSALS

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
        raw = raw_post(b"", "Transfer-Encoding: chunked") + chunked(b" " * size, MIB // 4)
        (answer,) = answers(ingest.send(raw))
        refused(answer, 413, "body_too_large")


def test_a_body_at_the_limit_may_come_in_chunks_of_one_byte(ingest: Ingest):
    body = BODY + b" " * (100_000 - len(BODY))
    raw = raw_post(body, "Transfer-Encoding: chunked", "Connection: close")[: -len(body)] + chunked(body, 1)
    (answer,) = answers(ingest.send(raw))
    assert answer.status == 200


def test_a_chunk_over_the_limit_is_refused_before_it_is_sent(ingest: Ingest):
    (answer,) = answers(ingest.send(raw_post(b"", "Transfer-Encoding: chunked") + b"7fffffff\r\n"))
    refused(answer, 413, "body_too_large")


def test_a_sender_that_is_still_sending_can_read_why_it_is_refused(ingest: Ingest):
    answer = ingest.post(b" " * (20 * MIB))  # http.client reads nothing before it has sent it all
    refused(answer, 413, "body_too_large")


def test_more_header_fields_than_the_limit_are_refused(ingest: Ingest):
    fields = [f"X-{n}: {n}" for n in range(94)]  # beside five of ours and the length
    assert answers(ingest.send(raw_post(BODY, *fields, "Connection: close", f"Content-Length: {len(BODY)}")))[0].status
    for more in (1, 206):
        raw = raw_post(BODY, *fields, *["X: y"] * more, f"Content-Length: {len(BODY)}")
        (answer,) = answers(ingest.send(raw))
        refused(answer, 431, "headers_too_large")


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
