"""This module owns the scheme Standard Webhooks (https://www.standardwebhooks.com), v1 and v1a, and Svix's names of it.

HMAC-SHA256 (v1) or Ed25519 (v1a) over `id.timestamp.body`, base64, several space-separated entries in one
header while a secret rotates. Every malformed header is a refusal, never an exception.
"""

import base64
import hmac
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.auth import ed25519
from ingest.auth.proof import AuthError, Verifier, check_window, header_bytes
from ingest.auth.scheme import Auth
from ingest.door.request import Request

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"  # noqa: S105 (the public prefix of the format, not a secret)
ENTRIES_MAX = 16
FAMILIES = tuple((f"{name}-id", f"{name}-timestamp", f"{name}-signature") for name in ("webhook", "svix"))


def secret_bytes(secret: str) -> bytes:
    """The key behind a `whsec_` secret (base64); any other text is its own UTF-8 bytes.

    Raises ValueError where a secret is empty (anybody could sign) or a `whsec_` one is not base64.
    """
    if not secret.removeprefix(SECRET_PREFIX).strip():
        raise ValueError("a secret is empty")
    if secret.startswith(SECRET_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError:  # binascii.Error, and what is not ASCII
            key = b""
        if not key:
            raise ValueError(f"a secret that begins with {SECRET_PREFIX} must go on in base64")
        return key
    return secret.encode()


def whsec(random_bytes: bytes) -> str:
    """A `whsec_` secret made of `random_bytes` (24 to 64 of them, from `secrets.token_bytes`)."""
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the `webhook-signature` header: `v1,<base64>`, or `v1a,<base64>` of a `whsk_` secret.

    Raises ValueError where the secret cannot sign.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    if ed25519.is_key(secret):
        return ed25519.sign(secret, signed)
    return "v1," + base64.b64encode(hmac.new(secret_bytes(secret), signed, "sha256").digest()).decode()


def verify(
    keys: Sequence[bytes],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    tolerance_seconds: int = TOLERANCE_SECONDS,
    public_keys: Sequence["Ed25519PublicKey"] = (),
) -> str:
    """Check a Standard Webhooks request against every active key; `now` is unix seconds.

    Returns the message id that was signed. Raises AuthError with code `signature_missing`, `timestamp_stale` or
    `signature_wrong`.
    """
    message_id, stamp, given = _parts(headers)
    check_window(stamp, now, tolerance_seconds)
    signed = header_bytes(f"{message_id}.{stamp}.") + body
    entries = given.split(" ")
    symmetric = [entry[3:].encode("latin-1", "replace") for entry in entries if entry[:3] == "v1,"][:ENTRIES_MAX]
    matched = False
    for key in keys:  # every key and every entry is compared, so that time tells nothing
        expected = base64.b64encode(hmac.new(key, signed, "sha256").digest())
        for entry in symmetric:
            matched |= hmac.compare_digest(expected, entry)
    if public_keys:
        asymmetric = [entry[4:] for entry in entries if entry[:4] == "v1a,"][:ENTRIES_MAX]
        matched |= ed25519.is_signed(public_keys, asymmetric, signed)
    if not matched:
        raise AuthError("signature_wrong")
    return message_id


def _parts(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Id, timestamp and signature, from the first complete family of names: ours or Svix's, never mixed."""
    for id_name, stamp_name, signature_name in FAMILIES:
        message_id, stamp, given = headers.get(id_name), headers.get(stamp_name), headers.get(signature_name)
        if message_id and stamp and given:
            return message_id, stamp, given
    raise AuthError("signature_missing")


@dataclass(frozen=True, slots=True)
class StandardWebhooks:
    """The keys of one sender."""

    keys: tuple[bytes, ...]
    public_keys: tuple["Ed25519PublicKey", ...]
    tolerance_seconds: int

    def verify(self, request: Request, now: float) -> Request:
        """The request, its `webhook-id` being the id that was signed, whichever name it came under."""
        headers = request.headers
        signed_id = verify(self.keys, headers, request.body, now, self.tolerance_seconds, self.public_keys)
        if headers.get("webhook-id") == signed_id:
            return request
        return replace(request, headers={**headers, "webhook-id": signed_id})


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:
    """Verify with `whsec_` (or plain) secrets by v1, with `whpk_` and `whsk_` ones by v1a only. Raises ValueError.

    A public key is never an HMAC key: who knows it, and everybody may, could sign.
    """
    pairs = tuple(ed25519.public_key(secret) for secret in secrets if ed25519.is_key(secret))
    keys = tuple(secret_bytes(secret) for secret in secrets if not ed25519.is_key(secret))
    return StandardWebhooks(keys, pairs, auth.tolerance_seconds)


def new_secret(auth: Auth) -> str:  # noqa: ARG001 (every scheme has these three functions)
    """A fresh `whsec_` secret of 32 bytes."""
    return whsec(randomness.token_bytes(32))


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request with its three headers."""
    proof = signature(secret, message_id, int(now), request.body)
    added = {
        "webhook-id": message_id.encode().decode("latin-1"),  # as WSGI hands over what was sent as UTF-8
        "webhook-timestamp": str(int(now)),
        "webhook-signature": proof,
    }
    return replace(request, headers={**request.headers, **added})
