"""This module owns the promise that hostile input over HTTP gets the documented answer, from every kind of sender."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from broken import chunked
from hostile import nested
from journaling import Desk
from running import Answer, Ingest, answers, raw_post, refused, signed

from ingest.door.request import Request
from ingest.rejection import REFUSALS, DeliveryRefusedError

TOKEN = "a-token-that-nobody-can-guess-1234"
SENDERS = {
    "shop": {}, "lenient": {"strict": False}, "postback": {"profile": "voluum", "secrets": [TOKEN]},
    "apps": {"profile": "appsflyer", "secrets": [TOKEN]}, "pixel": {"profile": "system1", "secrets": [TOKEN]},
    "events": {"profile": "cloudevents", "secrets": [TOKEN]},
    "meta": {"profile": "meta", "verify_token": TOKEN},
}  # fmt: skip
MIB = 1 << 20
CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest with strict, lenient and mapped senders; whatever is sent, none of it is an error of ours."""
    with Ingest(tmp_path_factory.mktemp("hostile"), SENDERS) as running:
        yield running
        log = running.log.read_text(encoding="utf-8")
        assert "Traceback" not in log and TOKEN not in log


def click(**more: str) -> bytes:
    """A click as JSON, with values given as raw JSON."""
    raw = {name: json.dumps(value) for name, value in CLICK.items()} | more
    return ("{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in raw.items()) + "}").encode()


def outcome(answer: Answer) -> tuple[int, str | None]:
    """The status, and the code of the problem, or the reason of the first item that is not plainly accepted."""
    if answer.status != 200:
        assert answer.code in REFUSALS
        return answer.status, answer.code
    results = answer.json["results"] if answer.headers["content-type"] == "application/json" else []
    return 200, results[0]["reason"] if results else None


