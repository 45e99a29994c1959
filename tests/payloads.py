"""This module owns payload objects for tests: a click, the contract's example, and what one object is read as."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ingest.items.context import Context
from ingest.payload import parse_item

at = datetime.fromisoformat
NOW = at("2026-11-23T09:00")
KEY = b"a key of the data folder"
TIME = "2026-11-23T08:00:00Z"


def context(**more: Any) -> Context:
    """What the sender `shop` and the moment NOW add; `more` wins."""
    values = {"sender": "shop", "zone": ZoneInfo("UTC"), "currency": "USD", "network": None, "now": NOW}
    return Context(**(values | {"visitor_key": KEY, "message_id": "msg_1"} | more))


def click(**more: Any) -> dict[str, Any]:
    """A click with what it needs, and `more`."""
    return {"id": "evt_1", "type": "click", "occurred_at": TIME} | more


def item(value: dict[str, Any], **more: Any) -> Any:
    """The frozen item that an object is read as; `more` is of the context."""
    return parse_item(value, 0, context(**more)).item


def warnings(value: dict[str, Any]) -> tuple[str, ...]:
    """What the sender is told about an object that is accepted."""
    return parse_item(value, 0, context()).warnings


CONTRACT = {
    "id": "evt_1", "type": "click", "occurred_at": TIME, "referrerAdCreative": "Quiet SUVs of 2026",
    "click_id": "c-9", "click_ids": {"fbclid": "IwAR0"}, "visitor_id": "v-7", "session_id": "s-1",
    "network": "facebook", "account_id": "act_9", "campaign_id": "2384", "campaign_name": "SUV US", "adset_id": "7",
    "ad_id": "1202", "ad_name": "v3", "placement": "feed", "offer_id": "140", "landing_page": "/quiet-suvs",
    "term": "used suv", "country": "US", "device": "mobile", "conversion_kind": "purchase", "transaction_id": "t-5",
    "revenue": "0.42", "revenue_stage": "final", "cost": "0.10", "currency": "USD", "traffic": "human",
    "consent": "granted", "properties": {"any": "json"},
}  # fmt: skip
