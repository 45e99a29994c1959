"""This module owns the promise to unmodified clients: official vectors, and real libraries on the other side."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
import stripe
import svix.webhooks
from authentic import BODY, CASES, NOW, SHOPIFY, TOKEN, WHPK, WHSEC, WHSK, refusal, sent

from ingest.auth import Auth, AuthError, sign, verifier
from ingest.door.request import Request

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "spec" / "signatures.json"
HUB = Auth(scheme="hmac", header="X-Hub-Signature-256", prefix="sha256=")
SCHEMES = {
    "standard-webhooks": Auth(scheme="standard_webhooks"),
    "stripe": Auth(scheme="stripe"),
    "github": HUB,
    "meta": HUB,
    "shopify": SHOPIFY,
}
PLAIN = Request("POST", BODY)


def vectors() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text(encoding="utf-8")) if VECTORS.is_file() else []


def signed_vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the vectors are not beside this checkout"))]
    return [pytest.param(case, id=case["name"]) for case in vectors() if case["scheme"] != "meta-verify"]


@pytest.mark.parametrize("case", signed_vectors())
def test_every_vector_has_its_outcome(case: dict[str, Any]):
    headers = {name.lower(): text for name, text in case["headers"].items()}
    request = Request("POST", case["body"].encode(), headers)
    checked = verifier(SCHEMES[case["scheme"]], [case["secret"]])
    if case["expect"] == "valid":
        assert checked.verify(request, case.get("now", NOW)) == request
    else:
        with pytest.raises(AuthError):
            checked.verify(request, case.get("now", NOW))


@pytest.mark.skipif(not VECTORS.is_file(), reason="the vectors are not beside this checkout")
def test_every_challenge_passes_by_its_token_and_keeps_the_rest_of_the_query():
    cases = [case for case in vectors() if case["scheme"] == "meta-verify"]
    assert cases
    for case in cases:
        query = case["request"].partition("?")[2]
        checked = verifier(Auth(scheme="token", query=("hub.verify_token",)), [case["verify_token"]])
        rest = checked.verify(Request("GET", b"", {}, query), NOW).query
        assert rest == f"hub.mode=subscribe&hub.challenge={case['expect_body']}"


def now() -> tuple[datetime, int]:
    """Libraries look at the clock themselves."""
    moment = datetime.now(UTC)
    return moment, int(moment.timestamp())


@pytest.mark.parametrize("body", [BODY, "Künstler 🚚".encode()])
def test_standardwebhooks_and_svix_sign_and_we_verify(body: bytes):
    moment, seconds = now()
    checked = verifier(Auth(scheme="standard_webhooks"), [WHSEC])
    for library, family in ((standardwebhooks.Webhook, "webhook"), (svix.webhooks.Webhook, "svix")):
        proof = library(WHSEC).sign("msg_1", moment, body.decode())
        headers = {f"{family}-id": "msg_1", f"{family}-timestamp": str(seconds), f"{family}-signature": proof}
        assert checked.verify(Request("POST", body, headers), seconds).headers["webhook-id"] == "msg_1"


def test_we_sign_and_standardwebhooks_and_svix_verify():
    _, seconds = now()
    ours = sign(Auth(scheme="standard_webhooks"), WHSEC, PLAIN, "msg_1", seconds)
    assert standardwebhooks.Webhook(WHSEC).verify(BODY, dict(ours.headers)) == json.loads(BODY)
    theirs = {name.replace("webhook-", "svix-"): text for name, text in ours.headers.items()}
    svix.webhooks.Webhook(WHSEC).verify(BODY, theirs)
    with pytest.raises(svix.webhooks.WebhookVerificationError):
        svix.webhooks.Webhook(WHSEC).verify(BODY + b" ", theirs)


@pytest.mark.parametrize("secret", ["whsec_test_secret", "plain", "whsec_not base64 é"])
def test_stripe_signs_and_we_verify_and_the_other_way_round(secret: str):
    _, seconds = now()
    text = '{"id": "evt_1", "object": "event", "note": "é"}'
    auth = Auth(scheme="stripe")
    theirs = stripe.WebhookSignature.generate_signature_header(text, secret, seconds)
    request = Request("POST", text.encode(), {"stripe-signature": theirs})
    assert verifier(auth, [secret]).verify(request, seconds) == request
    ours = sign(auth, secret, Request("POST", text.encode()), "", seconds)
    assert stripe.Webhook.construct_event(ours.body, ours.headers["stripe-signature"], secret).id == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(ours.body + b" ", ours.headers["stripe-signature"], secret)


def test_we_sign_as_the_official_key_pair_does():
    request = sign(Auth(scheme="standard_webhooks"), WHSK, PLAIN, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW)
    assert request.headers["webhook-signature"] == (
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
    )
    assert refusal("standard v1a", request, secrets=(WHPK,)) == ""


def test_we_sign_as_slack_does():
    # https://docs.slack.dev/authentication/verifying-requests-from-slack, its example
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    auth, secret = CASES["slack"]
    request = sign(auth, secret, Request("POST", body), "", 1531420618)
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert request.headers["x-slack-signature"] == expected


def test_the_write_key_of_a_segment_sdk_is_a_user_name_with_an_empty_password():
    import requests

    prepared = requests.Request("POST", "http://127.0.0.1/", auth=(TOKEN, "")).prepare()
    theirs = Request("POST", BODY, {"authorization": prepared.headers["Authorization"]})
    assert theirs == sent("basic key")
    assert refusal("basic key", theirs) == ""