# Body, headers, what is wrong with it. A 400 and a 422 are what the strict sender gets; the lenient one gets a 200 and
# the reason. None: it is taken.
BODIES: dict[str, tuple[bytes, dict[str, str], int, str | None]] = {
    "empty": (b"", {}, 400, "body_empty"),
    "blank": (b" \r\n\t", {}, 400, "body_empty"),
    "a NUL": (b"\0", {}, 400, "bad_json"),
    "NaN": (click(cost="NaN"), {}, 400, "bad_number"),
    "Infinity": (click(cost="-Infinity"), {}, 400, "bad_number"),
    "1e400": (click(cost="1e400"), {}, 400, "bad_number"),
    "5000 digits": (click(cost="9" * 5000), {}, 400, "bad_number"),
    "5000 digits after the point": (click(cost="0." + "9" * 5000), {}, 400, "bad_number"),
    "an exponent beyond all": (click(cost="1e99999999999999999999"), {}, 400, "bad_number"),
    "100,000 brackets": (b"[" * 100_000, {}, 400, "too_deep"),
    "100,000 closed brackets": (nested(100_000).encode(), {}, 400, "too_deep"),
    "100,000 objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}, 400, "too_deep"),
    "65 levels": (nested(65).encode(), {}, 400, "too_deep"),
    "a key twice": (click(cost="1")[:-1] + b', "cost": 2}', {}, 400, "duplicate_key"),
    "an escaped key twice": (b'{"id": 1, "\\u0069d": 2}', {}, 400, "duplicate_key"),
    "bytes after the end": (click() + b"x", {}, 400, "bad_json"),
    "a comment": (b"/* */" + click(), {}, 400, "bad_json"),
    "a comma too many": (b'{"id": "1",}', {}, 400, "bad_json"),
    "single quotes": (b"{'id': 1}", {}, 400, "bad_json"),
    "a raw newline in a text": (b'{"id": "\n"}', {}, 400, "bad_json"),
    "BOM": (b"\xef\xbb\xbf" + click(), {}, 400, "bad_json"),
    "UTF-16": (click().decode().encode("utf-16"), {}, 400, "bad_encoding"),
    "UTF-16 without BOM": (click().decode().encode("utf-16-le"), {}, 400, "bad_json"),
    "UTF-32": (click().decode().encode("utf-32"), {}, 400, "bad_encoding"),
    "latin-1": ('{"id": "é"}'.encode("latin-1"), {}, 400, "bad_encoding"),
    "an overlong NUL": (b'{"id": "\xc0\x80"}', {}, 400, "bad_encoding"),
    "an encoded surrogate": (b'{"id": "\xed\xa0\x80"}', {}, 400, "bad_encoding"),
    "a scalar": (b'"click"', {}, 400, "not_an_object"),
    "a form called JSON": (b"id=1&type=click", {}, 400, "bad_json"),
    "no gzip": (click(), {"content-encoding": "gzip"}, 400, "bad_encoding"),
    "gzip cut short": (gzip.compress(click())[:-9], {"content-encoding": "gzip"}, 400, "bad_encoding"),
    "deflate cut short": (zlib.compress(click())[:-5], {"content-encoding": "deflate"}, 400, "bad_encoding"),
    "gzip with more behind it": (gzip.compress(click()) + b"x", {"content-encoding": "gzip"}, 400, "bad_encoding"),
    "gzip bomb": (gzip.compress(b" " * (50 * MIB)), {"content-encoding": "gzip"}, 413, "body_too_large"),
    "deflate bomb": (zlib.compress(b" " * (50 * MIB)), {"content-encoding": "deflate"}, 413, "body_too_large"),
    "gzip in gzip": (click(), {"content-encoding": "gzip, gzip"}, 415, "type_unknown"),
    "zstd": (click(), {"content-encoding": "zstd"}, 415, "type_unknown"),
    "1001 items": (b"[" + b",".join([b"1"] * 1001) + b"]", {}, 413, "items_too_many"),
    "half a million items": (b"[" + b"1," * 500_000 + b"1]", {}, 413, "items_too_many"),
    "JSON called a form": (click(), FORM, 415, "type_unknown"),
    "no content type": (click(), {"content-type": ""}, 415, "type_unknown"),
    "multipart": (click(), {"content-type": "multipart/form-data; boundary=x"}, 415, "type_unknown"),
    "a content type of 10 kB": (click(), {"content-type": "x/" + "y" * 10_000}, 415, "type_unknown"),
    "a content type in latin-1": (click(), {"content-type": "application/jsön"}, 415, "type_unknown"),
    "a parameter of 10 kB": (click(), {"content-type": "application/json; x=" + "y" * 10_000}, 200, None),
    "2^53 + 1 as an id": (click(id="9007199254740993"), {}, 200, None),
    "half a pair in a text": (click(rac='"\\ud800 SUVs"'), {}, 200, None),
    "NUL in a text": (click(rac='"SUVs\\u0000"'), {}, 200, None),
    "half a pair in an unknown key": (click(**{"\ud800": "1"}), {}, 200, None),
    "half a pair in properties": (click(properties='{"\\ud800": "\\udfff"}'), {}, 200, None),
    "10,000 keys": (click(**{f"k{n}": "1" for n in range(1000)}), {}, 200, None),
    "far too many keys": (click(**{f"k{n}": "1" for n in range(10_000)}), {}, 422, "too_long"),
    "half a pair in an id": (click(id='"\\ud800"'), {}, 422, "bad_text"),
    "NUL in an id": (click(click_id='"a\\u0000"'), {}, 422, "bad_text"),
    "39 digits as a count": (click(count="9" * 39), {}, 422, "bad_value"),
    "39 digits in properties": (click(properties='{"a": %s}' % ("9" * 39)), {}, 422, "bad_value"),
    "39 digits as a time": (click(occurred_at="9" * 39), {}, 422, "bad_time"),
    "1e40 as a time": (click(occurred_at="1e40"), {}, 422, "bad_time"),
    "1e-999999999 as a time": (click(occurred_at="1e-999999999"), {}, 422, "bad_time"),
    "1970": (click(occurred_at='"1970-01-01T00:00:00Z"'), {}, 422, "bad_time"),
    "9999": (click(occurred_at='"9999-12-31T23:59:59-14:00"'), {}, 422, "bad_time"),
    "the year 10000": (click(occurred_at='"10000-01-01T00:00:00Z"'), {}, 422, "bad_time"),
    "the year 1 in the east": (click(occurred_at='"0001-01-01T00:00:00+14:00"'), {}, 422, "bad_time"),
    "money of 1e999999999": (click(type='"conversion"', revenue='"1e999999999"'), {}, 422, "bad_value"),
    "a creative over 64 KiB": (click(rac=json.dumps("x" * (1 << 16) + "x")), {}, 422, "too_long"),
    "a creative that is a number": (click(rac="1"), {}, 422, "bad_type"),
    "a type that is a list": (click(type='["click"]'), {}, 422, "bad_type"),
    "a type of 100 kB": (click(type=json.dumps("x" * 100_000)), {}, 422, "unknown_type"),
    "items that are none": (b"[null, 1, [], true]", {}, 422, "not_an_object"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_strict_and_a_lenient_sender_get_the_documented_answer(hostile: Ingest, name: str):
    body, headers, status, code = BODIES[name]
    wire = {key: value.encode("latin-1") for key, value in headers.items()}
    strict, lenient = (hostile.post(body, sender, wire) for sender in ("shop", "lenient"))
    assert outcome(strict) == (status, "all_invalid" if status == 422 else code)
    if strict.code:
        refused(strict, status, strict.code)
    assert outcome(lenient) == ((200, code) if status in (400, 422) else (status, code))
    assert len(strict.body) < 4000
    validated = hostile.request("POST", "/validate/lenient", body, signed(body) | wire)
    assert outcome(validated) == outcome(lenient)


LONG = quote("Quiet SUVs & more " * 3600)[: 64 << 10]
# Query or form → the reason; None: it is taken. Sent as a postback, as a form, and as a form under another type.
PARAMETERS: dict[str, tuple[str, str | None]] = {
    "a plain one": ("cid=1&payout=1.5", None),
    "a RAC of 64 KiB": (f"cid=1&rac={LONG}", None),
    "broken escapes": ("cid=1&rac=100%&x=%ZZ&y=%F&%=%", None),
    "bytes that are no UTF-8 in a text": ("cid=1&rac=%FF%FE%ED%A0%80", None),
    "NUL in a text": ("cid=1&rac=%00", None),
    "bytes that are no UTF-8 in a name": ("cid=1&%FF=%FF&%00=%00", None),
    "names without values": ("cid=1&&&=&=x&y&payout", None),
    "the same name a hundred times": ("cid=1&" + "cid=2&" * 100, None),
    "bytes that are no UTF-8 in an id": ("cid=%ED%A0%80", "bad_text"),
    "NUL in an id": ("cid=a%00b", "bad_text"),
    "an id of 600 bytes": ("cid=" + "x" * 600, "too_long"),
    "money that is none": ("cid=1&payout=NaN", "bad_value"),
    "money of 5000 digits": ("cid=1&payout=" + "9" * 5000, "bad_value"),
    "money of 1e999999999": ("cid=1&payout=1e999999999", "bad_value"),
    "1970": ("cid=1&ts=0", "bad_time"),
    "the year 10000": ("cid=1&ts=10000-01-01", "bad_time"),
    "a time of 5000 digits": ("cid=1&ts=" + "9" * 5000, "bad_time"),
    "an unknown currency": ("cid=1&payout=1&currency=%E2%82%AC", "bad_value"),
    "nothing that is known": ("a=b", "unknown_event"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_postback_gets_its_answer_and_the_record_the_reason(hostile: Ingest, name: str):
    text, reason = PARAMETERS[name]
    got = [
        hostile.request("GET", f"/webhooks/postback?token={TOKEN}&{text}"),
        hostile.request("POST", f"/webhooks/postback?token={TOKEN}", text, FORM),
        hostile.request("POST", f"/webhooks/postback/{TOKEN}", text, {"content-type": "text/plain"}),
    ]
    assert {answer.status for answer in got} == {200} and {answer.body for answer in got} == {b"OK"}
    assert all(TOKEN not in str(answer.headers) for answer in got)
    checked = hostile.request("GET", f"/validate/postback?token={TOKEN}&{text}").json
    assert [each["reason"] for each in checked["results"]] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("GET", "?" + "&".join(f"p{n}=1" for n in range(2500)), b"", {}, 401, "signature_wrong"),
        ("POST", "", "&".join(f"p{n}=1" for n in range(2500)).encode(), FORM, 200, "bad_form"),
        ("POST", "", b"", FORM, 200, "body_empty"),
        ("POST", "", b"{" * 100_000, {}, 200, "bad_json"),
        ("POST", "", b"[" * 100_000, {}, 200, "too_deep"),
        ("POST", "", b'{"cid": NaN}', {"content-type": "application/json"}, 200, "bad_number"),
        ("POST", "", gzip.compress(b"cid=1&" * MIB), FORM | {"content-encoding": "gzip"}, 413, "body_too_large"),
        ("POST", "", b"cid=1", FORM | {"content-encoding": "br"}, 415, "type_unknown"),
        ("PUT", "", b"cid=1", FORM, 405, "method_unknown"),
        ("DELETE", "", b"", {}, 405, "method_unknown"),
    ],
)
def test_a_mapped_sender_gets_the_documented_refusal_or_keeps_it(
    hostile: Ingest, method: str, path: str, body: bytes, headers: dict[str, str], status: int, code: str
):
    secret = f"{'&' if path else '?'}token={TOKEN}"
    answer = hostile.request(method, f"/webhooks/postback{path}{secret}", body, headers)
    if status == 200:
        assert (answer.status, answer.body) == (200, b"OK")
        checked = hostile.request(method, f"/validate/postback{path}{secret}", body, headers).json
        assert [each["reason"] for each in checked["results"]] == [code]
    else:
        refused(answer, status, code)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ('{"af_revenue": "1.5"}', None),
        ('{"af_revenue": NaN}', "bad_value"),
        ('{"af_revenue": 1e999999999}', "bad_value"),
        ('{"af_revenue": %s}' % ("9" * 4000), "bad_value"),
        ('{"af_order_id": 1e999990, "af_revenue": 1}', None),
        ('{"af_order_id": "\\ud800", "af_revenue": 1}', "bad_text"),
        (f'{{"af_revenue": {nested(60)}}}', "bad_type"),
        (nested(5000), None),
        ('{"af_revenue": 1', None),
        (f'{{"af_revenue": 1, "x": {nested(900)}}}', None),
    ],
)
def test_json_inside_a_text_is_as_harmless_as_any_other(hostile: Ingest, inside: str, reason: str | None):
    event = {
        "event_name": "af_purchase",
        "event_time": "2025-11-23 08:00:00",
        "appsflyer_id": "a",
        "event_value": inside,
    }
    body, headers = json.dumps(event).encode(), {"content-type": "application/json"}
    answer = hostile.request("POST", f"/webhooks/apps?token={TOKEN}", body, headers)
    assert outcome(answer) == (200, reason)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT", "TRACE", "BREW"])
