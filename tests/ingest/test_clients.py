"""This module owns the promise to unmodified clients over real HTTP: their SDKs post to the real server, and it counts."""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
import standardwebhooks
import stripe
import svix.webhooks
from cloudevents.core.bindings import http as bindings
from cloudevents.core.v1.event import CloudEvent
from platforms import sample
from running import SECRET, Ingest
from segment.analytics import Client

from ingest.auth import sign

TOKEN = "a-token-of-32-visible-characters"
NAMES = ("standard", "cloudevents", "segment_track", "shopify_orders", "stripe_payments", "meta", "tonic", "voluum", "redtrack",
         "appsflyer")  # fmt: skip
KEYS = {name: SECRET if name in ("standard", "stripe_payments") else TOKEN for name in NAMES}
CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed on this machine")


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    senders = {name: {"profile": name, "secrets": [KEYS[name]], "verify_token": "open sesame"} for name in NAMES}
    with Ingest(tmp_path_factory.mktemp("clients"), senders) as running:
        yield running


def url(ingest: Ingest, sender: str) -> str:
    return f"http://127.0.0.1:{ingest.port}/webhooks/{sender}"


def kept(ingest: Ingest, sender: str, **fields: Any) -> list[tuple[Any, ...]]:
    """(id, type) of what the record holds of a sender, where the fields are so."""
    ingest.load()
    where = "".join(f" and {name} is not distinct from ?" for name in fields)
    query = f"select id, type from interactions where sender = ?{where} order by id"
    return ingest.query(query, sender, *fields.values())


def now() -> str:
    return datetime.now(UTC).isoformat()


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_taken_as_its_platform_sends_it(ingest: Ingest, name: str):
    found, request = sample(name)
    moment = datetime.now(UTC).timestamp()
    body = request.body.replace(b"2026-11-23T09:00:00Z", now().encode()).replace(
        b"1795424400", str(int(moment)).encode()
    )
    query = request.query.replace("1795424400", str(int(moment)))
    plain = type(request)(request.method, body, dict(request.headers), query, request.suffix)
    signed = sign(found.auth, KEYS[name], plain, f"msg_{name}", moment)
    address = url(ingest, name) + (f"/{signed.suffix}" if signed.suffix else "")
    answer = requests.request(
        signed.method, address, params=signed.query, data=signed.body or None, headers=dict(signed.headers), timeout=30
    )
    assert answer.status_code == 200, answer.text
    assert len(kept(ingest, name, traffic="test")) == 1


