"""This module owns who may post: one table of schemes, each a small module that verifies, makes a secret and signs.

A scheme sees a request as a value and answers with the same request without its token, or with one refusal.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ingest.auth import basic, body_hmac, page_origin, standard_webhooks, stripe, token, unproven
from ingest.auth.proof import AuthError, Verifier
from ingest.auth.scheme import Auth
from ingest.door.request import Request

__all__ = ["Auth", "AuthError", "Verifier", "new_secret", "sign", "verifier"]


class Scheme(Protocol):
    """What a module of this folder offers for its scheme."""

    def verifier(self, auth: Auth, secrets: Sequence[str]) -> Verifier: ...
    def new_secret(self, auth: Auth) -> str: ...
    def sign(self, auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request: ...


SCHEMES: Mapping[str, Scheme] = {
    "standard_webhooks": standard_webhooks,
    "stripe": stripe,
    "hmac": body_hmac,
    "bearer": token,
    "token": token,
    "basic": basic,
    "origin": page_origin,
    "none": unproven,
}


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:
    """Who verifies the requests of a sender: any one of its active secrets is enough, since they rotate.

    Raises ValueError with a sentence where a secret cannot be used, or where none is given and one is needed.
    """
    if not secrets and auth.scheme != "none":
        raise ValueError("there is no secret, so nobody could post. Give it one")
    return SCHEMES[auth.scheme].verifier(auth, secrets)


def new_secret(auth: Auth) -> str:
    """A fresh secret of the scheme's kind. Raises ValueError for the schemes none and origin, which have no secret."""
    return SCHEMES[auth.scheme].new_secret(auth)


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:
    """The request as an authentic sender would send it at `now` (unix seconds): headers, query or suffix added.

    `message_id` matters to Standard Webhooks only. Raises ValueError where the secret cannot sign.
    """
    return SCHEMES[auth.scheme].sign(auth, secret, request, message_id, now)
