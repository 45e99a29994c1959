"""This module owns the canonical payload: one JSON object becomes one frozen item, or one named reason.

The tables below are the contract's field list. Unknown keys go to `properties`, never to the floor, and a
key that nearly is one of ours comes back as a warning.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ingest.items import fields
from ingest.items.context import Context
from ingest.items.ids import scrub
from ingest.items.interaction import Seen, read_interaction
from ingest.items.item import INTERACTION_TYPES, Item
from ingest.items.statement import read_ad, read_report, read_settlement
from ingest.network import canonical_network
from ingest.rejection import ItemRefusedError
from ingest.visitors.private import is_private

Reader = Callable[[Any, str], Any]

ID_FIELDS = (
    "id", "click_id", "visitor_id", "session_id", "account_id", "campaign_id", "adset_id", "ad_id", "offer_id",
    "transaction_id", "sub_id", "asset_id", "conversion_kind", "network", "placement", "device", "country",
)  # fmt: skip
TEXT_FIELDS = ("campaign_name", "ad_name", "landing_page", "term", "thumbnail_url", "referrerAdCreative")
MONEY_FIELDS = ("revenue", "cost", "platform_revenue")
COUNT_FIELDS = ("count", "impressions", "clicks", "platform_conversions")
READERS: dict[str, Reader] = {
    **dict.fromkeys(ID_FIELDS, fields.read_id),
    **dict.fromkeys(TEXT_FIELDS, fields.read_text),
    **dict.fromkeys(MONEY_FIELDS, fields.read_money),
    **dict.fromkeys(COUNT_FIELDS, fields.read_count),
}
SPECIAL_FIELDS = frozenset(
    {"type", "occurred_at", "day", "valid_from", "level", "currency", "traffic", "consent", "click_ids",
     "revenue_stage", "properties", "updated_at"}
)  # fmt: skip
CREATIVE_ALIASES = (
    "referrer_ad_creative",
    "referreradcreative",
    "rac",
    "adtitle",
    "ad_title",
    "creative_text",
)
NEAR_MISSES_MAX = 32
# Never stored outside the raw body, whatever a sender calls them.
USER_AGENT_FIELDS = frozenset({"user_agent", "useragent", "client_user_agent", "ua"})
KNOWN = frozenset(READERS) | SPECIAL_FIELDS | frozenset(CREATIVE_ALIASES)


@dataclass(frozen=True, slots=True)
class Parsed:
    """An item and what its sender should know about it."""

    item: Item
    warnings: tuple[str, ...]


def parse_item(value: Any, index: int, context: Context, said: Mapping[str, str] | None = None) -> Parsed:
    """Read one payload object; raises ItemRefusedError with the field that is wrong.

    `said` holds the times as the sender said them, where those of `value` are ours: only they tell a repeat from news.
    """
    if not isinstance(value, dict):
        raise ItemRefusedError("not_an_object", "item")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise ItemRefusedError("missing_field" if kind is None else "bad_type", "type")
    warnings: list[str] = []
    known, rest, agent = _read(value, warnings)
    known["click_ids"] = fields.read_ids(value.get("click_ids"), "click_ids")
    # A statement keeps its key: without it a report would be refused, and a settlement fall into a coarser cell.
    has_macro = kind in INTERACTION_TYPES and scrub(known, rest, warnings)
    network = known.get("network") or context.network
    known["network"] = canonical_network(network) if network else None
    for name, shape in (("country", str.upper), ("device", str.lower)):
        if name in known:
            known[name] = shape(known[name])
    if kind in INTERACTION_TYPES:
        seen = Seen(has_macro, agent, said)
        return Parsed(read_interaction(kind, index, value, known, rest, context, seen), tuple(warnings))
    if click_ids := known.pop("click_ids"):
        rest["click_ids"] = click_ids
    builder = {"report": read_report, "settlement": read_settlement, "ad": read_ad}.get(kind)
    if builder is None:
        raise ItemRefusedError("unknown_type", "type", f"{kind[:40]!r} is not known.")
    return Parsed(builder(index, value, known, rest, context), tuple(warnings))


def _read(value: dict[str, Any], warnings: list[str]) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Split an object into known fields, read, the rest, and a visitor's user agent.

    The agent says who counts, and is kept in the raw body only.
    """
    known: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    agent, aliased = None, False
    for key, raw in value.items():
        reader = READERS.get(key)
        if reader is not None:
            if raw is None or (isinstance(raw, str) and not raw.strip()):
                continue
            known[key] = reader(raw, key)
            if reader is fields.read_money:
                _warn_of_rounding(key, raw, known[key], warnings)
        elif key in SPECIAL_FIELDS:
            continue
        elif key in CREATIVE_ALIASES:
            aliased = True
        elif is_private(key):
            if key in USER_AGENT_FIELDS and isinstance(raw, str):
                agent = raw
            if key != "user_agent":
                warnings.append(f"{key}: not stored; IP addresses and user agents stay in the raw body only")
        else:
            rest[key] = raw
            _warn_of_unknown(key, len(rest), warnings)
    if aliased:
        _read_aliases(value, known, rest)
    return known, rest, agent


def _warn_of_rounding(key: str, raw: Any, read: Decimal, warnings: list[str]) -> None:
    if isinstance(raw, str | Decimal) and Decimal(raw) != read:
        warnings.append(f"{key}: {str(raw)[:40]} was rounded to a millionth, {read}")


def _warn_of_unknown(key: str, nth: int, warnings: list[str]) -> None:
    if nth > NEAR_MISSES_MAX:  # comparing takes 0.1 ms a key: thousands of unknown keys must not hold the process
        return
    near = _nearest(key) if len(key) <= 40 else None
    shown = key[:40].encode("utf-8", "replace").decode()
    hint = f"; did you mean {near}?" if near else ""
    warnings.append(f"{shown}: unknown, kept in properties{hint}")


def _read_aliases(value: dict[str, Any], known: dict[str, Any], rest: dict[str, Any]) -> None:
    """The creative's text under another name; where the text is there already, the other goes to the rest."""
    for key in CREATIVE_ALIASES:
        if _is_blank(value.get(key)):
            continue
        if "referrerAdCreative" in known:
            rest[key] = value[key]
        else:
            known["referrerAdCreative"] = fields.read_text(value[key], key)


def _is_blank(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


@lru_cache(maxsize=4096)
def _nearest(key: str) -> str | None:
    close = difflib.get_close_matches(key, KNOWN, n=1, cutoff=0.84)
    return close[0] if close else None