@pytest.mark.parametrize(
    ("library", "family"), [(standardwebhooks.Webhook, "webhook"), (svix.webhooks.Webhook, "svix")]
)
def test_standardwebhooks_and_svix_sign_what_we_take(ingest: Ingest, library: Any, family: str):
    moment = datetime.now(UTC)
    body = json.dumps({"id": f"by-{family}", "type": "click", "occurred_at": now()})
    proof = library(SECRET).sign(f"msg_{family}", moment, body)
    headers = {f"{family}-id": f"msg_{family}", f"{family}-timestamp": str(int(moment.timestamp())),
               f"{family}-signature": proof, "content-type": "application/json"}  # fmt: skip
    answer = requests.post(url(ingest, "standard"), data=body, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert requests.post(url(ingest, "standard"), data=body + " ", headers=headers, timeout=30).status_code == 401
    assert (f"by-{family}", "click") in kept(ingest, "standard")


def test_stripe_s_verifier_and_the_server_agree_on_what_stripe_s_signer_signed(ingest: Ingest):
    session = {
        "id": "cs_live",
        "payment_status": "paid",
        "payment_intent": "pi_9",
        "amount_total": 1250,
        "currency": "usd",
    }
    event = {"id": "evt_9", "object": "event", "type": "checkout.session.completed", "livemode": True,
             "created": int(datetime.now(UTC).timestamp()), "data": {"object": session}}  # fmt: skip
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    for sent, is_theirs in ((body, True), (body + " ", False)):
        answer = requests.post(
            url(ingest, "stripe_payments"), data=sent, timeout=30,
            headers={"stripe-signature": header, "content-type": "application/json; charset=utf-8"},
        )  # fmt: skip
        assert answer.status_code == (200 if is_theirs else 401)
        if is_theirs:
            assert stripe.Webhook.construct_event(sent, header, SECRET).id == "evt_9"
        else:
            with pytest.raises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(sent, header, SECRET)
    assert kept(ingest, "stripe_payments", revenue=Decimal("12.5"), transaction_id="pi_9") == [
        ("cs_live", "conversion")
    ]


def event(identity: str, **attributes: Any) -> CloudEvent:
    known = {"id": identity, "source": "/shop", "type": "com.example.click", "specversion": "1.0"} | attributes
    return CloudEvent(known, {"referrerAdCreative": "Quiet SUVs für 2026", "click_id": identity, "network": "facebook"})


@pytest.mark.parametrize("mode", ["binary", "structured", "batch"])
@pytest.mark.parametrize("token", ["header", "query"])
def test_the_cloudevents_sdk_posts_in_every_mode(ingest: Ingest, mode: str, token: str):
    identity = f"{mode} 100% {token} é"
    made = event(identity, datacontenttype="application/json", time=datetime.now(UTC))
    message = bindings.to_binary_event(made) if mode == "binary" else bindings.to_structured_event(made)
    headers, body = dict(message.headers), message.body
    if mode == "batch":  # the SDK has no binding for it: the body is an array of its structured ones
        headers, body = {"content-type": "application/cloudevents-batch+json"}, b"[" + body + b"," + body + b"]"
    bearer = {"authorization": f"Bearer {TOKEN}"} if token == "header" else {}
    query = {"access_token": TOKEN} if token == "query" else {}
    answer = requests.post(url(ingest, "cloudevents"), body, params=query, headers=headers | bearer, timeout=30)
    assert (answer.status_code, answer.json()["quarantined"]) == (200, 0)
    assert kept(ingest, "cloudevents", click_id=identity) == [(f"/shop#{identity}", "click")]


def test_the_cloudevents_handshake_lets_its_sender_in(ingest: Ingest):
    asked = {"WebHook-Request-Origin": "eventemitter.example.com", "WebHook-Request-Rate": "120"}
    answer = requests.options(url(ingest, "cloudevents"), headers=asked, timeout=30)
    assert answer.headers["WebHook-Allowed-Origin"] == "eventemitter.example.com"
    assert answer.headers["WebHook-Allowed-Rate"] == "120"


@pytest.mark.parametrize("gzip", [True, False])
def test_segment_s_sdk_is_pointed_at_us_and_its_order_counts(ingest: Ingest, gzip: bool):
    failed: list[Any] = []
    client = Client(TOKEN, host=url(ingest, "segment_track"), gzip=gzip, on_error=lambda *what: failed.append(what))
    order = f"o-{gzip}"
    client.identify("u-1", {"email": "jon@example.com"})
    client.page("u-1", "shop", "home")
    client.track("u-1", "Order Completed", {"order_id": order, "revenue": 39.95, "currency": "EUR", "products": [{"sku": "1"}]},
                 context={"campaign": {"source": "fb", "name": "SUV"}})  # fmt: skip
    client.track("u-1", "Product Viewed", {"sku": "1"})
    client.track("u-1", "click", {"click_id": order, "referrerAdCreative": "Quiet SUVs"})
    client.flush()
    client.join()
    assert failed == []
    assert kept(ingest, "segment_track", transaction_id=order, revenue=Decimal("39.95")) == [(order, "conversion")]
    assert [kind for _, kind in kept(ingest, "segment_track", click_id=order)] == ["click"]


def test_segment_s_sdk_is_told_when_its_key_is_wrong(ingest: Ingest):
    failed: list[Any] = []
    client = Client(TOKEN[::-1], host=url(ingest, "segment_track"), on_error=lambda *what: failed.append(what))
    client.track("u-1", "Lead")
    client.flush()
    client.join()
    assert [error.status for error, _ in failed] == [401]


def curl(*arguments: str) -> tuple[str, str]:
    """(status, body) of curl's answer."""
    assert CURL
    command = [CURL, "--silent", "--show-error", "--max-time", "30", "--write-out", "\n%{http_code}", *arguments]
    body, _, status = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.rpartition(
        "\n"
    )
    return status, body


@needs_curl
def test_curl_posts_an_order_signed_as_shopify_s_documentation_says(ingest: Ingest, tmp_path: Path):
    body = json.dumps({"id": 820982911946154508, "created_at": now(), "updated_at": now(), "total_price": "403.00",
                       "currency": "USD", "landing_site": "/?rac=Quiet+SUVs", "note": "é"}, ensure_ascii=False)  # fmt: skip
    (tmp_path / "order.json").write_text(body, encoding="utf-8")
    proof = base64.b64encode(hmac.new(TOKEN.encode(), body.encode(), hashlib.sha256).digest()).decode()
    sent = ["-H", "Content-Type: application/json", "-H", "X-Shopify-Topic: orders/create", "--data-binary",
            f"@{tmp_path / 'order.json'}", url(ingest, "shopify_orders")]  # fmt: skip
    assert curl("-H", f"X-Shopify-Hmac-Sha256: {proof}", *sent)[0] == "200"
    assert curl("-H", f"X-Shopify-Hmac-Sha256: {proof[::-1]}", *sent)[0] == "401"
    assert ("820982911946154508", "conversion") in kept(ingest, "shopify_orders", revenue=Decimal(403))


@needs_curl
def test_curl_answers_meta_s_challenge_and_posts_its_escaped_bytes(ingest: Ingest):
    address = url(ingest, "meta")
    asked = ["-G", "-d", "hub.mode=subscribe", "-d", "hub.challenge=1158201444"]
    assert curl(*asked, "--data-urlencode", "hub.verify_token=open sesame", address) == ("200", "1158201444")
    assert curl(*asked, "-d", "hub.verify_token=guess", address)[0] == "401"
    stamp = int(datetime.now(UTC).timestamp())
    body = json.dumps({"object": "page", "entry": [{"id": "1", "time": stamp, "changes": [{"field": "leadgen", "value": {
        "leadgen_id": 9007199254740993, "ad_id": 9007199254740995, "created_time": stamp, "note": "é\ud83c\udf89"}}]}]})  # fmt: skip
    assert "\\u00e9\\ud83c\\udf89" in body
    proof = "sha256=" + hmac.new(TOKEN.encode(), body.encode(), hashlib.sha256).hexdigest()
    status, _ = curl("-H", "Content-Type: application/json", "-H", f"X-Hub-Signature-256: {proof}", "-d", body, address)
    assert status == "200"
    assert kept(ingest, "meta", ad_id="9007199254740995") == [("9007199254740993", "conversion")]


@needs_curl
@pytest.mark.parametrize("place", ["path", "query"])
def test_curl_gets_a_callback_with_its_token_in_the_path_or_the_query(ingest: Ingest, place: str):
    fields = [
        "type=redirect",
        f"event_id=by-{place}",
        f"ts={int(datetime.now(UTC).timestamp())}",
        "adtitle=Used SUVs & vans",
    ]
    address = url(ingest, "tonic") + (f"/{TOKEN}" if place == "path" else "")
    fields += [f"token={TOKEN}"] if place == "query" else []
    status, body = curl("-G", *(part for field in fields for part in ("--data-urlencode", field)), address)
    assert (status, json.loads(body)["accepted"]) == ("200", 1)
    assert (f"by-{place}", "click") in kept(ingest, "tonic")
    assert TOKEN not in json.dumps(ingest.query("select * from interactions where sender = 'tonic'"), default=str)


@needs_curl
@pytest.mark.parametrize("method", ["get", "post"])
def test_curl_sends_a_tracker_s_postback_as_query_or_form(ingest: Ingest, method: str):
    fields = f"external_id=c-{method}&cid=w-{method}&payout=1.25&txid=t-1&et=lead"
    address = f"{url(ingest, 'voluum')}?token={TOKEN}"
    status, body = curl(f"{address}&{fields}") if method == "get" else curl("-d", fields, address)
    assert (status, body) == ("200", "OK")
    assert kept(ingest, "voluum", click_id=f"c-{method}") == [(f"w-{method}#t-1", "conversion")]
