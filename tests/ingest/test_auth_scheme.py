"""This module owns the promises of configuration: a wrong [auth] table or secret names itself before anybody posts."""

from typing import Any

import pytest
from authentic import BODY, CASES, NOW, TOKEN, WHPK, WHSK
from pydantic import ValidationError

from ingest.auth import Auth, new_secret, sign, verifier
from ingest.door.request import Request

HMAC: dict[str, Any] = {"scheme": "hmac", "header": "x-signature"}


def test_header_names_are_lower_case_and_the_aliases_follow():
    auth = Auth(scheme="hmac", header="X-Shopify-Hmac-Sha256", headers=("Shopify-Hmac-Sha256",))
    assert auth.header_names == ("x-shopify-hmac-sha256", "shopify-hmac-sha256")
    assert Auth(scheme="hmac", headers=("A", "b")).header_names == ("a", "b")


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"scheme": "digest"}, "scheme"),
        ({"scheme": "hmac"}, "header"),
        (HMAC | {"header": "x signature"}, "header"),
        (HMAC | {"header": ""}, "header"),
        (HMAC | {"headers": ["é"]}, "header"),
        (HMAC | {"query": ["token"]}, "query"),
        (HMAC | {"path": True}, "path"),
        (HMAC | {"prefix": "é"}, "prefix"),
        (HMAC | {"encoding": "base32"}, "encoding"),
        (HMAC | {"algorithm": "md5"}, "algorithm"),
        (HMAC | {"tolerance_seconds": 60}, "timestamp_header"),
        (HMAC | {"template": "{timestamp}{body}"}, "timestamp_header"),
        (HMAC | {"timestamp_header": "t", "template": "{body}"}, "template"),
        (HMAC | {"timestamp_header": "t", "template": "{timestamp}{body}{body}"}, "template"),
        (HMAC | {"timestamp_header": "t", "tolerance_seconds": 0}, "tolerance_seconds"),
        ({"scheme": "token"}, "header, query or path"),
        ({"scheme": "token", "query": [""]}, "query"),
        ({"scheme": "token", "query": ["é"]}, "query"),
        ({"scheme": "token", "path": True, "encoding": "hex"}, "encoding"),
        ({"scheme": "bearer", "header": "x"}, "header"),
        ({"scheme": "basic", "query": ["token"]}, "query"),
        ({"scheme": "stripe", "header": "x"}, "header"),
        ({"scheme": "standard_webhooks", "prefix": "v1,"}, "prefix"),
        ({"scheme": "none", "tolerance_seconds": 60}, "tolerance_seconds"),
        ({"scheme": "none", "secret": "x"}, "secret"),
    ],
)
def test_a_table_that_promises_what_nobody_checks_is_refused(table: dict[str, Any], word: str):
    with pytest.raises(ValidationError, match=word):
        Auth(**table)


@pytest.mark.parametrize("case", CASES)
def test_a_scheme_that_needs_a_secret_needs_one(case: str):
    auth, _ = CASES[case]
    with pytest.raises(ValueError, match="no secret, so nobody could post"):
        verifier(auth, [])


@pytest.mark.parametrize(
    ("case", "secret", "word"),
    [
        *((case, "", "empty|at least") for case in CASES),
        *((case, " \n", "empty|at least") for case in CASES),
        ("standard v1", "whsec_", "a secret is empty"),
        ("standard v1", "whsec_***", "base64"),
        ("standard v1", "whsec_====", "base64"),
        ("standard v1", "whpk_***", "base64"),
        ("standard v1", "whpk_", "32 bytes"),
        ("standard v1", WHPK[:-4] + "==", "32 bytes|base64"),
        ("standard v1", "whsk_AAAA", "32 or 64 bytes"),
        ("standard v1", WHSK[:-8] + "AAAAAA==", "do not belong together"),
        ("stripe", "whsec_", "a secret is empty"),
        ("bearer", "short", "at least 12"),
        ("bearer", "a token with spaces", "visible ASCII"),
        ("bearer", "tokén-with-an-accent", "visible ASCII"),
        ("bearer", f"{TOKEN}\n", "visible ASCII"),
        ("token in the path", "token/with/slashes", "slash"),
        ("basic key", "short", "at least 12"),
        ("basic key", "a-long-user-name:short", "at least 12"),
        ("basic key", "short:", "at least 12"),
        ("basic key", f"user:{TOKEN}\n", "control character"),
    ],
)
def test_a_secret_that_cannot_be_used_says_why(case: str, secret: str, word: str):
    auth, good = CASES[case]
    for secrets in ((secret,), (good, secret)):
        with pytest.raises(ValueError, match=word):
            verifier(auth, secrets)
    with pytest.raises(ValueError, match=f"{word}|cannot sign"):
        sign(auth, secret, Request("POST", BODY), "msg_1", NOW)


def test_a_secret_that_nobody_would_check_is_refused():
    with pytest.raises(ValueError, match="checks no secret"):
        verifier(Auth(scheme="none"), [TOKEN])
    with pytest.raises(ValueError, match="none to make"):
        new_secret(Auth(scheme="none"))


def test_a_public_key_cannot_sign():
    with pytest.raises(ValueError, match="cannot sign"):
        sign(Auth(scheme="standard_webhooks"), WHPK, Request("POST", BODY), "msg_1", NOW)


@pytest.mark.parametrize("case", CASES)
def test_a_new_secret_is_new_and_its_sender_is_let_in(case: str):
    auth, _ = CASES[case]
    first, second = new_secret(auth), new_secret(auth)
    assert first != second
    request = sign(auth, first, Request("POST", BODY), "msg_1", NOW)
    verifier(auth, [second, first]).verify(request, NOW)
