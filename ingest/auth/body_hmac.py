"""This module owns the scheme hmac: a keyed hash of the raw body in a header (Meta, GitHub, Shopify, Slack …).

With `timestamp_header`, `template` says what is signed (`{timestamp}.{body}`; Slack: `v0:{timestamp}:{body}`),
and the replay window holds. What is given is compared as it was written, so nothing needs to be decoded.
"""

import base64
import hmac
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.auth.proof import AuthError, Verifier, check_window, header_bytes, is_among, key_of
from ingest.auth.scheme import Auth
from ingest.door.request import Request


@dataclass(frozen=True, slots=True)
class BodyHmac:
    """The keys of one sender, and where its signature is."""

    auth: Auth
    keys: tuple[bytes, ...]

    def verify(self, request: Request, now: float) -> Request:
        """The request as it is: a signature is no token."""
        headers = request.headers
        given = [header_bytes(headers[name]) for name in self.auth.header_names if headers.get(name)]
        stamp = headers.get(self.auth.timestamp_header, "") if self.auth.timestamp_header else None
        if not given or stamp == "":
            raise AuthError("signature_missing")
        if stamp is not None:
            check_window(stamp, now, self.auth.tolerance_seconds)
        signed = _signed(self.auth, stamp, request.body)
        if not is_among((_proof(self.auth, key, signed) for key in self.keys), given):
            raise AuthError("signature_wrong")
        return request


def _signed(auth: Auth, stamp: str | None, body: bytes) -> bytes:
    if stamp is None:
        return body
    before, _, after = auth.template.partition("{body}")
    return before.replace("{timestamp}", stamp).encode() + body + after.replace("{timestamp}", stamp).encode()


def _proof(auth: Auth, key: bytes, signed: bytes) -> bytes:
    digest = hmac.new(key, signed, auth.algorithm).digest()
    text = base64.b64encode(digest) if auth.encoding == "base64" else digest.hex().encode()
    return auth.prefix.encode() + text


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:
    """Verify with all active secrets, each being its own bytes. Raises ValueError where one is empty."""
    return BodyHmac(auth, tuple(key_of(secret) for secret in secrets))


def new_secret(auth: Auth) -> str:  # noqa: ARG001 (every scheme has these three functions)
    """A fresh secret of 32 bytes as URL-safe text."""
    return randomness.token_urlsafe(32)


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request with its signature, under the first of its header's names, and its timestamp if it has one."""
    stamp = str(int(now)) if auth.timestamp_header else None
    proof = _proof(auth, key_of(secret), _signed(auth, stamp, request.body)).decode()
    added = {auth.header_names[0]: proof}
    if auth.timestamp_header and stamp:
        added[auth.timestamp_header] = stamp
    return replace(request, headers={**request.headers, **added})
