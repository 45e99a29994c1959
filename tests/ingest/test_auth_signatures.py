"""This module owns the promises of schemes that sign a body: what they refuse, rotation, the replay window."""

import base64
import hmac
from dataclasses import replace

import pytest
from authentic import BODY, CASES, NOW, SIGNING, STAMPED, WHPK, WHSEC, refusal, sent, with_headers

from ingest.auth import Auth, AuthError, new_secret, sign, verifier
from ingest.door.request import Request
from ingest.signature import SignatureError

T = f"t={NOW}"


@pytest.mark.parametrize("case", SIGNING)
def test_a_signed_request_is_authentic_and_goes_on_as_it_is(case: str):
    auth, secret = CASES[case]
    request = sent(case)
    assert verifier(auth, [secret]).verify(request, NOW) is request


@pytest.mark.parametrize("case", SIGNING)
@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY[:-1], b"\xff" + BODY, BODY + b"\n"])
def test_another_body_is_not_the_one_that_was_signed(case: str, body: bytes):
    assert refusal(case, replace(sent(case), body=body)) == "signature_wrong"


@pytest.mark.parametrize("case", SIGNING)
def test_each_header_that_is_missing_or_empty_is_a_missing_signature(case: str):
    request = sent(case)
    for name in request.headers:
        for text in (None, ""):
            assert refusal(case, with_headers(request, **{name: text})) == "signature_missing"


@pytest.mark.parametrize("case", SIGNING)
def test_another_secret_signs_in_vain(case: str):
    auth, _ = CASES[case]
    forged = sign(auth, "another secret", Request("POST", BODY), "msg_1", NOW)
    assert refusal(case, forged) == "signature_wrong"


@pytest.mark.parametrize("case", STAMPED)
@pytest.mark.parametrize("seconds", [0, 300, -300, 300.001, -300.001, 301, -301, 1e9, -1e9])
def test_a_timestamp_holds_for_five_minutes_in_both_directions(case: str, seconds: float):
    expected = "" if abs(seconds) <= 300 else "timestamp_stale"
    assert refusal(case, sent(case), NOW + seconds) == expected


@pytest.mark.parametrize("scheme", ["standard_webhooks", "stripe"])
def test_the_window_is_a_setting(scheme: str):
    auth = Auth(scheme=scheme, tolerance_seconds=10)
    request = sign(auth, WHSEC, Request("POST", BODY), "msg_1", NOW)
    verifier(auth, [WHSEC]).verify(request, NOW + 10)
    with pytest.raises(AuthError, match="timestamp_stale"):
        verifier(auth, [WHSEC]).verify(request, NOW + 11)


@pytest.mark.parametrize("case", SIGNING)
def test_while_a_secret_rotates_both_are_good_and_afterwards_the_old_one_is_not(case: str):
    auth, old = CASES[case]
    new = new_secret(auth)
    fresh = sign(auth, new, Request("POST", BODY), "msg_1", NOW)
    for request in (sent(case), fresh):
        assert refusal(case, request, secrets=(new, old)) == ""
    assert refusal(case, sent(case), secrets=(new,)) == "signature_wrong"


RIGHT = sent("stripe").headers["stripe-signature"]
PROOF = RIGHT.partition("v1=")[2]


@pytest.mark.parametrize(
    "text",
    [
        f"{T},v1={'0' * 64},v1={PROOF}", f"{T},v1={PROOF},v1=x", f"v1={PROOF},{T}", f"{T},v0=x,v1={PROOF},v2=y",
        f"{T},,v1={PROOF},", f"{T},v1=,v1={PROOF}",
    ],
)  # fmt: skip
def test_one_right_v1_of_stripe_among_others_is_enough(text: str):
    assert refusal("stripe", with_headers(sent("stripe"), stripe_signature=text)) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" ", "signature_wrong"),
        (",", "signature_wrong"),
        ("=", "signature_wrong"),
        (T, "signature_wrong"),
        (f"{T},", "signature_wrong"),
        (f"{T},v1=", "signature_wrong"),
        (f"{T},v0={PROOF}", "signature_wrong"),
        (f"{T},V1={PROOF}", "signature_wrong"),
        (f"{T},v1={PROOF.upper()}", "signature_wrong"),
        (f"{T},v1={PROOF[:-1]}", "signature_wrong"),
        (f"{T},v1={PROOF}0", "signature_wrong"),
        (f"{T}, v1={PROOF}", "signature_wrong"),
        (f" {T},v1={PROOF}", "signature_wrong"),
        (f"{T},{T},v1={PROOF}", "signature_wrong"),
        (f"t=1,{RIGHT}", "signature_wrong"),
        (f"v1={PROOF}", "signature_wrong"),
        (f"t=,v1={PROOF}", "signature_wrong"),
        (f"t=now,v1={PROOF}", "signature_wrong"),
        (f"t=-{NOW},v1={PROOF}", "signature_wrong"),
        (f"t={NOW}.0,v1={PROOF}", "signature_wrong"),
        (f"t=0{NOW},v1={PROOF}", "signature_wrong"),
        (f"t={NOW}000,v1={PROOF}", "signature_wrong"),
        (f"t={'9' * 5000},v1={PROOF}", "signature_wrong"),
        (f"t=1²,v1={PROOF}", "signature_wrong"),
        (f"t=0,v1={PROOF}", "timestamp_stale"),
        (f"t={NOW + 301},v1={PROOF}", "timestamp_stale"),
        (f"{T},v1=é\xff\x80", "signature_wrong"),
        (f"{T},v1=\U0001f600", "signature_wrong"),
        (f"{T},v1=\ud83c", "signature_wrong"),
        (f"{T}," + "v1=x," * 16 + f"v1={PROOF}", "signature_wrong"),  # at most 16 entries are compared
        ("v1=" * 100_000, "signature_wrong"),
    ],
)
def test_a_malformed_stripe_header_is_a_refusal(text: str, code: str):
    assert refusal("stripe", with_headers(sent("stripe"), stripe_signature=text)) == code