@pytest.mark.parametrize(
    "path",
    ["/", "//", "/webhooks", "/webhooks/", "/webhooks//", "/webhooks/%2F", "/webhooks/..", "/webhooks/shop/..",
     "/webhooks/../healthz", "/webhooks/shop//", "/webhooks/shop/%00", "/webhooks/%ff", "/webhooks/shop/%ff%fe",
     "//webhooks/shop", "/webhooks/%ED%A0%80", "/webhooks/shop/\xed\xa0\x80", "/webhooks/" + "a" * 5000, "*", "?",
     "http://h:x/webhooks/shop", "/webhooks/shop;a=b", "/webhooks/shop#x", "/validate", "/validate/%ff",
     "/validate/shop/%00", "/validate/meta", "/webhooks/meta", "/webhooks/meta?hub.mode=subscribe&hub.challenge=%ff",
     "/webhooks/events?access_token=%ff", "/webhooks/pixel/%2e%2e/x", "/healthz/", "/metrics", "/openapi.json"],
)  # fmt: skip
def test_no_path_and_no_method_is_an_error_of_ours(hostile: Ingest, method: str, path: str):
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    status, _, rest = hostile.send(head.encode("latin-1")).partition(b"\r\n")[0].decode()[9:].partition(" ")
    assert int(status) in {200, 204, 400, 401, 404, 405} and rest


