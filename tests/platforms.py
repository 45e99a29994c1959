"""This module owns platforms' deliveries for tests: what a profile makes of one, and what the books then hold.

with Desk(tmp_path, profile="shopify_orders") as desk:
    [order] = said(posted(desk, {...}, {"x-shopify-topic": "orders/create"}))
    assert order["revenue"] == Decimal("403")
    assert money(desk) == (1, Decimal("403"))
"""

import dataclasses
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from journaling import NOW, Desk
from ondemand import OnDemand

from analytics.build import Inputs
from analytics.config import AnalyticsSettings
from ingest.delivery import Passage
from ingest.door.request import Request
from ingest.profile import Profile, profile
from ingest.senders.send_test import filled

NOISE = {"index", "key_hash", "content_hash", "variant_id", "repeats"}
JSON = {"content-type": "application/json"}


def got(desk: Desk, query: str, at: datetime = NOW) -> Passage:
    """A GET with this query, on disk."""
    return desk.put(Request("GET", b"", {}, query), at)


def posted(
    desk: Desk, body: Any, headers: dict[str, str] | None = None, at: datetime = NOW, suffix: str = ""
) -> Passage:
    """A JSON POST, on disk; bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return desk.put(Request("POST", content, JSON | (headers or {}), "", suffix), at)


def sample(name: str) -> tuple[Profile, Request]:
    """A shipped profile, and its sample as it would be sent at NOW."""
    found = profile(name)
    return found, filled(found.sample, NOW.timestamp())


def said(passage: Passage) -> list[dict[str, Any]]:
    """The accepted items as their fields, without those that are empty, usual or computed."""
    usual = {"traffic": "human", "count": 1}
    return [
        {
            name: json.loads(value) if name in ("properties", "click_ids") else value
            for name, value in ((f.name, getattr(item, f.name)) for f in dataclasses.fields(item))
            if value is not None and name not in NOISE and usual.get(name) != value
        }
        for item in passage.accepted
    ]


def later(minutes: int) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def iso(minutes: int = 0) -> str:
    """That moment as RFC 3339."""
    return later(minutes).isoformat()


def unix(minutes: int = 0) -> int:
    """That moment as unix seconds."""
    return int(later(minutes).timestamp())


def money(desk: Desk, **settings: Any) -> tuple[int, Decimal]:
    """What the books hold in the end: goals that count, and their money after refunds."""
    desk.load()
    as_of = (NOW + timedelta(days=5)).replace(tzinfo=None)
    books = OnDemand(desk.record_path, Inputs(as_of, AnalyticsSettings(data_dir=desk.data_dir, **settings)))
    row = books.execute(
        "select coalesce(sum(conversions), 0)::bigint, coalesce(sum(amount - refunds), 0)::decimal(18, 2) from goals"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def verdicts(desk: Desk) -> dict[str, int]:
    """What the record kept of each item: rows, and conflicts in the quarantine."""
    desk.load()
    rows = desk.query("select count(*) from interactions")[0][0]
    conflicts = desk.query("select count(*) from quarantine where code = 'id_conflict'")[0][0]
    return {"rows": rows, "conflicts": conflicts}
