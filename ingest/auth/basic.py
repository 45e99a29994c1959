"""This module owns the scheme basic: `Authorization: Basic <base64 of user:password>` (RFC 7617).

A secret with a colon is `user:password`. One without is a key, as SDKs of Segment's kind send it: the user name,
with an empty password or with the key once more as password. What is given is compared as base64, so nothing
needs to be decoded and every garbage is simply another text.
"""

import base64
import re
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.auth.proof import GUESSABLE_CHARS, AuthError, Verifier, header_bytes, is_among
from ingest.auth.scheme import Auth
from ingest.door.request import Request

HEADER = "authorization"
CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # RFC 7617 forbids these in both


@dataclass(frozen=True, slots=True)
class Basic:
    """The credentials of one sender, as they stand in the header."""

    credentials: tuple[bytes, ...]

    def verify(self, request: Request, now: float) -> Request:  # noqa: ARG002 (a password knows no time)
        """The request without its `authorization` header."""
        text = request.headers.get(HEADER)
        if not text:
            raise AuthError("signature_missing")
        scheme, _, given = header_bytes(text).partition(b" ")
        if not is_among(self.credentials, [given.lstrip(b" ")]) or scheme.lower() != b"basic":
            raise AuthError("signature_wrong")
        headers = {name: value for name, value in request.headers.items() if name != HEADER}
        return replace(request, headers=headers)


def _credentials(secret: str) -> list[bytes]:
    """What may stand in the header, the usual form first. Raises ValueError where it could be guessed."""
    user, colon, password = secret.partition(":")
    if len(password or user) < GUESSABLE_CHARS:
        raise ValueError(f"a password, or a key without one, needs at least {GUESSABLE_CHARS} characters")
    if CONTROL.search(secret):
        raise ValueError("a user name or password holds a control character, such as a line break")
    pairs = [f"{user}:{password}"] if colon else [f"{user}:", f"{user}:{user}"]
    return [base64.b64encode(pair.encode()) for pair in pairs]


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:  # noqa: ARG001 (every scheme has these three functions)
    """Verify with all active credentials. Raises ValueError where one could be guessed."""
    return Basic(tuple(pair for secret in secrets for pair in _credentials(secret)))


def new_secret(auth: Auth) -> str:  # noqa: ARG001
    """A fresh key without a colon, to be sent as the user name."""
    return randomness.token_urlsafe(32)


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request with its `authorization` header."""
    given = _credentials(secret)[0].decode()
    return replace(request, headers={**request.headers, HEADER: f"Basic {given}"})
