"""This module owns the promise to unmodified clients over real HTTP: their SDKs post to the real server, it counts."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
import standardwebhooks
import stripe
import svix.webhooks
from clients import KEYS, NAMES, TOKEN, kept, now, serving, url
from cloudevents.core.bindings import http as bindings
from cloudevents.core.v1.event import CloudEvent
from platforms import sample
from running import SECRET, Ingest
from segment.analytics import Client

from ingest.auth import sign


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    with serving(tmp_path_factory.mktemp("clients")) as running:
        yield running


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
    bought = {"order_id": order, "revenue": 39.95, "currency": "EUR", "products": [{"sku": "1"}]}
    client.track("u-1", "Order Completed", bought, context={"campaign": {"source": "fb", "name": "SUV"}})
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
