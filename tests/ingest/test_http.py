"""This module owns the promises of ingest over HTTP: the documented answers, proven against the real server."""

import gzip
import hashlib
import json
import time
import zlib
from typing import Any

import pytest
from running import SECRET, Answer, Ingest, signed

from ingest.rejection import REFUSALS
from ingest.signature import new_secret, sign

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
BAD = CLICK | {"occurred_at": "soon"}
BODY = json.dumps(CLICK).encode()
MIB = 1 << 20


def parts(raw: bytes) -> list[Answer]:
    """The answers that came over one socket."""
    found = []
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        size = int(headers["content-length"])
        found.append(Answer(int(first.split()[1]), headers, rest[:size]))
        raw = rest[size:]
    return found


def raw_post(body: bytes, *lines: str, sender: str = "shop") -> bytes:
    """A signed POST as bytes, with header lines of our own and without a length."""
    head = [f"POST /webhooks/{sender} HTTP/1.1", "Host: x", *(f"{k}: {v}" for k, v in signed(body).items()), *lines]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def test_a_signed_delivery_is_taken_with_a_receipt(ingest: Ingest):
    answer = ingest.post(CLICK)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == {
        "receipt": answer.headers["whichad-receipt"], "accepted": 1, "quarantined": 0, "results": [], "warnings": [],
    }  # fmt: skip


def test_a_receipt_holds_the_delivery_s_id_and_the_hash_of_the_body_as_it_was_sent(ingest: Ingest):
    for body, encoding in ((BODY, {}), (gzip.compress(BODY), {"content-encoding": "gzip"})):
        first, second = (ingest.post(body, headers=encoding).json["receipt"] for _ in range(2))
        delivery, _, digest = first.partition(".")
        assert digest == hashlib.sha256(body).hexdigest() and len(delivery) == 26 and delivery[0] == "d"
        assert second != first and second.partition(".")[2] == digest


def refused(answer: Answer, status: int, code: str) -> None:
    """Holds an answer to the one shape that all refusals have."""
    assert (answer.status, answer.code) == (status, code)
    refusal, body = REFUSALS[code], answer.json
    assert {"type", "title", "status", "code", "retryable"} <= set(body) <= {"type", "title", "status", "code",
                                                                           "retryable", "detail"}  # fmt: skip
    assert (body["type"], body["title"], body["status"]) == ("about:blank", refusal.sentence, status)
    assert body["retryable"] is refusal.retryable is ("retry-after" in answer.headers)
    assert "whichad-receipt" not in answer.headers


JSON = {"content-type": "application/json"}
STALE = {"webhook-timestamp": str(int(time.time()) - 3600)}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", {}, 400, "body_empty"),
        (b"{", {}, 400, "bad_json"),
        (b"{} {}", {}, 400, "bad_json"),
        (b'{"a": NaN}', {}, 400, "bad_number"),
        (b'{"a": 1e99999999999999999999}', {}, 400, "bad_number"),
        (b"[" * 100_000, {}, 400, "too_deep"),
        (b'{"a": 1, "a": 2}', {}, 400, "duplicate_key"),
        (b"\xff", {}, 400, "bad_encoding"),
        (b"3", {}, 400, "not_an_object"),
        (BODY, {"content-encoding": "gzip"}, 400, "bad_encoding"),
        (BODY, {"webhook-signature": "v1,AAAA"}, 401, "signature_wrong"),
        (BODY, {"webhook-signature": ""}, 401, "signature_missing"),
        (BODY, STALE, 401, "timestamp_stale"),
        (b" " * (MIB + 1), {}, 413, "body_too_large"),
        (gzip.compress(b" " * (MIB + 1)), {"content-encoding": "gzip"}, 413, "body_too_large"),
        (zlib.compress(b" " * (MIB + 1)), {"content-encoding": "deflate"}, 413, "body_too_large"),
        ([CLICK] * 1001, {}, 413, "items_too_many"),
        (BODY, {"content-type": "text/plain"}, 415, "type_unknown"),
        (BODY, {"content-encoding": "br"}, 415, "type_unknown"),
        (BAD, {}, 422, "all_invalid"),
        ([BAD, 1], {}, 422, "all_invalid"),
    ],
)
def test_a_strict_sender_gets_the_documented_refusal(ingest: Ingest, content: Any, headers: dict, status: int, code):
    refused(ingest.post(content, headers=headers), status, code)


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("POST", "/webhooks/nobody", 404, "sender_unknown", None),
        ("POST", "/webhooks/", 404, "path_unknown", None),
        ("POST", "/webhooks/shop/v1/batch", 404, "path_unknown", None),
        ("GET", "/", 404, "path_unknown", None),
        ("GET", "/readyz", 404, "path_unknown", None),  # the admin port's
        ("GET", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("PUT", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("OPTIONS", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("GET", "/webhooks/nobody", 404, "sender_unknown", None),
        ("POST", "/webhooks/shop", 401, "signature_missing", None),
    ],
)
def test_what_nobody_configured_is_refused(ingest: Ingest, method: str, path: str, status: int, code, allow):
    answer = ingest.request(method, path, BODY if method == "POST" else None)
    refused(answer, status, code)
    assert answer.headers.get("allow") == allow


def test_head_answers_as_get_does_without_a_body(ingest: Ingest):
    answer = ingest.request("HEAD", "/webhooks/shop")
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "POST", b"")
    assert ingest.request("HEAD", "/healthz").status == 200


