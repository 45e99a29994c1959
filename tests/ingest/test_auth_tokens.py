"""This module owns the promises of tokens: who is let in by one, and that none goes on to the journal."""

import base64
from dataclasses import replace

import pytest
from authentic import BODY, CARRYING, CASES, NOW, TOKEN, refusal, sent, with_headers

from ingest.auth import Auth, AuthError, new_secret, sign, verifier
from ingest.door.request import Request

OTHER = "another-token-of-ours-0"


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize("case", CARRYING)
def test_a_token_lets_in_and_never_goes_on(case: str):
    auth, secret = CASES[case]
    plain = Request("GET", BODY, {"content-type": "a/b", "x-more": "1"}, "b=2&&a=%2f&a&=", "v1/batch")
    request = sign(auth, secret, plain, "msg_1", NOW)
    assert request != plain
    assert verifier(auth, [secret]).verify(request, NOW) == plain


@pytest.mark.parametrize("case", CARRYING)
def test_without_a_token_nobody_is_let_in(case: str):
    assert refusal(case, Request("POST", BODY, {}, "a=1", "")) == "signature_missing"


@pytest.mark.parametrize("case", CARRYING)
def test_while_a_token_rotates_both_are_good_and_afterwards_the_old_one_is_not(case: str):
    auth, old = CASES[case]
    new = new_secret(auth)
    fresh = sign(auth, new, Request("POST", BODY), "", NOW)
    for request in (sent(case), fresh):
        assert refusal(case, request, secrets=(new, old)) == ""
    assert refusal(case, sent(case), secrets=(new,)) == "signature_wrong"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"Bearer {TOKEN}", ""),
        (f"bearer {TOKEN}", ""),
        (f"BEARER   {TOKEN}", ""),
        ("", "signature_missing"),
        (" ", "signature_wrong"),
        ("Bearer", "signature_wrong"),
        ("Bearer ", "signature_missing"),
        (TOKEN, "signature_wrong"),
        (f"Bearer{TOKEN}", "signature_wrong"),
        (f"Bearer\t{TOKEN}", "signature_wrong"),
        (f"Bearer: {TOKEN}", "signature_wrong"),
        (f"Bearer {TOKEN} ", "signature_wrong"),
        (f"Bearer {TOKEN}, Bearer {TOKEN}", "signature_wrong"),
        (f'Bearer "{TOKEN}"', "signature_wrong"),
        (f"Bearer {TOKEN.upper()}", "signature_wrong"),
        (f"Bearer {TOKEN[:-1]}", "signature_wrong"),
        (f"Bearer {TOKEN}x", "signature_wrong"),
        (f"Basic {TOKEN}", "signature_wrong"),
        ("Bearer é\xff\x80", "signature_wrong"),
        ("Bearer \U0001f600", "signature_wrong"),
        ("Bearer \ud83c", "signature_wrong"),
        ("Bearer " + "x" * 1_000_000, "signature_wrong"),
    ],
)
def test_a_bearer_header_is_right_or_a_refusal(text: str, code: str):
    assert refusal("bearer", Request("POST", BODY, {"authorization": text})) == code


@pytest.mark.parametrize(
    ("case", "text", "code"),
    [
        ("basic key", basic(f"{TOKEN}:"), ""),
        ("basic key", basic(f"{TOKEN}:{TOKEN}"), ""),
        ("basic key", basic(f"{TOKEN}:x"), "signature_wrong"),
        ("basic key", basic(f":{TOKEN}"), "signature_wrong"),
        ("basic key", basic(TOKEN), "signature_wrong"),
        ("basic pair", basic("ads:péssword:with:colons"), ""),
        ("basic pair", basic("ads:péssword:with:colons").replace("Basic", "bASIC "), ""),
        ("basic pair", basic("ads:"), "signature_wrong"),
        ("basic pair", basic("ads"), "signature_wrong"),
        ("basic pair", basic("Ads:péssword:with:colons"), "signature_wrong"),
        ("basic pair", basic("ads:péssword:with:colons") + "=", "signature_wrong"),
        ("basic pair", basic("ads:péssword:with:colons").removeprefix("Basic "), "signature_wrong"),
        ("basic pair", basic("ads:péssword:with:colons").replace("Basic", "Bearer"), "signature_wrong"),
        ("basic pair", "Basic ads:péssword:with:colons", "signature_wrong"),
        ("basic pair", "", "signature_missing"),
        ("basic pair", " ", "signature_wrong"),
        ("basic pair", "Basic", "signature_wrong"),
        ("basic pair", "Basic ", "signature_wrong"),
        ("basic pair", "Basic ***", "signature_wrong"),
        ("basic pair", "Basic Og==", "signature_wrong"),
        ("basic pair", "Basic é\xff", "signature_wrong"),
        ("basic pair", "Basic \ud83c", "signature_wrong"),
        ("basic pair", "Basic " + "A" * 1_000_001, "signature_wrong"),
    ],
)
def test_basic_credentials_are_right_or_a_refusal(case: str, text: str, code: str):
    assert refusal(case, Request("POST", BODY, {"authorization": text})) == code


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        (f"token={TOKEN}", ""),
        (f"key={TOKEN}", ""),
        (f"a=1&token={TOKEN}&b=2", "a=1&b=2"),
        (f"&&a=%2F&token={TOKEN}&&b=+%20&A", "&&a=%2F&&b=+%20&A"),
        (f"b=1&a=2&token={TOKEN}&a=1&token={TOKEN}", "b=1&a=2&a=1"),
        (f"token={TOKEN}&key={TOKEN}&=&é=\xff&%zz=%", "=&é=\xff&%zz=%"),
        (f"%74oken={TOKEN}&x", "x"),
        (f"token={TOKEN.replace('q', '%71').replace('-', '%2D')}", ""),
        (f"Token=x&tokens=y&token={TOKEN}", "Token=x&tokens=y"),
        (f"a=\ud83c&token={TOKEN}", "a=\ud83c"),
    ],
)
def test_a_token_is_cut_out_of_a_query_and_every_other_byte_stays(query: str, rest: str):
    auth, secret = CASES["token in the query"]
    assert verifier(auth, [secret]).verify(Request("GET", b"", {}, query), NOW).query == rest


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "signature_missing"),
        ("token", "signature_missing"),
        ("token=", "signature_missing"),
        ("token=&key=", "signature_missing"),
        (f"Token={TOKEN}", "signature_missing"),
        (f"a=1;token={TOKEN}", "signature_missing"),
        (f"token={TOKEN}&token={OTHER}", "signature_wrong"),
        (f"token={OTHER}&key={TOKEN}", "signature_wrong"),
        (f"token={TOKEN}&token=", "signature_wrong"),
        (f"token={TOKEN}&key", "signature_wrong"),
        (f"token={TOKEN}%00", "signature_wrong"),
        (f"token={TOKEN}+", "signature_wrong"),
        (f"token={TOKEN}%", "signature_wrong"),
        (f"token={TOKEN.replace('q', '%2571')}", "signature_wrong"),
        (f"token[]={TOKEN}", "signature_missing"),
        ("token=%ff%fe", "signature_wrong"),
        ("token=\ud83c", "signature_wrong"),
        ("token=" + "x" * 1_000_000, "signature_wrong"),
        ("&" * 2_000 + f"token={TOKEN}", "signature_wrong"),  # more parameters than anybody means
    ],
)
def test_a_token_in_a_query_that_is_not_right_is_a_refusal(query: str, code: str):
    assert refusal("token in the query", Request("GET", b"", {}, query), secrets=(TOKEN, OTHER)) == code


