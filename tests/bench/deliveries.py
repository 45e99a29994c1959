"""This module owns the deliveries that benchmarks post: signed canonical events as whole HTTP requests.

They are made before a clock starts, and shortly before: a signature holds for five minutes.
"""

import itertools
import json
import time
from collections.abc import Iterator

from running import SECRET

from ingest.signature import sign

EVENT = {
    "type": "click", "occurred_at": "2026-01-05T08:00:00Z", "referrerAdCreative": "Quiet SUVs of 2026",
    "click_id": "c-9", "visitor_id": "v-7", "network": "facebook", "campaign_id": "2384", "ad_id": "1202",
    "country": "US", "device": "mobile",
}  # fmt: skip
_numbers = itertools.count(1)


def event() -> dict[str, str]:
    """One event that was never sent before."""
    return {"id": f"bench-{next(_numbers)}", **EVENT}


def delivery(events: int = 1, sender: str = "shop") -> bytes:
    """A signed request with that many new events."""
    content = event() if events == 1 else [event() for _ in range(events)]
    return request(json.dumps(content).encode(), sender)


def request(body: bytes, sender: str = "shop") -> bytes:
    """A body as a signed request."""
    ident, now = f"msg_bench_{next(_numbers)}", int(time.time())
    head = (
        f"POST /webhooks/{sender} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"webhook-id: {ident}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: {sign(SECRET, ident, now, body)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


def made(many: int, events: int = 1) -> Iterator[bytes]:
    """`many` requests, all made before the first is handed out."""
    return iter([delivery(events) for _ in range(many)])