def test_the_process_s_health_is_on_the_webhook_port_and_readiness_on_the_admin_port(ingest: Ingest):
    assert ingest.request("GET", "/healthz").json == {"ok": True}
    ready = ingest.request("GET", "/readyz", admin=True)
    assert (ready.status, ready.json["ok"]) == (200, True)
    assert ready.json["checks"] == {"workers": True, "journal_writable": True, "disk": True}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(BODY), {"content-encoding": "gzip"}),
        (zlib.compress(BODY), {"content-encoding": "deflate"}),
        (BODY, {"content-type": "application/json; charset=utf-8"}),
        (BODY + b"\n" + BODY, {"content-type": "application/x-ndjson"}),
        (b" " * (MIB - len(BODY)) + BODY, {}),
        (json.dumps([{"id": "1", "type": "click", "occurred_at": 1763884800}] * 1000).encode(), {}),
        (b"[]", {}),
    ],
)
def test_bodies_up_to_the_limits_are_taken(ingest: Ingest, body: bytes, headers: dict):
    assert ingest.post(body, headers=headers).status == 200


def test_results_name_every_item_that_is_not_plainly_accepted(ingest: Ingest):
    answer = ingest.post([CLICK, BAD, 3, CLICK | {"campagin_id": "7"}])
    assert (answer.status, answer.json["accepted"], answer.json["quarantined"]) == (200, 2, 2)
    first, second = answer.json["results"]
    assert first["detail"].endswith("(occurred_at)") and second["detail"].endswith("(item)")
    assert [{**result, "detail": ""} for result in (first, second)] == [
        {"index": 1, "id": "1", "result": "quarantined", "reason": "bad_time", "detail": ""},
        {"index": 2, "id": None, "result": "quarantined", "reason": "not_an_object", "detail": ""},
    ]
    assert answer.json["warnings"] == ["item 3: campagin_id: unknown, kept in properties; did you mean campaign_id?"]


def test_a_lenient_sender_gets_a_receipt_for_what_cannot_be_used(ingest: Ingest):
    for content, reason in ((b"{", "bad_json"), (b"", "body_empty"), (b"\xff", "bad_encoding"), (BAD, "bad_time")):
        answer = ingest.post(content, "lenient")
        assert (answer.status, answer.json["accepted"], answer.json["quarantined"]) == (200, 0, 1)
        assert [result["reason"] for result in answer.json["results"]] == [reason]
    for content, status in ((b" " * (MIB + 1), 413), ([CLICK] * 1001, 413)):
        assert ingest.post(content, "lenient").status == status


def test_a_refusal_of_all_items_says_what_is_wrong(ingest: Ingest):
    assert ingest.post([BAD, 3]).json["detail"].split("; ") == [
        "The time cannot be read, or lies before 2000 or in the future. (occurred_at)",
        "An item must be a JSON object. (item)",
    ]


