"""This module owns signatures: who may post, proven over the raw bytes in constant time.

Standard Webhooks v1 (https://www.standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, base64,
several space-separated entries in one header while a secret rotates. Every malformed header is a refusal,
never an exception.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"  # noqa: S105 (the public prefix of the format, not a secret)


class SignatureError(Exception):
    """The request is not authentic. `code` is a key of `ingest.rejection.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def secret_bytes(secret: str) -> bytes:
    """The key behind a `whsec_` secret (base64); any other text is its own UTF-8 bytes.

    Raises ValueError where a secret is empty (anybody could sign) or a `whsec_` one is not base64.
    """
    if secret in ("", SECRET_PREFIX):
        raise ValueError("a secret is empty")
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError:  # binascii.Error, and what is not ASCII
            raise ValueError(f"a secret that begins with {SECRET_PREFIX} must go on in base64") from None
    return secret.encode()


def new_secret(random_bytes: bytes) -> str:
    """A `whsec_` secret made of `random_bytes` (24 to 64 of them, from `secrets.token_bytes`)."""
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the `webhook-signature` header: `v1,<base64>`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Check a Standard Webhooks request against every active key; `now` is unix seconds.

    Raises SignatureError with code `signature_missing`, `timestamp_stale` or `signature_wrong`.
    """
    message_id = headers.get("webhook-id")
    stamp = headers.get("webhook-timestamp")
    given = headers.get("webhook-signature")
    if not message_id or not stamp or not given:
        raise SignatureError("signature_missing")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureError("signature_wrong")
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureError("timestamp_stale")
    signed = f"{message_id}.{stamp}.".encode("latin-1", "replace") + body  # WSGI headers are latin-1
    # Bytes, not str: compare_digest raises TypeError on a non-ASCII str, which would be a 500.
    entries = [entry[3:].encode("latin-1", "replace") for entry in given.split(" ") if entry[:3] == "v1,"]
    matched = False
    for key in keys:  # every key and every entry is compared, so that time tells nothing
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        for entry in entries[:16]:
            matched |= hmac.compare_digest(expected, entry)
    if not matched:
        raise SignatureError("signature_wrong")