META = sent("meta").headers["x-hub-signature-256"]


@pytest.mark.parametrize(
    "text",
    [
        " ", "sha256=", META[7:], META.upper(), f"SHA256={META[7:]}", f" {META}", f"{META} ", META[:-1], f"{META}0",
        f"{META}, {META}", f"{META}\n", META.replace("sha256", "sha1"), "sha256=é\xff", "sha256=\ud83c",
        "sha256=\U0001f600", "sha256=" + "0" * 1_000_000,
    ],
)  # fmt: skip
def test_a_malformed_hmac_header_is_a_refusal(text: str):
    assert refusal("meta", with_headers(sent("meta"), x_hub_signature_256=text)) == "signature_wrong"


def test_a_header_with_two_names_may_come_under_either():
    request = sent("shopify")
    proof = request.headers["x-shopify-hmac-sha256"]
    other = with_headers(request, x_shopify_hmac_sha256=None, shopify_hmac_sha256=proof)
    assert refusal("shopify", other) == ""
    assert refusal("shopify", with_headers(other, x_shopify_hmac_sha256=proof)) == ""
    assert refusal("shopify", with_headers(other, shopify_hmac_sha256=proof[:-2] + "==")) == "signature_wrong"


@pytest.mark.parametrize("text", ["now", "-1", f"{NOW}.0", f" {NOW}", "9" * 13, "9" * 5000, "1²", "\ud83c", "१"])
def test_a_malformed_timestamp_is_a_refusal(text: str):
    assert refusal("slack", with_headers(sent("slack"), x_slack_request_timestamp=text)) == "signature_wrong"
    assert refusal("standard v1", with_headers(sent("standard v1"), webhook_timestamp=text)) == "signature_wrong"


@pytest.mark.parametrize("text", ["{body}", "{timestamp}", "\\1", "%s", "{}"])
def test_a_body_that_looks_like_a_template_is_only_a_body(text: str):
    request = sent("slack", Request("POST", text.encode()))
    assert refusal("slack", request) == ""
    assert refusal("slack", replace(request, body=BODY)) == "signature_wrong"


def test_svix_names_are_taken_whole_or_not_at_all_and_the_signed_id_goes_on():
    request = sent("standard v1")
    aliased = {name.replace("webhook", "svix"): text for name, text in request.headers.items()}
    auth, secret = CASES["standard v1"]
    passed = verifier(auth, [secret]).verify(replace(request, headers={**aliased, "webhook-id": "unsigned"}), NOW)
    assert passed.headers["webhook-id"] == "msg_1"
    mixed = {**aliased, "webhook-signature": aliased.pop("svix-signature")}
    del mixed["svix-signature"]
    assert refusal("standard v1", replace(request, headers=mixed)) == "signature_missing"


@pytest.mark.parametrize("raw", [WHPK.encode(), base64.b64decode(WHPK.removeprefix("whpk_"))])
def test_a_public_key_is_never_the_key_of_an_hmac(raw: bytes):
    digest = hmac.new(raw, f"msg_1.{NOW}.".encode() + BODY, "sha256").digest()
    proof = f"v1,{base64.b64encode(digest).decode()}"
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": proof}
    assert refusal("standard v1a", Request("POST", BODY, headers), secrets=(WHPK,)) == "signature_wrong"


def test_a_character_that_no_wire_carries_is_not_the_question_mark_that_was_signed():
    auth, secret = CASES["standard v1"]
    request = sign(auth, secret, Request("POST", BODY), "msg_?", NOW)
    assert refusal("standard v1", request) == ""
    assert refusal("standard v1", with_headers(request, webhook_id="msg_Ā")) == "signature_wrong"


V1A = sent("standard v1a").headers["webhook-signature"]  # it ends in Q==; R== is another spelling of the same bytes


@pytest.mark.parametrize(
    "text",
    [
        V1A.replace("v1a,", "v1,"), V1A[:-1], V1A[:-3] + "R==", "v1a,", "v1a,AAAA", "v1a,***", "v1a,é", "v1a,\ud83c",
        "v1a, " * 16 + V1A, f"v1a,{'A' * 100_000}",
    ],
)  # fmt: skip
def test_a_malformed_v1a_entry_is_a_refusal(text: str):
    assert refusal("standard v1a", with_headers(sent("standard v1a"), webhook_signature=text)) == "signature_wrong"


def test_both_kinds_of_standard_signatures_stand_side_by_side():
    both = f"{sent('standard v1').headers['webhook-signature']} {V1A}"
    for secrets in ((WHSEC,), (WHPK,), (WHPK, WHSEC), ("another", WHPK)):
        assert refusal("standard v1", with_headers(sent("standard v1"), webhook_signature=both), secrets=secrets) == ""


def test_the_refusal_of_the_old_name_is_the_same():
    assert SignatureError is AuthError
