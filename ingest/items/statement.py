"""This module owns statements: what a platform says (report, settlement, ad), read into frozen rows."""

from typing import Any

from ingest.creative import variant_id
from ingest.items import fields
from ingest.items.context import Context
from ingest.items.item import REPORT_LEVELS, Ad, Report, Settlement, Statement
from ingest.rejection import ItemRefusedError

MONEY_FIELDS = ("revenue", "cost", "platform_revenue")


def _statement(
    kind: str, key: tuple[Any, ...], index: int, value: dict[str, Any], row: dict[str, Any], context: Context
) -> dict[str, Any]:
    """What every statement carries. Without a time of its own, the delivery's id tells a repeat from news.

    Without an id either, all is news: figures may return to what they were, and the newest must count.
    """
    stated = value.get("occurred_at")
    at = fields.read_time(stated, "occurred_at", context.zone, context.now) if stated is not None else None
    for name in MONEY_FIELDS:
        if (row.get(name) or 0) < 0:
            raise ItemRefusedError("bad_value", name, "A statement's money is not negative.")
    content = (row, at if at is not None else context.message_id or context.now)
    return {
        **row,
        "index": index, "type": kind, "id": str(value.get("id") or ""),
        "key_hash": fields.hash64((context.sender, kind, *key)), "content_hash": fields.hash64(content),
        "stated_at": at or context.now,
    }  # fmt: skip


def read_report(
    index: int, value: dict[str, Any], known: dict[str, Any], rest: dict[str, Any], context: Context
) -> Report:
    """A platform's counts and cost of one ad, ad set or campaign on one day."""
    level = fields.read_choice(value, "level", REPORT_LEVELS, None)
    if level is None:
        raise ItemRefusedError("missing_field", "level")
    if value.get("day") is None:
        raise ItemRefusedError("missing_field", "day")
    if f"{level}_id" not in known:
        raise ItemRefusedError("missing_field", f"{level}_id")
    row = _only(known, rest, value, Report) | {
        "day": fields.read_day(value["day"], "day"), "level": level,
        "currency": fields.read_currency(value, context.currency),
    }  # fmt: skip
    key = (known["network"], row.get("account_id"), row["day"], level, row[f"{level}_id"], row.get("country"))
    return Report(**_statement("report", key, index, value, row, context))


def read_settlement(
    index: int, value: dict[str, Any], known: dict[str, Any], rest: dict[str, Any], context: Context
) -> Settlement:
    """The final money of one cell."""
    if value.get("day") is None:
        raise ItemRefusedError("missing_field", "day")
    if "revenue" not in known:
        raise ItemRefusedError("missing_field", "revenue")
    row = _only(known, rest, value, Settlement) | {
        "day": fields.read_day(value["day"], "day"), "currency": fields.read_currency(value, context.currency),
    }  # fmt: skip
    cell = ("offer_id", "campaign_id", "ad_id", "country", "landing_page", "sub_id")
    key = (row["day"], *(row.get(name) for name in cell))
    return Settlement(**_statement("settlement", key, index, value, row, context))


def read_ad(index: int, value: dict[str, Any], known: dict[str, Any], rest: dict[str, Any], context: Context) -> Ad:
    """What an ad shows from a moment on."""
    if "ad_id" not in known:
        raise ItemRefusedError("missing_field", "ad_id")
    since = value.get("valid_from")
    raw = known.get("referrerAdCreative")
    row = _only(known, rest, value, Ad) | {
        "valid_from": fields.EARLIEST if since is None
        else fields.read_time(since, "valid_from", context.zone, context.now),
        "creative_raw": raw, "variant_id": variant_id(raw) if raw is not None else None,
    }  # fmt: skip
    key = (known["network"], row.get("account_id"), row["ad_id"], row["valid_from"])
    return Ad(**_statement("ad", key, index, value, row, context))


def _only(known: dict[str, Any], rest: dict[str, Any], value: dict[str, Any], cls: type[Statement]) -> dict[str, Any]:
    """The fields that this statement has; all others go to its properties, never to the floor."""
    own = {
        name: known[name] for name in cls.__dataclass_fields__ if name in known and name != "id"
    }  # its identity is its key
    # `id` names the statement in `results` only; the ad's text is kept by its variant.
    others = {k: str(v) for k, v in known.items() if k not in own and k not in ("id", "network", "referrerAdCreative")}
    return own | {"properties": fields.read_properties(value.get("properties"), rest | others)}
