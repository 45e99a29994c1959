"""This module owns the promises of ingest over HTTP: the documented answers, proven against the real server."""

import gzip
import hashlib
import json
import time
import zlib
from typing import Any

import pytest
from running import SECRET, Ingest, refused, signed

from ingest.signature import new_secret, sign

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
BAD = CLICK | {"occurred_at": "soon"}
BODY = json.dumps(CLICK).encode()
MIB = 1 << 20


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
        ("POST", "/webhooks/shop/v1/batch", 401, "signature_missing", None),  # it may hold a token
        ("GET", "/", 404, "path_unknown", None),
        ("GET", "/readyz", 404, "path_unknown", None),  # the admin port's
        ("GET", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("PUT", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("TRACE", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("BREW", "/webhooks/shop", 405, "method_unknown", "POST"),
        ("TRACE", "/webhooks/nobody", 404, "sender_unknown", None),
        ("GET", "/webhooks/nobody", 404, "sender_unknown", None),
        ("POST", "/webhooks/shop", 401, "signature_missing", None),
    ],
)
def test_what_nobody_configured_is_refused(ingest: Ingest, method: str, path: str, status: int, code, allow):
    answer = ingest.request(method, path, BODY if method == "POST" else None)
    refused(answer, status, code)
    assert answer.headers.get("allow") == allow


def test_a_signed_delivery_to_a_path_that_no_profile_knows_is_refused(ingest: Ingest):
    refused(ingest.request("POST", "/webhooks/shop/v1/batch", BODY, signed(BODY)), 404, "path_unknown")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("OPTIONS", 204)])
def test_head_and_options_say_that_the_address_exists_and_store_nothing(ingest: Ingest, method: str, status: int):
    answer = ingest.request(method, "/webhooks/shop")
    assert (answer.status, answer.headers["allow"], answer.body) == (status, "POST, OPTIONS, HEAD", b"")
    assert "whichad-receipt" not in answer.headers
    assert ingest.request(method, "/webhooks/nobody").status == 404
    assert ingest.request("HEAD", "/healthz").status == 200


def test_the_process_s_health_is_on_the_webhook_port_and_readiness_on_the_admin_port(ingest: Ingest):
    assert ingest.request("GET", "/healthz").json == {"ok": True}
    ready = ingest.request("GET", "/readyz", admin=True)
    assert (ready.status, ready.json["ok"]) == (200, True)
    assert ready.json["checks"] == {
        "workers": True, "journal_writable": True, "disk": True, "backlog": True,
    }  # fmt: skip


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


@pytest.mark.parametrize("key", ["referrerAdCreativ\ud800", "\0", "x" * 10_000, "campaign_id\u202e"])
def test_strange_keys_do_not_break_the_answer(ingest: Ingest, key: str):
    statement = {"type": "ad", "ad_id": "1", key: 1}
    assert ingest.post([statement, CLICK | {key: 1}]).json["accepted"] >= 1