def test_a_challenge_gives_back_any_text_as_plain_text(hostile: Ingest):
    asked = f"/webhooks/meta?hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge="
    for text, body in (("%3Cscript%3E", b"<script>"), ("%FF%00", b"\xff\x00"), ("x" * 9000, b"x" * 4096), ("", b"")):
        answer = hostile.request("GET", asked + text)
        assert (answer.status, answer.body) == (200, body)
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("OPTIONS", 204)])
@pytest.mark.parametrize("sender", SENDERS)
def test_an_answer_without_content_has_no_type(hostile: Ingest, sender: str, method: str, status: int):
    answer = hostile.request(method, f"/webhooks/{sender}")
    assert (answer.status, answer.body, answer.headers.get("content-type")) == (status, b"", None)


@pytest.mark.parametrize(
    ("attribute", "code"),
    [("\xff", "bad_encoding"), ("%ED%A0%80", "bad_encoding"), ("%", None), ('"', None), ("x" * 10_000, "too_long")],
)
def test_an_attribute_in_a_header_is_utf_8_or_refused(hostile: Ingest, attribute: str, code: str | None):
    body = json.dumps({"occurred_at": CLICK["occurred_at"]}).encode()
    headers = {"ce-specversion": "1.0", "ce-id": attribute.encode("latin-1"), "ce-source": "/x", "ce-type": "a.click",
               "content-type": "application/json", "authorization": f"Bearer {TOKEN}"}  # fmt: skip
    answer = hostile.request("POST", "/webhooks/events", body, headers)
    expected = (200, None) if code is None else (400, code) if code == "bad_encoding" else (422, "all_invalid")
    assert outcome(answer) == expected