@pytest.mark.parametrize(
    ("suffix", "rest"),
    [(TOKEN, ""), (f"v1/batch/{TOKEN}", "v1/batch"), (f"a//{TOKEN}", "a/"), (TOKEN.replace("q", "%71"), "")],
)
def test_a_token_is_cut_off_a_path(suffix: str, rest: str):
    auth, secret = CASES["token in the path"]
    assert verifier(auth, [secret]).verify(Request("GET", b"", {}, "a=1", suffix), NOW).suffix == rest


@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        ("", "signature_missing"), ("/", "signature_missing"), (f"{TOKEN}/", "signature_missing"),
        (f"{TOKEN}/v1", "signature_wrong"), (TOKEN[:-1], "signature_wrong"), (f"{TOKEN}.", "signature_wrong"),
        (f"{TOKEN}%2f", "signature_wrong"), ("é", "signature_wrong"), ("\ud83c", "signature_wrong"),
        ("x" * 1_000_000, "signature_wrong"), ("%", "signature_wrong"),
    ],
)  # fmt: skip
def test_a_path_without_the_token_at_its_end_is_a_refusal(suffix: str, code: str):
    assert refusal("token in the path", Request("GET", b"", {}, "", suffix)) == code


ANYWHERE = Auth(scheme="token", header="x-api-token", query=("token",), path=True)


@pytest.mark.parametrize(
    ("header", "query", "suffix", "rest"),
    [
        (TOKEN, "", "", ("", "")),
        (None, f"token={TOKEN}", "v1/batch", ("", "v1/batch")),
        (None, "a=1", f"v1/{TOKEN}", ("a=1", "v1")),
        (TOKEN, f"token={TOKEN}&a", TOKEN, ("a", "")),
        (TOKEN, f"token={OTHER}", "", None),
        (OTHER[:-1], f"token={TOKEN}", "", None),
        (OTHER[:-1], "", TOKEN, None),
        (None, "token=x", TOKEN, None),
        (None, "", "v1/batch", None),
    ],
)
def test_a_token_that_stands_in_several_places_is_the_same_and_goes_from_all(
    header: str | None, query: str, suffix: str, rest: tuple[str, str] | None
):
    request = with_headers(Request("GET", b"", {}, query, suffix), x_api_token=header)
    checked = verifier(ANYWHERE, [TOKEN, OTHER])
    if rest is None:
        with pytest.raises(AuthError):
            checked.verify(request, NOW)
    else:
        assert checked.verify(request, NOW) == Request("GET", b"", {}, *rest)


def test_cloudevents_may_send_a_bearer_token_in_either_place_and_it_goes_from_both():
    auth, secret = CASES["bearer"]
    both = replace(sent("bearer"), query=f"x&access_token={TOKEN}")
    for request in (both, with_headers(both, authorization=None), replace(both, query="x")):
        assert verifier(auth, [secret]).verify(request, NOW) == Request("POST", BODY, {}, "x")
    assert refusal("bearer", replace(both, query="access_token=x")) == "signature_wrong"


def test_a_scheme_without_proof_lets_everybody_in():
    request = Request("GET", BODY, {"authorization": "Basic x"}, "token=1", "a/b")
    assert verifier(Auth(scheme="none"), []).verify(request, NOW) is request
    assert sign(Auth(scheme="none"), "", request, "", NOW) is request
