"""This module owns what a profile can do to a value: a `Way` becomes one function of a record."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ingest.mapping.amounts import balance, divided, from_minor
from ingest.mapping.moments import UNITS, corrected, from_unix, in_format
from ingest.mapping.scope import OR, Getter, Record, first_of, followed, is_blank, is_macro, text_of, url_param
from ingest.mapping.ways import Way

Change = Callable[[Any, Record], Any]
SAME = "$same"


def getter(way: Way, options: Mapping[str, Way]) -> Getter:
    """The function that a `Way` stands for; `options` are the ways the sender chose. Raises ValueError."""
    found = _found(way, options)
    changes = _changes(way)
    if not changes:
        return found

    def get(record: Record) -> Any:
        value = found(record)
        for change in changes:
            if is_blank(value):
                return None
            value = change(value, record)
        return value

    return get


def paths_of(way: Way) -> tuple[str, ...]:
    """Every path that a way reads."""
    texts = (*way.from_, *way.join, *way.digest, *way.sum, *way.minus, *way.minor_of, way.sent_at or "")
    own = (path for text in texts if text for path in text.split(OR))
    return (*own, *(path for each in way.first for path in paths_of(each)))


def _found(way: Way, options: Mapping[str, Way]) -> Getter:
    if way.option is not None:
        if way.option not in options:
            raise ValueError(f"there is no option {way.option!r}")
        return getter(options[way.option], options)
    if way.first:
        return first_of([getter(each, options) for each in way.first])
    if way.join:
        parts = [followed(each) for each in way.join]
        return lambda record: _joined([text_of(part(record)) for part in parts], way.with_)
    if way.digest:
        parts = [followed(each) for each in way.digest]
        return lambda record: _digest([part(record) for part in parts])
    if way.sum:
        plus, less = [followed(each) for each in way.sum], [followed(each) for each in way.minus]
        return lambda record: balance([p(record) for p in plus], [m(record) for m in less])
    return first_of([followed(each) for each in way.from_])


def _joined(parts: list[str | None], mark: str) -> str | None:
    return None if any(is_blank(part) or is_macro(part) for part in parts) else mark.join(part or "" for part in parts)


def _digest(parts: list[Any]) -> str | None:
    if all(is_blank(part) for part in parts):
        return None
    text = json.dumps([text_of(part) for part in parts])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _changes(way: Way) -> list[Change]:
    changes: list[Change] = []
    if way.url_param:
        changes.append(lambda value, _r: url_param(value, way.url_param))
    if way.match is not None:
        changes.append(_matched(re.compile(way.match)))
    if way.split is not None:
        changes.append(lambda value, _r: _part(text_of(value) or "", way.split or "", way.part))
    if way.map is not None:
        changes.append(_mapped(way.map, way.other))
    if way.lower:
        changes.append(lambda value, _r: (text_of(value) or "").lower())
    if way.prefix:
        changes.append(lambda value, _r: way.prefix + (text_of(value) or ""))
    if way.minor_of:
        currency = first_of([followed(each) for each in way.minor_of])
        changes.append(lambda value, record: from_minor(value, text_of(currency(record)), way.digits))
    if way.divide:
        by = way.divide
        changes.append(lambda value, _r: divided(value, by))
    if way.format:
        changes.append(lambda value, _r: in_format(text_of(value) or "", way.format or ""))
    if way.unit:
        per_second = UNITS[way.unit]
        changes.append(lambda value, _r: from_unix(value, per_second))
    if way.sent_at:
        sent_at = followed(way.sent_at)
        changes.append(lambda value, record: corrected(value, sent_at(record), record.received_at))
    if way.stamped:
        changes.append(lambda value, record: f"{text_of(value)} {record.received_at.isoformat()}Z")
    return changes


def _matched(pattern: re.Pattern[str]) -> Change:
    def change(value: Any, _record: Record) -> Any:
        found = pattern.fullmatch(text_of(value) or "")
        return found and found[1 if pattern.groups else 0]

    return change


def _mapped(table: Mapping[str, str], other: str | None) -> Change:
    def change(value: Any, _record: Record) -> Any:
        return table.get((text_of(value) or "").strip(), value if other == SAME else other)

    return change


def _part(text: str, mark: str, part: int) -> str | None:
    parts = text.split(mark)
    return parts[part] if -len(parts) <= part < len(parts) else None
