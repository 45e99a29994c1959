"""This module owns the key pairs of Standard Webhooks v1a: `whpk_` verifies, `whsk_` signs, `v1a,<base64>` is proof.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (asymmetric).
"""

import base64
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded where there is such a key: most senders have a `whsec_` secret
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PUBLIC_PREFIX = "whpk_"
PRIVATE_PREFIX = "whsk_"
SEED_BYTES = 32


def is_key(secret: str) -> bool:
    """Whether a secret is half of a key pair."""
    return secret.startswith((PUBLIC_PREFIX, PRIVATE_PREFIX))


def public_key(secret: str) -> "Ed25519PublicKey":
    """The key that verifies: a `whpk_` one, or the public half of a `whsk_` one. Raises ValueError."""
    if secret.startswith(PRIVATE_PREFIX):
        return private_key(secret).public_key()
    raw = _raw(secret, PUBLIC_PREFIX)
    if len(raw) != SEED_BYTES:
        raise ValueError(f"a secret that begins with {PUBLIC_PREFIX} must go on in the base64 of 32 bytes")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


def private_key(secret: str) -> "Ed25519PrivateKey":
    """The key that signs: the seed, alone or with the public key behind it (64 bytes). Raises ValueError."""
    if not secret.startswith(PRIVATE_PREFIX):
        raise ValueError(f"a {PUBLIC_PREFIX} key cannot sign; only the sender has its {PRIVATE_PREFIX} half")
    raw = _raw(secret, PRIVATE_PREFIX)
    if len(raw) not in {SEED_BYTES, 2 * SEED_BYTES}:
        raise ValueError(f"a secret that begins with {PRIVATE_PREFIX} must go on in the base64 of 32 or 64 bytes")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(raw[:SEED_BYTES])
    if raw[SEED_BYTES:] not in {b"", key.public_key().public_bytes_raw()}:
        raise ValueError(f"the halves of a {PRIVATE_PREFIX} secret do not belong together")
    return key


def sign(secret: str, signed: bytes) -> str:
    """The entry `v1a,<base64>` over `signed` (`id.timestamp.body`). Raises ValueError without a private key."""
    return "v1a," + base64.b64encode(private_key(secret).sign(signed)).decode()


def is_signed(keys: Sequence["Ed25519PublicKey"], entries: Iterable[str], signed: bytes) -> bool:
    """Whether an entry (the base64 alone) is one of the keys' signature. Nothing here is secret, so time may tell."""
    return any(_verifies(key, entry, signed) for entry in entries for key in keys)


def _verifies(key: "Ed25519PublicKey", entry: str, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        signature = base64.b64decode(entry, validate=True)
        key.verify(signature, signed)
    except (ValueError, InvalidSignature):  # ValueError: not base64, not ASCII
        return False
    # base64 has several spellings of one signature (spare bits); only the canonical one is ours.
    return base64.b64encode(signature).decode() == entry


def _raw(secret: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except ValueError:
        raise ValueError(f"a secret that begins with {prefix} must go on in base64") from None
