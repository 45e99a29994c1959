"""This module owns a running ingest with a sender for every profile that a client or a document proves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from running import SECRET, Ingest

TOKEN = "a-token-of-32-visible-characters"
NAMES = (
    "standard", "cloudevents", "segment_track", "shopify_orders", "stripe_payments", "meta", "tonic", "voluum",
    "redtrack", "appsflyer",
)  # fmt: skip
KEYS = {name: SECRET if name in ("standard", "stripe_payments") else TOKEN for name in NAMES}
VERIFY_TOKEN = "open sesame"


@contextmanager
def serving(folder: Path) -> Iterator[Ingest]:
    """The real server with these senders, each named like its profile."""
    senders = {name: {"profile": name, "secrets": [KEYS[name]], "verify_token": VERIFY_TOKEN} for name in NAMES}
    with Ingest(folder, senders) as running:
        yield running


def url(ingest: Ingest, sender: str) -> str:
    """The address of a sender."""
    return f"http://127.0.0.1:{ingest.port}/webhooks/{sender}"


def kept(ingest: Ingest, sender: str, **fields: Any) -> list[tuple[Any, ...]]:
    """(id, type) of what the record holds of a sender, where the fields are so."""
    ingest.load()
    where = "".join(f" and {name} is not distinct from ?" for name in fields)
    query = f"select id, type from interactions where sender = ?{where} order by id"
    return ingest.query(query, sender, *fields.values())


def now() -> str:
    """This moment as RFC 3339."""
    return datetime.now(UTC).isoformat()
