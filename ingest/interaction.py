"""This module owns interactions: one thing that happened, read from its payload into a frozen row."""

import hashlib
import hmac
from typing import Any

import orjson

from ingest import fields
from ingest.context import Context
from ingest.creative import variant_id
from ingest.items import REVENUE_STAGES, TRAFFIC, Interaction
from ingest.macros import macro_status
from ingest.rejection import ItemRefusedError

MACRO_FIELDS = ("click_id", "visitor_id", "session_id", "campaign_id", "adset_id", "ad_id", "account_id",
                "offer_id", "transaction_id")  # fmt: skip
STATEMENT_FIELDS = ("impressions", "clicks", "platform_conversions", "platform_revenue",
                    "sub_id", "asset_id", "thumbnail_url")  # fmt: skip


def read_interaction(
    kind: str,
    index: int,
    value: dict[str, Any],
    known: dict[str, Any],
    rest: dict[str, Any],
    context: Context,
) -> Interaction:
    """An interaction of type `kind`; `known` are the fields read, `rest` the keys nobody knows."""
    for required in ("id", "occurred_at"):
        if value.get(required) is None or str(value[required]).strip() == "":
            raise ItemRefusedError("missing_field", required)
    identity = known.pop("id")
    occurred_at = fields.read_time(value["occurred_at"], "occurred_at", context.zone, context.now)
    stage = _stage(kind, value, known)
    _check_money(kind, stage, known)
    count = known.pop("count", 1)
    if count < 1:
        raise ItemRefusedError("bad_value", "count", "At least 1.")
    traffic = _traffic(value, known, context)
    rest |= {name: str(known.pop(name)) for name in STATEMENT_FIELDS if name in known}
    rest |= {name: value[name] for name in ("day", "level", "valid_from") if value.get(name) is not None}
    followed = _followed(value, known, context)
    raw = known.pop("referrerAdCreative", None)
    row = {
        **known,
        "occurred_at": occurred_at, "revenue_stage": stage, "creative_raw": raw,
        "variant_id": variant_id(raw) if raw is not None else None,
        **followed,
        "currency": fields.read_currency(value, context.currency), "traffic": traffic, "count": count,
        "properties": fields.read_properties(value.get("properties"), rest),
    }  # fmt: skip
    key = fields.hash64((context.sender, kind, stage, identity))
    return Interaction(index=index, key_hash=key, content_hash=fields.hash64(row), type=kind, id=identity, **row)


def _followed(value: dict[str, Any], known: dict[str, Any], context: Context) -> dict[str, str | None]:
    """What could follow a person: the visitor as a keyed hash, the click ids. Denied consent drops it at the edge."""
    visitor, click_ids = known.pop("visitor_id", None), _click_ids(value.get("click_ids"))
    consent = fields.read_choice(value, "consent", ("granted", "denied"), None)
    if consent == "denied":
        visitor, click_ids = None, None
        known.pop("click_id", None)
    return {"visitor": _visitor(visitor, context), "click_ids": click_ids, "consent": consent}


def _stage(kind: str, value: dict[str, Any], known: dict[str, Any]) -> str | None:
    """The stage of the money; a conversion states final money unless it says otherwise, an ad click an estimate."""
    if kind == "revenue":
        if "revenue" not in known:
            raise ItemRefusedError("missing_field", "revenue")
        if "transaction_id" not in known and "click_id" not in known:
            raise ItemRefusedError("missing_field", "transaction_id", "Whose money is it?")
        return fields.read_choice(value, "revenue_stage", REVENUE_STAGES, "final")
    if kind == "refund":
        if "revenue" not in known:
            raise ItemRefusedError("missing_field", "revenue", "How much goes back?")
        return None
    default = {"conversion": "final", "ad_click": "estimated"}.get(kind) if "revenue" in known else None
    return fields.read_choice(value, "revenue_stage", REVENUE_STAGES, default)


def _check_money(kind: str, stage: str | None, known: dict[str, Any]) -> None:
    for name in ("revenue", "cost"):
        if known.get(name, 0) < 0 and not (name == "revenue" and (kind == "refund" or stage == "adjusted")):
            raise ItemRefusedError("bad_value", name, "Only refunds and adjusted money may be negative.")
    if kind == "refund":  # 5 and -5 both mean that 5 goes back
        known["revenue"] = abs(known["revenue"])


def _traffic(value: dict[str, Any], known: dict[str, Any], context: Context) -> str:
    """Who this was: the sender's flag; a macro left in an id means a review bot fetched the raw URL."""
    traffic = context.traffic or fields.read_choice(value, "traffic", TRAFFIC, None)
    if traffic is None:
        traffic = "review" if any(macro_status(known[f]) for f in MACRO_FIELDS if f in known) else "human"
    return traffic


def _visitor(visitor: str | None, context: Context) -> str | None:
    if visitor is None:
        return None
    return hmac.new(context.visitor_key, visitor.encode(), hashlib.sha256).hexdigest()[:32]


def _click_ids(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ItemRefusedError("bad_type", "click_ids", "An object of ids is expected.")
    read = {fields.read_id(k, "click_ids"): fields.read_id(v, "click_ids") for k, v in value.items() if v}
    return orjson.dumps(read, option=orjson.OPT_SORT_KEYS).decode() if read else None