@pytest.mark.parametrize("sender", ["shop", "lenient"])
def test_a_body_of_another_length_than_it_says_is_never_taken(hostile: Ingest, sender: str):
    body = click()
    assert hostile.send(raw_post(body, f"Content-Length: {len(body) + 5}", sender=sender), ends=True) == b""
    shorter = raw_post(body, f"Content-Length: {len(body) - 5}", "Connection: close", sender=sender)
    assert answers(hostile.send(shorter))[0].code == "signature_wrong"
    for size in (MIB + 1, 3 * MIB):
        raw = raw_post(b"", "Transfer-Encoding: chunked", sender=sender) + chunked(b" " * size, MIB // 4)
        refused(answers(hostile.send(raw))[0], 413, "body_too_large")


def test_all_of_it_loads_and_nothing_of_it_is_a_number_that_is_none(hostile: Ingest):
    for body, headers, _, _ in BODIES.values():
        hostile.post(body, "lenient", {key: value.encode("latin-1") for key, value in headers.items()})
    for text, _ in PARAMETERS.values():
        hostile.request("GET", f"/webhooks/postback?token={TOKEN}&{text}")
    hostile.load()
    assert hostile.query("select count(*) from interactions where not isfinite(revenue::double)") == [(0,)]
    reasons: set[Any] = {code for (code,) in hostile.query("select distinct code from quarantine")}
    assert {code for _, _, status, code in BODIES.values() if status in (400, 422)} <= reasons
    assert hostile.query("select count(*) from refusals where code = 'internal'") == [(0,)]


def test_a_list_inside_one_record_is_bound_by_the_limit_of_items(tmp_path: Path):
    with Desk(tmp_path, profile="shopify_orders") as desk:
        order = {"id": 1, "refunds": [{"id": number} for number in range(1001)]}
        headers = {"content-type": "application/json", "x-shopify-topic": "orders/updated"}
        passage = desk.passage(Request("POST", json.dumps(order).encode(), headers))
        with pytest.raises(DeliveryRefusedError) as caught:
            desk._door.decode(passage)
        assert caught.value.refusal.code == "items_too_many"
