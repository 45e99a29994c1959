"""This module owns what every auth scheme shares: the one refusal, the replay window, comparing in constant time."""

import hmac
from collections.abc import Iterable, Sequence
from typing import Protocol

from ingest.door.request import Request

STAMP_DIGITS_MAX = 12  # unix seconds until the year 33658; more is milliseconds, or an attack on int()
GUESSABLE_CHARS = 12  # a token or password below this can be tried out; Meta's own example of a token has 12


class AuthError(Exception):
    """The request is not authentic. `code` is a key of `ingest.rejection.REFUSALS`.

    It is `signature_missing`, `signature_wrong`, `timestamp_stale` or `origin_unknown`, and says nothing that helps a
    forger.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Verifier(Protocol):
    """Who may post, decided for one sender: its scheme with its secrets."""

    def verify(self, request: Request, now: float) -> Request:
        """The authentic request without its token; `now` is unix seconds. Raises AuthError and nothing else."""


def header_bytes(text: str) -> bytes:
    """The bytes of a header as they came over the wire; WSGI hands them over as latin-1.

    Raises AuthError where the text cannot have come over a wire. Never replaces: two texts would be one.
    """
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise AuthError("signature_wrong") from None


def check_window(stamp: str, now: float, tolerance_seconds: int) -> None:
    """Refuse a timestamp that is no unix second, or is too far from `now` in either direction. Raises AuthError."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= STAMP_DIGITS_MAX):
        raise AuthError("signature_wrong")
    if abs(now - int(stamp)) > tolerance_seconds:
        raise AuthError("timestamp_stale")


def is_among(expected: Iterable[bytes], given: Sequence[bytes]) -> bool:
    """Whether one of `given` equals one of `expected`; all pairs are compared, so that time tells nothing."""
    found = False
    for right in expected:
        for text in given:  # bytes, not str: compare_digest raises TypeError on a non-ASCII str, which would be a 500
            found |= hmac.compare_digest(right, text)
    return found


def key_of(secret: str) -> bytes:
    """A secret that is its own UTF-8 bytes. Raises ValueError where it is empty (anybody could sign)."""
    if not secret.strip():
        raise ValueError("a secret is empty")
    return secret.encode()
