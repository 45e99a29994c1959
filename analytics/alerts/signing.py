"""This module owns the signature of an outgoing webhook: Standard Webhooks 1.0, HMAC-SHA256 (`v1`).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def headers(event_id: str, at_seconds: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers. A signature by each secret: while one is rotated, either of them verifies."""
    signed = f"{event_id}.{at_seconds}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
