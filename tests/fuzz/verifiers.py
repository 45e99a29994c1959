"""This module owns what fuzzing holds about who may post: any request is refused by name, and none is let in.

A target builds a request for one scheme out of any bytes; nobody who has not the secret gets in, and a request that
was signed is refused once one signed part of it is another.
"""

from collections.abc import Callable
from dataclasses import replace

from authentic import CASES, NOW, SIGNING, sent
from fuzz.pieces import Pieces, text_of

from ingest.auth import AuthError, verifier
from ingest.auth.proof import Verifier
from ingest.bodies.cloudevents import allowed
from ingest.door.request import Request

CODES = {"signature_missing", "signature_wrong", "timestamp_stale"}
VERIFIERS: dict[str, Verifier] = {case: verifier(auth, [secret]) for case, (auth, secret) in CASES.items()}
SENT = {case: sent(case) for case in CASES}
ALL = list(CASES)
BEGINS = ["", f"t={NOW},v1=", "v1,", "v1a,", "v1,AA v1a,", str(NOW), "Basic ", "Bearer ", "Token ", "sha256=", "v0="]


def forged(case: str, data: bytes) -> None:
    """A request of a stranger, whose every part is the fuzzer's."""
    pieces, signed = Pieces(data), SENT[case]
    names = [*signed.headers] or ["authorization"]
    headers = {name: BEGINS[pieces.number(len(BEGINS))] + text_of(pieces.some()) for name in names if pieces.number(4)}
    query, suffix = text_of(pieces.some()), text_of(pieces.some())
    assert _code(case, Request("POST", pieces.rest(), headers, query, suffix)) in CODES


def changed(data: bytes) -> None:
    """A signed request of a scheme that signs, one part of it replaced."""
    pieces = Pieces(data)
    case = SIGNING[pieces.number(len(SIGNING))]
    signed = SENT[case]
    assert _code(case, signed) == ""
    names = list(signed.headers)
    place = pieces.number(len(names) + 1)
    if place == len(names):
        body = pieces.rest()
        assert (_code(case, replace(signed, body=body)) == "") is (body == signed.body)
        return
    name, text = names[place], text_of(pieces.rest())
    code = _code(case, replace(signed, headers={**signed.headers, name: text}))
    assert code in CODES or (code == "" and _says_the_same(text, signed.headers[name])), (case, name, text)


def _says_the_same(text: str, true: str) -> bool:
    """A header with the right proof among others is right; every other one must be refused."""
    return text == true or all(part in text for part in true.split(","))


def handshakes(data: bytes) -> None:
    """The headers of a CloudEvents handshake: answered without an error, with header fields that can be sent."""
    pieces = Pieces(data)
    given = {"webhook-request-origin": text_of(pieces.some()), "webhook-request-rate": text_of(pieces.rest())}
    for name, value in allowed(given).items():
        assert "\r" not in name + value and "\n" not in name + value


def _code(case: str, request: Request) -> str:
    try:
        VERIFIERS[case].verify(request, NOW)
    except AuthError as error:
        return error.code
    return ""


def every_scheme(data: bytes) -> None:
    """`forged`, for the scheme that the first byte says."""
    pieces = Pieces(data)
    forged(ALL[pieces.number(len(ALL))], pieces.rest())


TARGETS: dict[str, Callable[[bytes], None]] = {
    "forged": every_scheme, "changed": changed, "handshakes": handshakes,
}  # fmt: skip
SEEDS: dict[str, list[bytes]] = {
    "forged": [bytes([number, 1, 1, 9]) + b"v1,AAAA v1a,AA\x04k=a&\x03a/b{}" for number in range(len(ALL))],
    "changed": [
        bytes([number, place]) + text.encode("latin-1")
        for number, case in enumerate(SIGNING) for place, text in enumerate([*SENT[case].headers.values(), "{}"])
    ],
    "handshakes": [b"\x04a.example100"],
}  # fmt: skip
