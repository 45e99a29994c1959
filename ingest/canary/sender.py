"""This module owns the canary's name and secret, and what it posts: an ordinary click, signed, as a reserved sender."""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

from ingest.config import IngestSettings, Sender
from ingest.door.request import Request
from ingest.senders.origin import Origin, origin
from ingest.signature import sign
from ingest.visitors.key import visitor_key

NAME = "_canary"  # no name that a sender of whichad.toml could have
TEXT = "whichad canary: nobody's ad"


def canary_secret(data_dir: Path) -> str:
    """The secret of this data folder's canary, from its key: nothing new to keep, and every process knows it."""
    digest = hmac.new(visitor_key(data_dir), b"whichad canary", hashlib.sha256).digest()
    return f"whsec_{b64encode(digest).decode()}"


def canary_origin(settings: IngestSettings) -> Origin:
    """The reserved sender, ready to be posted to."""
    return origin(NAME, Sender(secrets=(canary_secret(settings.data_dir),)), settings)


def canary_request(secret: str, number: int) -> Request:
    """One canary, signed now."""
    now = time.time()
    body = json.dumps({
        "id": f"canary-{int(now * 1e6)}-{number}", "type": "click", "referrerAdCreative": TEXT,
        "occurred_at": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
    }).encode()  # fmt: skip
    message, stamp = f"msg_canary_{int(now * 1e6)}", int(now)
    headers = {
        "content-type": "application/json", "webhook-id": message, "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secret, message, stamp, body),
    }  # fmt: skip
    return Request("POST", body, headers, "", "")