def test_a_refusal_does_not_help_a_forger(ingest: Ingest):
    for headers in ({"webhook-signature": "v1,AAAA"}, {"webhook-id": "other"}):
        assert "detail" not in ingest.post(CLICK, headers=headers).json
    assert ingest.post(CLICK, secret=new_secret(b"x" * 24)).json == ingest.post(
        CLICK, headers={"webhook-signature": sign(SECRET, "other", 1, BODY)}
    ).json  # fmt: skip


@pytest.mark.parametrize("name", ["webhook-signature", "webhook-id", "webhook-timestamp", "content-type", "host"])
@pytest.mark.parametrize(
    "value", [b"\xff\xfe\x80", b"v1,\xc3\xa9", b"\x01\x02", b"v1," + b"=" * 9999, b"9" * 5000, b""]
)
def test_garbage_in_a_header_is_never_an_error_of_ours(ingest: Ingest, name: str, value: bytes):
    given = {**{key: text.encode() for key, text in signed(BODY).items()}, "host": b"x"} | {name: value}
    lines = [key.encode() + b": " + text for key, text in given.items()]
    head = [b"POST /webhooks/shop HTTP/1.1", *lines, b"Connection: close", b"Content-Length: %d" % len(BODY)]
    (answer,) = parts(ingest.send(b"\r\n".join(head) + b"\r\n\r\n" + BODY))
    assert answer.status in ({200, 400} if name == "host" else {400, 401, 415})
    assert answer.status == 200 or answer.code in REFUSALS


@pytest.mark.parametrize("key", ["referrerAdCreativ\ud800", "\0", "x" * 100_000, "campaign_id\u202e"])
def test_strange_keys_do_not_break_the_answer(ingest: Ingest, key: str):
    statement = {"type": "ad", "ad_id": "1", key: 1}
    assert ingest.post([statement, CLICK | {key: 1}]).json["accepted"] >= 1


def test_a_query_or_a_header_up_to_the_limit_is_taken_and_beyond_it_refused(ingest: Ingest):
    padding = "x" * (100 << 10)
    assert ingest.post(CLICK, headers={"x-padding": padding}).status == 200
    assert ingest.request("POST", f"/webhooks/shop?{padding}", BODY, signed(BODY)).status == 200
    (answer,) = parts(ingest.send(raw_post(BODY, f"X-Padding: {padding * 2}", f"Content-Length: {len(BODY)}")))
    refused(answer, 431, "headers_too_large")
    (answer,) = parts(ingest.send(f"GET /{padding * 2} HTTP/1.1\r\nHost: x\r\n\r\n".encode()))
    refused(answer, 431, "headers_too_large")


def test_a_complete_chunked_body_is_taken_and_one_over_the_limit_is_not(ingest: Ingest):
    assert ingest.request("POST", "/webhooks/shop", iter([BODY[:10], BODY[10:]]), signed(BODY)).json["accepted"] == 1
    for size in (MIB + 1, 12 * MIB):
        body = b" " * size
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[n : n + MIB] for n in range(0, size, MIB)))
        raw = raw_post(b"", "Transfer-Encoding: chunked", "Connection: close") + chunks + b"0\r\n\r\n"
        answer, *_ = parts(ingest.send(raw)) or [None]
        assert answer is None or answer.status == 413  # far over the limit we may hang up before it is all sent


def test_a_length_far_over_the_limit_is_refused_before_the_body_is_sent(ingest: Ingest):
    started = time.perf_counter()
    (answer,) = parts(ingest.send(raw_post(b"", f"Content-Length: {100 * MIB}")))
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
    answer, *more = parts(ingest.send(raw))
    assert more == [] and answer.headers["connection"] == "close"
    refused(answer, 400, "bad_request")


def test_requests_on_one_connection_are_answered_in_order(ingest: Ingest):
    bodies = [json.dumps(CLICK | {"id": str(n)}).encode() for n in range(3)]
    raw = b"".join(raw_post(body, f"Content-Length: {len(body)}") for body in bodies)
    answers = parts(ingest.send(raw, ends=True))
    assert [answer.json["receipt"].partition(".")[2] for answer in answers] == [
        hashlib.sha256(body).hexdigest() for body in bodies
    ]
