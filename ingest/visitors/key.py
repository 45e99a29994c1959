"""This module owns the key under which visitor ids become hashes before anything is stored."""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

KEY_NAME = "visitor.key"


def visitor_key(data_dir: Path) -> bytes:
    """The key of this data folder, made on first use; losing it splits every visitor in two.

    Several processes may ask at once: the file is written aside and linked, so the first one wins whole.
    """
    path = data_dir / KEY_NAME
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        aside = data_dir / f".{KEY_NAME}.{secrets.token_hex(8)}"  # containers have process ids in common
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path.read_bytes()


def visitor_hash(key: bytes, visitor: str) -> str:
    """What is stored of a visitor's id: 32 hex digits of HMAC-SHA-256; without the key nobody can try ids out."""
    keyed = _keyed(key).copy()
    keyed.update(visitor.encode())
    return keyed.hexdigest()[:32]


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> hmac.HMAC:
    """The hash with its key, ready to be copied."""
    return hmac.new(key, digestmod=hashlib.sha256)
