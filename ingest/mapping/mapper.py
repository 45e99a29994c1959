"""This module owns the mapper of one sender: its profile, compiled once, turns records into canonical objects.

A record is looked at by the profile's item rules in order; the first that fits makes the item (and, with `also`,
lets the next ones look). What no rule fits is refused by name, and what the profile knows and has no use for is said.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.mapping.conditions import condition, paths_in
from ingest.mapping.operations import getter, paths_of
from ingest.mapping.rules import TYPES, Rule, Rules
from ingest.mapping.scope import Getter, Moment, Record, followed, is_blank, is_macro, text_of
from ingest.mapping.ways import Way
from ingest.payload import KNOWN, MONEY_FIELDS
from ingest.visitors.private import is_private

IGNORE = "ignore"
TIMES = ("occurred_at", "updated_at")
# Where a macro stays, it is the value's own reader that says what it means.
_MACRO_SAYS = frozenset({"id", "click_id", "visitor_id", "session_id", "campaign_id", "adset_id", "ad_id", "account_id",
                         "offer_id", "transaction_id", "sub_id", "referrerAdCreative", *MONEY_FIELDS})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapped:
    """One canonical object, or None where the record is `ignored` or `unknown` (both say what it was)."""

    record: Any
    value: dict[str, Any] | None = None
    said: Mapping[str, str] | None = None  # times as their sender said them, where those in the value are ours
    ignored: str = ""
    unknown: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: Rule
    fits: Callable[[Record], bool]
    type_of: Callable[[Record], str | None]  # None: the record names no type of ours
    each: Getter | None
    fields: tuple[tuple[str, Getter], ...]
    click_ids: tuple[tuple[str, Getter], ...]
    properties: tuple[tuple[str, Getter], ...]
    base: Getter | None
    consumed: frozenset[str] = field(default_factory=frozenset)


class Mapper:
    """One sender's rules, compiled; a pure function of records."""

    def __init__(self, rules: Rules, chosen: Mapping[str, str], repeats: str) -> None:
        """`chosen` are the sender's options by name. Raises ValueError with what is wrong."""
        self._rules, self.repeats = rules, repeats
        options = rules.chosen(chosen)
        self._compiled = tuple(self._compile(rule, options) for rule in rules.items)

    def map(self, record: Record) -> Iterator[Mapped]:
        """The canonical objects of one record: one at least."""
        found = False
        for rule in self._compiled:
            if not rule.fits(record) or rule.type_of(record) is None:
                continue
            found = True
            yield from self._made(rule, record)
            if not rule.rule.also:
                return
        if not found:
            yield Mapped(record.value, unknown=self._named(record))

    def _made(self, rule: _Rule, record: Record) -> Iterator[Mapped]:
        if rule.each is None:
            yield self._one(rule, record)
            return
        elements = rule.each(record)
        for element in elements if isinstance(elements, list) else []:
            parents = (*record.parents, record.value)
            yield self._one(rule, Record(element, parents, record.query, record.headers, record.received_at))

    def _one(self, rule: _Rule, record: Record) -> Mapped:
        kind = rule.type_of(record)
        if kind == IGNORE:
            return Mapped(record.value, ignored=rule.rule.why or "the profile has no use for it")
        warnings: list[str] = []
        value, properties = _based(rule, record)
        value["type"] = kind
        for name, get in rule.fields:
            found = get(record)
            if is_blank(found):
                continue
            if name not in _MACRO_SAYS and is_macro(found):
                warnings.append(f"{name}: {found[:40]} was not filled in by the platform")
                continue
            value[name] = found
        said = {name: value[name].said for name in TIMES if isinstance(value.get(name), Moment)}
        value |= {name: value[name].at for name in said}
        click_ids = {name: found for name, get in rule.click_ids if not is_blank(found := get(record))}
        properties |= {name: found for name, get in rule.properties if _says(found := get(record))}
        if rule.rule.rest and isinstance(record.value, dict):
            properties = {k: v for k, v in record.value.items() if self._is_rest(k, v, rule)} | properties
        value |= {name: made for name, made in (("click_ids", click_ids), ("properties", properties)) if made}
        self._set_apart(value, record)
        return Mapped(record.value, value, said or None, warnings=tuple(warnings))

    def _set_apart(self, value: dict[str, Any], record: Record) -> None:
        """Under the policy `add` another payload is another conversion; the very same one is a retry."""
        if self.repeats == "add" and value["type"] == "conversion" and "transaction_id" not in value and "id" in value:
            text = json.dumps(record.value, sort_keys=True, default=str)
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            value["transaction_id"] = value["id"] = f"{text_of(value['id'])}#{digest}"

    def _is_rest(self, key: str, value: Any, rule: _Rule) -> bool:
        if key in rule.consumed or key in self._rules.redact or is_private(key):
            return False
        return _says(value)

    def _named(self, record: Record) -> str:
        """What a record that no rule fits called itself, for the one who reads the quarantine."""
        paths = dict.fromkeys(path for rule in self._rules.items for path in _read_by(rule))
        said = [f"{path} = {str(followed(path)(record))[:60]!r}" for path in paths]
        return ", ".join(said) or "no rule fits"

    def _compile(self, rule: Rule, options: Mapping[str, Way]) -> _Rule:
        ways = {**self._rules.fields, **rule.fields}
        click_ids = {**self._rules.click_ids, **rule.click_ids}
        properties = {**self._rules.properties, **rule.properties}
        everything = [*ways.values(), *click_ids.values(), *properties.values(), *options.values()]
        paths = [*_read_by(rule), *(path for way in everything for path in paths_of(way))]
        base = rule.base or self._rules.base
        return _Rule(
            rule=rule,
            fits=condition(rule.when, options),
            type_of=_type_of(rule, options),
            each=followed(rule.each) if rule.each else None,
            fields=_getters("fields", ways, options),
            click_ids=_getters("click_ids", click_ids, options),
            properties=_getters("properties", properties, options),
            base=followed(base) if base else None,
            consumed=frozenset(re.split(r"[.\[?]", path)[0] for path in paths),
        )


def _says(value: Any) -> bool:
    """Whether a property is worth keeping: a parameter that the platform did not fill in says nothing."""
    return not is_blank(value) and not is_macro(value)


def _getters(table: str, ways: Mapping[str, Way], options: Mapping[str, Way]) -> tuple[tuple[str, Getter], ...]:
    made = []
    for name, way in ways.items():
        try:
            made.append((name, getter(way, options)))
        except ValueError as error:
            raise ValueError(f"{table}.{name}: {error}") from None
    return tuple(made)


def _based(rule: _Rule, record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the platform lets its users say in our own words (properties of an event), and the rest of it."""
    given = rule.base(record) if rule.base else None
    if not isinstance(given, dict):
        return {}, {}
    ours = {key: value for key, value in given.items() if key in KNOWN and not is_blank(value)}
    rest = {k: v for k, v in given.items() if k not in KNOWN and k not in rule.consumed and not is_private(k)}
    return ours, rest | (ours.pop("properties") if isinstance(ours.get("properties"), dict) else {})


def _type_of(rule: Rule, options: Mapping[str, Way]) -> Callable[[Record], str | None]:
    if rule.type_of is None:
        return lambda _record: rule.type
    said = getter(rule.type_of, options)

    def kind(record: Record) -> str | None:
        text = text_of(said(record))
        return text if text in TYPES else None

    return kind


def _read_by(rule: Rule) -> tuple[str, ...]:
    """The paths that decide whether a rule fits."""
    return (*paths_in(rule.when), *(paths_of(rule.type_of) if rule.type_of else ()))
