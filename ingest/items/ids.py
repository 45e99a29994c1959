"""This module owns ids that identify nothing: placeholders, and macros that nobody replaced.

Joining by such an id would put every visitor under one click: "undefined" has a conversion for all of them. So
they are taken off the row, with a warning, and stay visible in its properties.
"""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from ingest.identity.macros import TOKENS, macro_status
from ingest.rejection import ItemRefusedError

# By whom something was done, and what was done to it: one value stands for one click, person or order.
PERSONAL_FIELDS = frozenset({"click_id", "visitor_id", "session_id", "transaction_id"})
AD_FIELDS = frozenset({"account_id", "campaign_id", "adset_id", "ad_id", "offer_id"})
JOINING_FIELDS = (*sorted(PERSONAL_FIELDS), *sorted(AD_FIELDS), "sub_id")

# What programs write where they have no value: JavaScript, Python, Go, SQL, Google Analytics, Hive.
_NOTHING = frozenset(
    {"undefined", "null", "none", "nil", "nan", "void", "empty", "(null)", "(none)", "<null>", "<nil>", "(not set)"}
    | {
        "not set",
        "not_set",
        "(not provided)",
        "n/a",
        "#n/a",
        "[object object]",
        "unknown",
        "(unknown)",
        "true",
        "false",
    }
    | {"\\n", "optional", "missing"}
)
# What stands for everybody who has no id yet. Names of fields and of tests are ids of ads as good as any other
# ("test" may well be an offer), so these count for people and orders only.
_NOBODY = frozenset(
    {"anonymous", "anon", "guest", "user", "visitor", "not_authenticated", "not-authenticated", "email", "id", "na"}
    | {"distinct_id", "distinctid", "user_id", "userid", "visitor_id", "session_id", "click_id", "clickid", "cid"}
    | {"transaction_id", "transactionid", "order_id", "orderid", "test", "testing", "default", "example"}
)
_ZEROS = re.compile(r"[0\W_]*")  # 0, 0000, the zero UUID, "-", "{}", nothing but signs
# REPLACE_ME, YOUR_CLICK_ID, <click_id>: what documentation has where one's own value belongs.
_TEMPLATE = re.compile(r"replace(?:[_-]\w*)?|(?:your|insert)[_-](?:\w+[_-])?id|<[a-z][\w .-]*>")
_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")  # in braces, as .NET writes them
# What is an id at a glance: a digit that is no zero, no word of a template, no sign of a macro. Nearly all are, and
# this takes a third of the time of the questions below, which must all say the same of it.
_PLAIN = re.compile(r"(?!replace|your|insert)[a-z0.:-]*[1-9][a-z0-9.:-]*", re.IGNORECASE | re.ASCII)
_ENCODED = re.compile("%(?:7b|5b|24|25|23|40)", re.IGNORECASE)  # the first characters of macros


def is_placeholder_id(text: str, field: str = "") -> bool:
    """Whether an id of the contract's `field` stands for no id at all; any string.

    `field` is a name of PERSONAL_FIELDS, or any other: more words count for people and orders than for ads. The
    name of a click id ("fbclid") goes as "click_id". An item's own `id` may be 0: somebody counts from there.
    """
    key = text.strip().strip("\"'").casefold()
    if key in _NOTHING or _TEMPLATE.fullmatch(key):
        return True
    if _ZEROS.fullmatch(key):
        return not (field == "id" and key.isdecimal())
    return field in PERSONAL_FIELDS and key in _NOBODY


def id_macro(text: str) -> str | None:
    """`unresolved_macro`, `partial_macro` or None, for an id: a GUID in braces is one, "%7B%7Bad.id%7D%7D" is none."""
    for _ in range(3):
        if "%" not in text or not _ENCODED.search(text):
            break
        text = unquote(text)
    status = macro_status(text)
    return None if status and _GUID.fullmatch(text) else status


@lru_cache(maxsize=8192)  # ads repeat
def is_no_id(text: str, field: str = "") -> bool:
    """Whether nothing may be joined by this id: a placeholder or a macro."""
    return is_placeholder_id(text, field) or id_macro(text) is not None


def check_id(text: str) -> None:
    """Raise ItemRefusedError where an item's required `id` is a placeholder or a macro: it would be counted once."""
    if _PLAIN.fullmatch(text):
        return
    if is_placeholder_id(text, "id") or id_macro(text) == "unresolved_macro":
        shown = text[:40].encode("utf-8", "replace").decode()
        raise ItemRefusedError("bad_value", "id", f"{shown!r} is a placeholder; every item needs an id of its own.")


def scrub(known: dict[str, Any], rest: dict[str, Any], warnings: list[str]) -> bool:
    """Take ids that identify nothing off `known`, say so in `warnings`, keep them in `rest` (the properties).

    Reads JOINING_FIELDS and, where `known["click_ids"]` is a dict of texts, its values, and `id`, which stays.
    Returns whether a macro was seen in any of them: then a bot fetched the raw URL, and the traffic is `review`.
    """
    seen = "id" in known and not _PLAIN.fullmatch(known["id"]) and id_macro(known["id"]) is not None
    for field in JOINING_FIELDS:
        text = known.get(field)
        if text is not None and not _PLAIN.fullmatch(text) and is_no_id(text, field):
            seen |= _take(known, field, field, rest, warnings)
    click_ids = known.get("click_ids")
    if isinstance(click_ids, dict):
        left = {**click_ids}
        taken: dict[str, Any] = {}
        for name in [name for name, text in click_ids.items() if is_no_id(text, "click_id")]:
            seen |= _take(left, name, "click_id", taken, warnings)
        if taken:
            known["click_ids"], rest["click_ids"] = left, taken
    return seen


def _take(known: dict[str, Any], name: str, field: str, rest: dict[str, Any], warnings: list[str]) -> bool:
    """Move one id to the rest; returns whether it holds a macro."""
    text = known.pop(name)
    macro = id_macro(text)
    rest[name] = _macros_only(text) if macro == "partial_macro" and field in PERSONAL_FIELDS else text
    what = "holds a macro that nobody replaced" if macro else "is a placeholder"
    shown = rest[name][:40].encode("utf-8", "replace").decode()
    warnings.append(f"{name}: {shown!r} {what}; kept in properties, nothing is joined by it")
    return macro is not None


def _macros_only(text: str) -> str:
    """The macros of an id without what stands beside them, which may be a person's address."""
    return " ".join(match.group() for match in TOKENS.finditer(text)) or "(an encoded macro)"
