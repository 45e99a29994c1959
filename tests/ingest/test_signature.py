"""This module owns the promises of signatures: who is let in, and that nothing malformed is more than a refusal."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import SECRET
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ingest.signature import SignatureError, new_secret, secret_bytes, sign, verify

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "spec" / "signatures.json"
BODY = b'{"test": 2432232314}'
NOW = 1614265330
KEY = secret_bytes(SECRET)


def headers(**changed: str | None) -> dict[str, str]:
    """The headers of BODY signed at NOW, some changed or, with None, left out: `headers(id=None)`."""
    signed = {"id": "msg_1", "timestamp": str(NOW), "signature": sign(SECRET, "msg_1", NOW, BODY)} | changed
    return {f"webhook-{name}": value for name, value in signed.items() if value is not None}


def refusal(given: dict[str, str], body: bytes = BODY, now: float = NOW, keys: tuple[bytes, ...] = (KEY,)) -> str:
    """The code of the refusal, "" where the request is authentic."""
    try:
        verify(keys, given, body, now)
    except SignatureError as error:
        return error.code
    return ""


def test_a_signed_request_is_authentic():
    assert refusal(headers()) == ""


def vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the vectors are not beside this checkout"))]
    cases = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in cases if case["scheme"] == "standard-webhooks"]


@pytest.mark.parametrize("case", vectors())
def test_every_vector_of_standard_webhooks_has_its_outcome(case: dict[str, Any]):
    is_symmetric = case["secret"].startswith("whsec_")  # v1a signs with a private key; we do not offer it yet
    code = refusal(case["headers"], case["body"].encode(), case["now"], (secret_bytes(case["secret"]),))
    assert (code == "") == (case["expect"] == "valid" and is_symmetric)


RIGHT = headers()["webhook-signature"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id": None}, "signature_missing"),
        ({"id": ""}, "signature_missing"),
        ({"timestamp": None}, "signature_missing"),
        ({"timestamp": ""}, "signature_missing"),
        ({"signature": None}, "signature_missing"),
        ({"signature": ""}, "signature_missing"),
        ({"id": "msg_2"}, "signature_wrong"),
        ({"id": "\x00\xff\x80"}, "signature_wrong"),
        ({"id": "msg_1\U0001f600"}, "signature_wrong"),
        ({"timestamp": "now"}, "signature_wrong"),
        ({"timestamp": f"-{NOW}"}, "signature_wrong"),
        ({"timestamp": f"+{NOW}"}, "signature_wrong"),
        ({"timestamp": f" {NOW}"}, "signature_wrong"),
        ({"timestamp": f"{NOW}.0"}, "signature_wrong"),
        ({"timestamp": "1e9"}, "signature_wrong"),
        ({"timestamp": "nan"}, "signature_wrong"),
        ({"timestamp": "१६१४२६५३३०"}, "signature_wrong"),
        ({"timestamp": "1²"}, "signature_wrong"),
        ({"timestamp": "9" * 13}, "signature_wrong"),
        ({"timestamp": "9" * 5000}, "signature_wrong"),
        ({"timestamp": "0"}, "timestamp_stale"),
        ({"timestamp": "9" * 12}, "timestamp_stale"),
        ({"timestamp": f"{NOW}000"}, "signature_wrong"),
        ({"timestamp": f"0{NOW}"}, "signature_wrong"),
        ({"signature": RIGHT.removeprefix("v1,")}, "signature_wrong"),
        ({"signature": RIGHT.replace("v1,", "v2,")}, "signature_wrong"),
        ({"signature": RIGHT.replace("v1,", "V1,")}, "signature_wrong"),
        ({"signature": RIGHT.replace("v1,", "v1a,")}, "signature_wrong"),
        ({"signature": RIGHT.replace("v1,", "v1=")}, "signature_wrong"),
        ({"signature": RIGHT[:-1]}, "signature_wrong"),
        ({"signature": RIGHT + "="}, "signature_wrong"),
        ({"signature": RIGHT.swapcase()}, "signature_wrong"),
        ({"signature": "v1,"}, "signature_wrong"),
        ({"signature": "v1,***not base64***"}, "signature_wrong"),
        ({"signature": "v1,é\xff\x80"}, "signature_wrong"),
        ({"signature": "v1,\U0001f600"}, "signature_wrong"),
        ({"signature": " "}, "signature_wrong"),
        ({"signature": ","}, "signature_wrong"),
        ({"signature": "v1," * 10_000}, "signature_wrong"),
        ({"signature": "v1, " * 16 + RIGHT}, "signature_wrong"),  # at most 16 entries are compared
    ],
)
def test_a_malformed_header_is_a_refusal(changed: dict[str, str | None], code: str):
    assert refusal(headers(**changed)) == code


@pytest.mark.parametrize("signature", [f"v1,AAAA {RIGHT}", f"{RIGHT} v1,AAAA", f"v2,x  v1a,y {RIGHT}", f" {RIGHT} "])
def test_one_right_entry_among_others_is_enough(signature: str):
    assert refusal(headers(signature=signature)) == ""


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY[:-1], b"\xff" + BODY])
def test_another_body_is_not_the_one_that_was_signed(body: bytes):
    assert refusal(headers(), body) == "signature_wrong"


@given(st.dictionaries(st.sampled_from(list(headers())), st.text()), st.binary(), st.floats(0, 1e11))
def test_nothing_that_a_header_holds_raises_anything_but_a_refusal(given: dict[str, str], body: bytes, now: float):
    assert refusal(given, body, now) != ""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, ""), (300, ""), (-300, ""), (300.001, "timestamp_stale"), (-300.001, "timestamp_stale"),
        (301, "timestamp_stale"), (-301, "timestamp_stale"),
    ],
)  # fmt: skip
def test_a_signature_holds_for_five_minutes_in_both_directions(seconds: float, code: str):
    assert refusal(headers(), now=NOW + seconds) == code


def test_a_late_request_with_a_wrong_signature_learns_only_that_it_is_late():
    assert refusal(headers(signature="v1,AAAA"), now=NOW + 301) == "timestamp_stale"


def test_while_a_secret_rotates_both_are_good_and_afterwards_the_old_one_is_not():
    old, new = new_secret(b"old" * 8), new_secret(b"new" * 8)
    both = (secret_bytes(new), secret_bytes(old))
    for secret in (old, new):
        assert refusal(headers(signature=sign(secret, "msg_1", NOW, BODY)), keys=both) == ""
    assert refusal(headers(signature=sign(old, "msg_1", NOW, BODY)), keys=both[:1]) == "signature_wrong"
    assert refusal(headers(), keys=()) == "signature_wrong"


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
        ("a plain secret é", "a plain secret é".encode()),
        ("whsek_MfKQ", b"whsek_MfKQ"),
    ],
)
def test_a_secret_is_base64_behind_its_prefix_and_else_its_own_bytes(secret: str, key: bytes):
    assert secret_bytes(secret) == key


@pytest.mark.parametrize("secret", ["whsec_***", "whsec_MfK", "whsec_Mf KQ", "whsec_é", "", "whsec_"])
def test_a_secret_that_is_empty_or_not_base64_is_an_error(secret: str):
    with pytest.raises(ValueError, match="a secret"):
        secret_bytes(secret)


def test_the_unmodified_library_signs_and_we_verify():
    now = datetime.now(UTC)
    for body in (BODY, "Künstler 🚚".encode()):
        signature = Webhook(SECRET).sign("msg_ü", now, body.decode())
        # WSGI hands header bytes over as latin-1.
        wired = headers(id="msg_ü".encode().decode("latin-1"), timestamp=str(int(now.timestamp())), signature=signature)
        assert refusal(wired, body, now.timestamp()) == ""


def test_we_sign_and_the_unmodified_library_verifies():
    now = int(datetime.now(UTC).timestamp())
    ours = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": sign(SECRET, "msg_1", now, BODY)}
    assert Webhook(SECRET).verify(BODY, ours) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", ours)


def test_we_and_the_library_agree_on_what_is_too_old():
    now = datetime.now(UTC)
    for minutes, good in ((4, True), (6, False), (-4, True), (-6, False)):
        stamp = int((now - timedelta(minutes=minutes)).timestamp())
        ours = headers(timestamp=str(stamp), signature=sign(SECRET, "msg_1", stamp, BODY))
        assert (refusal(ours, now=now.timestamp()) == "") is good
        if good:
            Webhook(SECRET).verify(BODY, ours)
        else:
            with pytest.raises(WebhookVerificationError):
                Webhook(SECRET).verify(BODY, ours)
