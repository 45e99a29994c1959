"""This module owns interactions: one thing that happened, read from its payload into a frozen row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ingest.creative import variant_id
from ingest.items import fields
from ingest.items.context import Context
from ingest.items.ids import check_id
from ingest.items.item import REVENUE_STAGES, TRAFFIC, VERSIONED_TYPES, Interaction
from ingest.rejection import ItemRefusedError
from ingest.visitors.key import visitor_hash
from ingest.visitors.traffic import classify

WITHDRAWABLE = ("conversion", "ad_click")
STATEMENT_FIELDS = ("impressions", "clicks", "platform_conversions", "platform_revenue",
                    "sub_id", "asset_id", "thumbnail_url")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What was noticed about an item on the way: a macro in an id, the visitor's user agent, the time as said."""

    macro: bool = False
    user_agent: str | None = None
    said: Mapping[str, str] | None = None


def read_interaction(
    kind: str,
    index: int,
    value: dict[str, Any],
    known: dict[str, Any],
    rest: dict[str, Any],
    context: Context,
    seen: Seen,
) -> Interaction:
    """An interaction of type `kind`; `known` are the fields read, `rest` the keys nobody knows; both change."""
    for required in ("id", "occurred_at"):
        if value.get(required) is None or str(value[required]).strip() == "":
            raise ItemRefusedError("missing_field", required)
    identity = known.pop("id")
    check_id(identity)
    times = _times(value, context)
    stage = _stage(kind, value, known)
    _check_money(kind, stage, known)
    count = _count(kind, known)
    traffic = _traffic(value, seen, context)
    rest |= {name: str(known.pop(name)) for name in STATEMENT_FIELDS if name in known}
    rest |= {name: value[name] for name in ("day", "level", "valid_from") if value.get(name) is not None}
    raw = known.pop("referrerAdCreative", None)
    row = known  # it grows into the row, since merging dicts takes longer than all that is asked of them
    row["visitor"], row["click_ids"], row["consent"] = _followed(value, known, context)
    row["occurred_at"], row["stated_at"] = times
    row["revenue_stage"], row["count"], row["traffic"] = stage, count, traffic
    row["creative_raw"], row["variant_id"] = raw, variant_id(raw) if raw is not None else None
    row["currency"] = fields.read_currency(value, context.currency)
    row["properties"] = fields.read_properties(value.get("properties"), rest)
    row["repeats"] = context.repeats if kind in VERSIONED_TYPES else None
    content = fields.hash64(row | _as_said(value, row, seen.said) if seen.said else row)
    row["index"], row["type"], row["id"], row["content_hash"] = index, kind, identity, content
    row["key_hash"] = fields.hash64((context.sender, kind, stage, identity))
    return Interaction.of(row)


def _times(value: dict[str, Any], context: Context) -> tuple[datetime, datetime]:
    """When it happened, and when this version of it was stated."""
    occurred_at = fields.read_time(value["occurred_at"], "occurred_at", context.zone, context.now)
    updated = value.get("updated_at")
    if updated is None:
        return occurred_at, occurred_at
    return occurred_at, fields.read_time(updated, "updated_at", context.zone, context.now)


def _as_said(value: dict[str, Any], row: dict[str, Any], said: Mapping[str, str]) -> dict[str, object]:
    """The times of a row as they were said.

    A time of ours differs between a delivery and its retry, what was said does not: only that belongs to the content.
    """
    at = said.get("occurred_at", row["occurred_at"])
    stated = said.get("updated_at", at if value.get("updated_at") is None else row["stated_at"])
    return {"occurred_at": at, "stated_at": stated}


def _count(kind: str, known: dict[str, Any]) -> int:
    """How many equal events this is. A conversion of count 0 was withdrawn: it counts as none."""
    count: int = known.pop("count", 1)
    if count < 1 and kind not in WITHDRAWABLE:
        raise ItemRefusedError("bad_value", "count", "At least 1.")
    return count


def _followed(
    value: dict[str, Any], known: dict[str, Any], context: Context
) -> tuple[str | None, str | None, str | None]:
    """What could follow a person: the visitor as a keyed hash, the click ids; and the consent.

    Denied consent drops both, and the click's own id, at the edge.
    """
    visitor, click_ids = known.pop("visitor_id", None), _packed(known.pop("click_ids"))
    consent = fields.read_choice(value, "consent", ("granted", "denied"), None)
    if consent == "denied":
        visitor, click_ids = None, None
        known.pop("click_id", None)
    return visitor_hash(context.visitor_key, visitor) if visitor is not None else None, click_ids, consent


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


def _traffic(value: dict[str, Any], seen: Seen, context: Context) -> str:
    """Who this was: the sender's flag, else what the user agent says; a macro left in an id means a review bot."""
    traffic = context.traffic or fields.read_choice(value, "traffic", TRAFFIC, None)
    if traffic is not None:
        return traffic
    return "review" if seen.macro else classify(seen.user_agent) or "human"


def _packed(click_ids: dict[str, str] | None) -> str | None:
    return orjson.dumps(click_ids, option=orjson.OPT_SORT_KEYS).decode() if click_ids else None
