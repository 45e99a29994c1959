"""This module owns what a profile can do to a value: a `Source` becomes one function of a record."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ingest.currency import minor_digits
from ingest.macros import macro_status
from ingest.mapping.scope import Getter, Moment, Record, is_blank, source, text_of
from ingest.mapping.sources import Source

Change = Callable[[Any, Record], Any]
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def getter(way: Source, options: Mapping[str, Source]) -> Getter:
    """The function that a `Source` stands for; `options` are the ways the sender chose. Raises ValueError."""
    origin = _origin(way, options)
    changes = _changes(way)
    if not changes:
        return origin

    def get(record: Record) -> Any:
        value = origin(record)
        for change in changes:
            if is_blank(value):
                return None
            value = change(value, record)
        return value

    return get


def paths_of(way: Source) -> tuple[str, ...]:
    """Every path that a way reads."""
    return (
        *way.from_,
        *way.join,
        *way.digest,
        *way.sum,
        *way.minus,
        *way.minor_of,
        *([way.sent_at] if way.sent_at else []),
    )


def _origin(way: Source, options: Mapping[str, Source]) -> Getter:
    if way.option is not None:
        if way.option not in options:
            raise ValueError(f"there is no option {way.option!r}")
        return getter(options[way.option], options)
    if way.join:
        parts = [source(each) for each in way.join]
        return lambda record: _joined([text_of(part(record)) for part in parts], way.with_)
    if way.digest:
        parts = [source(each) for each in way.digest]
        return lambda record: _digest([part(record) for part in parts])
    if way.sum:
        plus, less = [source(each) for each in way.sum], [source(each) for each in way.minus]
        return lambda record: _balance([p(record) for p in plus], [m(record) for m in less])
    return _first([source(each) for each in way.from_])


def _first(getters: list[Getter]) -> Getter:
    if len(getters) == 1:
        return getters[0]

    def get(record: Record) -> Any:
        macro = None
        for each in getters:
            value = each(record)
            if is_blank(value):
                continue
            if not isinstance(value, str) or macro_status(value) != "unresolved_macro":
                return value
            macro = macro or value
        return macro  # only where nothing better was there: its field's reader says what a macro means

    return get


def _joined(parts: list[str | None], mark: str) -> str | None:
    return None if any(is_blank(part) for part in parts) else mark.join(part or "" for part in parts)


def _digest(parts: list[Any]) -> str | None:
    if all(is_blank(part) for part in parts):
        return None
    text = json.dumps([text_of(part) for part in parts])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _balance(plus: list[Any], less: list[Any]) -> str | None:
    if all(is_blank(value) for value in plus):
        return None
    try:
        return str(sum(map(_amount, plus)) - sum(map(_amount, less)))
    except InvalidOperation:
        return "not a number"  # the field's own reader says so, by its name


def _amount(value: Any) -> Decimal:
    return Decimal(0) if is_blank(value) else Decimal(text_of(value) or "x")


def _changes(way: Source) -> list[Change]:
    changes: list[Change] = []
    if way.url_param:
        changes.append(lambda value, _r: _url_param(value, way.url_param))
    if way.split is not None:
        changes.append(lambda value, _r: _part(text_of(value) or "", way.split or "", way.part))
    if way.map is not None:
        table, other = way.map, way.other
        changes.append(lambda value, _r: table.get((text_of(value) or "").strip(), other))
    if way.lower:
        changes.append(lambda value, _r: (text_of(value) or "").lower())
    if way.prefix:
        changes.append(lambda value, _r: way.prefix + (text_of(value) or ""))
    if way.minor_of:
        currency = _first([source(each) for each in way.minor_of])
        changes.append(lambda value, record: _from_minor(value, text_of(currency(record))))
    if way.format:
        changes.append(lambda value, _r: _read_format(text_of(value) or "", way.format or ""))
    if way.unit:
        per_second = UNITS[way.unit]
        changes.append(lambda value, _r: _unix(value, per_second))
    if way.sent_at:
        sent_at = source(way.sent_at)
        changes.append(lambda value, record: _corrected(value, sent_at(record), record.received_at))
    return changes


def _url_param(value: Any, names: tuple[str, ...]) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        found = dict(reversed(parse_qsl(urlsplit(value).query, errors="surrogateescape")))
    except ValueError:  # a thousand parameters, or no URL at all
        return None
    return next((found[name] for name in names if not is_blank(found.get(name))), None)


def _part(text: str, mark: str, part: int) -> str | None:
    parts = text.split(mark)
    return parts[part] if -len(parts) <= part < len(parts) else None


def _from_minor(value: Any, currency: str | None) -> str:
    try:
        return str(Decimal(text_of(value) or "x").scaleb(-minor_digits(currency or "")))
    except (InvalidOperation, ValueError):
        return "not a number"


def _read_format(text: str, form: str) -> str:
    try:
        return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007 (naive: in the sender's zone)
    except ValueError:
        return text


def _unix(value: Any, per_second: int) -> Any:
    try:
        return Decimal(text_of(value) or "x") / per_second
    except InvalidOperation:
        return value


def _corrected(value: Any, sent_at: Any, received_at: datetime) -> Any:
    """The moment by our clock: received − (sent − said), as Segment computes it."""
    said, sent = _parse(value), _parse(sent_at)
    if said is None or sent is None:
        return value
    at = received_at - (sent - said)
    return Moment(at.isoformat() + "Z", str(value))


def _parse(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            return None
        return moment.astimezone(UTC).replace(tzinfo=None) + timedelta()
    except (ValueError, OverflowError):
        return None
