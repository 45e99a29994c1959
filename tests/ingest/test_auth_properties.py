"""This module owns what holds for any input: nothing but refusals, and not one byte of a proof can change."""

from dataclasses import replace
from typing import Any

import pytest
from authentic import BODY, CARRYING, CASES, NOW, SIGNING, STAMPED, TOKEN, refusal, sent
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.auth import sign, verifier
from ingest.auth.carrier import decoded
from ingest.door.request import Request

NAMES = sorted(
    {name for case in CASES for name in sent(case).headers} | {"svix-id", "svix-timestamp", "svix-signature"}
)
ANY = st.text(st.characters())  # half surrogate pairs as well
BEGUN = st.tuples(
    st.sampled_from([f"t={NOW},v1=", "t=", "v1,", "v1a,", "Basic ", "Bearer ", "Token ", "sha256=", "v0=", str(NOW)]),
    ANY,
).map("".join)
PIECE = st.one_of(ANY, st.tuples(st.sampled_from(["token=", "key=", "access_token=", "%74oken="]), ANY).map("".join))
QUERY = st.lists(PIECE, max_size=5).map("&".join)
REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST"]),
    body=st.binary(),
    headers=st.dictionaries(st.sampled_from(NAMES), st.one_of(ANY, BEGUN, st.just(str(NOW)))),
    query=QUERY,
    suffix=st.lists(ANY, max_size=3).map("/".join),
)
CLOCKS = st.one_of(st.just(float(NOW)), st.floats(0, 1e11))


@pytest.mark.parametrize("case", CASES)
@given(request=REQUESTS, now=CLOCKS)
def test_no_request_raises_anything_but_a_refusal(case: str, request: Request, now: float):
    assert refusal(case, request, now) != ""


def silent(case: str, request: Request) -> bool:
    """Whether the request says nothing that the scheme of `case` would look at."""
    auth, _ = CASES[case]
    names = {name.encode() for name in auth.query}
    return not any(decoded(piece.partition("=")[0]) in names for piece in request.query.split("&"))


@pytest.mark.parametrize("case", CASES)
@given(plain=REQUESTS)
def test_a_signed_request_verifies_and_goes_on_as_it_was(case: str, plain: Request):
    assume(silent(case, plain))
    auth, secret = CASES[case]
    plain = replace(plain, headers={name: text for name, text in plain.headers.items() if name not in NAMES})
    request = sign(auth, secret, plain, "msg_1", NOW)
    passed = verifier(auth, [secret]).verify(request, NOW)
    assert passed == (plain if case in CARRYING else request)
    assert TOKEN not in repr(passed)


def change(data: st.DataObject, text: str, begin: int = 0) -> str:
    """`text` with one character, at `begin` or behind it, changed to any other that a header can hold."""
    at = data.draw(st.integers(begin, len(text) - 1))
    other = data.draw(st.characters(max_codepoint=255).filter(lambda character: character != text[at]))
    return text[:at] + other + text[at + 1 :]


@pytest.mark.parametrize("case", SIGNING)
@given(data=st.data())
def test_no_byte_of_a_signed_body_can_change(case: str, data: st.DataObject):
    body = change(data, BODY.decode()).encode("latin-1")
    assert refusal(case, replace(sent(case), body=body)) == "signature_wrong"


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
def test_no_byte_of_a_proof_can_change(case: str, data: st.DataObject):
    request = sent(case)
    changed: dict[str, Any] = {}
    if request.headers:
        name = data.draw(st.sampled_from(sorted(request.headers)))
        text = request.headers[name]
        begin = text.find(" ") + 1 if case in CARRYING else 0  # names of schemes know no case
        changed["headers"] = {**request.headers, name: change(data, text, begin)}
    elif request.query:
        changed["query"] = change(data, request.query)
    else:
        changed["suffix"] = change(data, request.suffix)
    assert refusal(case, replace(request, **changed)) != ""


@pytest.mark.parametrize("case", STAMPED)
@given(seconds=st.integers(-10_000, 10_000))
def test_no_clock_outside_the_window_takes_a_request(case: str, seconds: int):
    assert refusal(case, sent(case), NOW + seconds) == ("" if abs(seconds) <= 300 else "timestamp_stale")
