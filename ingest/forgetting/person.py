"""This module owns who is to be forgotten: the ids that lead to one person, and what a row is without them.

Each id becomes a token, the same one everywhere, so that journeys, credit and marts stay as they are. Tokens come
from a salt that exists only while the work goes on; after that nothing leads from a token to an id, or back.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus

NEAR_CHARS_MIN = 3  # an id that stands in the text of the person's own row
FAR_CHARS_MIN = 8  # one in the text of any row, where it is no number; numbers are ids of many things
FAR_DIGITS_MIN = 12
BODY_CHARS_MIN = 6  # one in a body that no row speaks for
# Columns that hold one kind of id and nothing else, and those in which ids turn up.
EXACT = {"visitor": "visitors", "click_id": "clicks", "session_id": "sessions", "transaction_id": "orders"}
TEXTS = ("id", "landing_page", "term", "placement", "properties", "click_ids", "sub_id")
DROPPED = ("properties", "click_ids")  # of the person's own rows
BLANK, BLANK_DETAIL = '"(forgotten)"', "Forgotten."


@dataclass(frozen=True)
class Person:
    """The ids of one person. `raw` are visitor ids as they were sent, `visitors` their hashes, `keys` items' keys."""

    salt: bytes
    raw: frozenset[str] = frozenset()
    visitors: frozenset[str] = frozenset()
    clicks: frozenset[str] = frozenset()
    sessions: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    keys: frozenset[int] = frozenset()
    shared: frozenset[str] = field(default_factory=frozenset)  # ids that rows of others carry, too: they stay

    def token(self, value: str) -> str:
        """What stands for an id from now on: 32 hex digits for a visitor's hash, a word that says so for others."""
        digest = hmac.new(self.salt, value.encode(), hashlib.sha256).hexdigest()
        return digest[:32] if value in self.visitors else f"forgotten-{digest[:24]}"

    def owns(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is this person's: by its visitor, or, where it names none, by any other id."""
        if (visitor := row.get("visitor")) is not None:
            return visitor in self.visitors
        named = any(row.get(column) in getattr(self, kind) for column, kind in EXACT.items() if row.get(column))
        return named or row.get("key_hash") in self.keys or any(each in self.clicks for each in _click_ids(row))

    def grown(self, rows: Iterable[Mapping[str, Any]], with_orders: bool) -> "Person":
        """The person with the ids of those of `rows` that are theirs."""
        own = [row for row in rows if self.owns(row)]
        found = {
            kind: getattr(self, kind) | {row[column] for row in own if row.get(column)} - self.shared
            for column, kind in EXACT.items()
            if with_orders or kind != "orders"
        }
        found["clicks"] |= {each for row in own for each in _click_ids(row)} - self.shared
        keys = self.keys | {row["key_hash"] for row in own if row.get("key_hash") is not None}
        return replace(self, **found, keys=keys)

    def without(self, shared: Iterable[str]) -> "Person":
        """The person without ids that others share."""
        gone = frozenset(shared)
        kept = {kind: getattr(self, kind) - gone for kind in ("clicks", "sessions", "orders")}
        return replace(self, **kept, shared=self.shared | gone)

    def changes(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of an item that are to be others, with what they become; empty where nothing is."""
        own = self.owns(row)
        changed: dict[str, Any] = {
            column: self.token(row[column])
            for column, kind in EXACT.items()
            if row.get(column) and row[column] in getattr(self, kind)
        }
        pattern = self._near if own or row.get("key_hash") in self.keys else self._far
        for column in TEXTS:
            if isinstance(value := row.get(column), str):
                after = None if own and column in DROPPED else self._in(value, pattern)
                if after != value:
                    changed[column] = after
        return changed

    def refused_changes(self, row: Mapping[str, Any], blanked: bool) -> dict[str, Any]:
        """The same for a row of the quarantine; `blanked`: it is the person's, whatever it says."""
        if row["code"] == "id_conflict":
            pattern = self._near if _key_in(row["item"]) in self.keys else self._far
            found = {name: self._in(row[name], pattern) for name in ("id", "item") if row[name] is not None}
            return {name: value for name, value in found.items() if value != row[name]}
        if not blanked and not any(self.is_in_text(row[name] or "") for name in ("id", "item", "detail")):
            return {}
        after: dict[str, Any] = {"id": None, "item": BLANK, "detail": BLANK_DETAIL}
        return {name: value for name, value in after.items() if row[name] != value}

    def is_in_text(self, text: str) -> bool:
        """Whether free text names the person: an id that is long enough, or a short one as a whole JSON string."""
        return bool(self._body and self._body.search(text))

    @property
    def ids(self) -> frozenset[str]:
        """Everything that leads to the person."""
        return self.raw | self.visitors | self.clicks | self.sessions | self.orders

    @cached_property
    def telling(self) -> list[str]:
        """The ids that are looked for in any text, in each form that they may have there."""
        return sorted({form for each in self.ids if _tells(each) for form in forms(each)})

    @cached_property
    def quick(self) -> tuple[str, ...]:
        """Strings of which one is in any text that names the person: asked first, for it is fast."""
        return tuple({form for each in self.ids for form in forms(each)})

    def _in(self, value: str, pattern: re.Pattern[str] | None) -> str:
        return pattern.sub(lambda found: self.token(self._of_form[found.group()]), value) if pattern else value

    @cached_property
    def _of_form(self) -> dict[str, str]:
        return {form: each for each in sorted(self.ids) for form in forms(each)}

    @cached_property
    def _near(self) -> re.Pattern[str] | None:
        return _pattern(form for each in self.ids if len(each) >= NEAR_CHARS_MIN for form in forms(each))

    @cached_property
    def _far(self) -> re.Pattern[str] | None:
        return _pattern(self.telling)

    @cached_property
    def _body(self) -> re.Pattern[str] | None:
        long = {form for each in self.ids if len(each) >= BODY_CHARS_MIN for form in forms(each)}
        return _pattern(long | {f'"{each}"' for each in self.ids})


def forms(value: str) -> set[str]:
    """An id as it may stand in text: plain, in JSON, in a URL."""
    return {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe=""),
            quote_plus(value)}  # fmt: skip


def _tells(value: str) -> bool:
    return len(value) >= (FAR_DIGITS_MIN if value.isdigit() else FAR_CHARS_MIN)


def _pattern(found: Iterable[str]) -> re.Pattern[str] | None:
    """Any of these, where it is no part of a longer word or number."""
    alternatives = "|".join(re.escape(each) for each in sorted(set(found), key=lambda each: (-len(each), each)))
    return re.compile(f"(?<![0-9A-Za-z])(?:{alternatives})(?![0-9A-Za-z])") if alternatives else None


def _click_ids(row: Mapping[str, Any]) -> list[str]:
    try:
        found = json.loads(row.get("click_ids") or "{}")
    except ValueError:
        return []
    return [each for each in found.values() if isinstance(each, str)] if isinstance(found, dict) else []


def _key_in(item: str) -> int | None:
    try:
        found = json.loads(item)
    except ValueError:
        return None
    return found.get("key_hash") if isinstance(found, dict) else None
