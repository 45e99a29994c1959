"""This module owns the scheme none: platforms that prove nothing (Singular), whose sender's name is all there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.auth.proof import Verifier
from ingest.auth.scheme import Auth
from ingest.door.request import Request


@dataclass(frozen=True, slots=True)
class Unproven:
    """Lets everybody in."""

    def verify(self, request: Request, now: float) -> Request:  # noqa: ARG002 (every verifier has this shape)
        """The request as it is."""
        return request


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:  # noqa: ARG001 (every scheme has these three functions)
    """Let everybody in. Raises ValueError where a secret is given: nobody would check it."""
    if secrets:
        raise ValueError("this profile checks no secret (its platform sends none), so remove the secrets")
    return Unproven()


def new_secret(auth: Auth) -> str:  # noqa: ARG001
    """Raises ValueError: there is none."""
    raise ValueError("this profile's platform sends no secret, so there is none to make")


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request as it is."""
    return request
