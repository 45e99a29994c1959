"""This module owns the scheme origin: what browsers can prove, that a request comes from a page of a listed origin.

A browser writes the Origin header itself, and no script of a page can change it; whoever posts without a browser can.
So it keeps other pages out, and no forger: what may be posted this way carries no money.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.auth.proof import AuthError, Verifier
from ingest.auth.scheme import Auth
from ingest.door.request import Request


@dataclass(frozen=True, slots=True)
class Pages:
    """Lets pages of these origins in; origins are no secrets, so nothing is compared in constant time."""

    origins: frozenset[str]

    def verify(self, request: Request, now: float) -> Request:  # noqa: ARG002 (every verifier has this shape)
        """The request as it is. Raises AuthError where it comes from another page, or from none."""
        if request.headers.get("origin") not in self.origins:
            raise AuthError("origin_unknown")
        return request


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:  # noqa: ARG001 (every scheme has these three functions)
    """Let pages in; `secrets` are the sender's origins here, as they are what is held against a request."""
    return Pages(frozenset(secrets))


def new_secret(auth: Auth) -> str:  # noqa: ARG001
    """Raises ValueError: a page can keep none."""
    raise ValueError("a page can keep no secret, so there is none to make")


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request as a page of the origin `secret` would send it."""
    return dataclasses.replace(request, headers={**request.headers, "origin": secret})
