"""This module owns Stripe's scheme: `Stripe-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">,…`.

The key is the whole text of the secret, `whsec_` included. Several v1 stand side by side while a secret rolls;
v0 is for test events of old and proves nothing. stripe-python refuses late events only; here the window holds in
both directions. https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.auth.proof import AuthError, Verifier, check_window, header_bytes, is_among, key_of
from ingest.auth.scheme import Auth
from ingest.door.request import Request

HEADER = "stripe-signature"
ENTRIES_MAX = 16


@dataclass(frozen=True, slots=True)
class Stripe:
    """The keys of one sender."""

    keys: tuple[bytes, ...]
    tolerance_seconds: int

    def verify(self, request: Request, now: float) -> Request:
        """The request as it is: a signature is no token."""
        given = request.headers.get(HEADER)
        if not given:
            raise AuthError("signature_missing")
        pairs = [entry.partition(b"=") for entry in header_bytes(given).split(b",")]
        stamps = [value for name, _, value in pairs if name == b"t"]
        proofs = [value for name, _, value in pairs if name == b"v1"][:ENTRIES_MAX]
        if len(stamps) != 1:
            raise AuthError("signature_wrong")
        check_window(stamps[0].decode("latin-1"), now, self.tolerance_seconds)
        signed = stamps[0] + b"." + request.body
        if not is_among((_hex(key, signed) for key in self.keys), proofs):
            raise AuthError("signature_wrong")
        return request


def _hex(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, "sha256").hexdigest().encode()


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:
    """Verify with all active secrets. Raises ValueError where one is empty."""
    return Stripe(tuple(_key(secret) for secret in secrets), auth.tolerance_seconds)


def _key(secret: str) -> bytes:
    key_of(secret.removeprefix("whsec_"))
    return key_of(secret)


def new_secret(auth: Auth) -> str:  # noqa: ARG001 (every scheme has these three functions)
    """A fresh secret that looks like Stripe's."""
    return "whsec_" + randomness.token_hex(32)


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request with its `stripe-signature`."""
    stamp = int(now)
    proof = _hex(_key(secret), f"{stamp}.".encode() + request.body).decode()
    return replace(request, headers={**request.headers, HEADER: f"t={stamp},v1={proof}"})
