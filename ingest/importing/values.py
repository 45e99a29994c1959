"""This module owns values on their way from a file to a row's JSON: exact, and numbers as people write them."""

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from ingest.mapping.operations import paths_of
from ingest.mapping.scope import is_blank
from ingest.mapping.ways import Way
from ingest.payload import COUNT_FIELDS, MONEY_FIELDS
from ingest.profile import Profile

NUMBERS = frozenset({*MONEY_FIELDS, *COUNT_FIELDS})
NOTHING = frozenset({"-", "--", "—", "n/a", "N/A", "NULL", "null"})
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+|[+-]?\d{1,3}(\.\d{3})+")
_POINT = re.compile(r"[+-]?\d+\.\d+")
_WHOLE = re.compile(r"([+-]?\d+)\.0+")


def line_of(row: Any) -> bytes:
    """A row as one line of JSON. Fractions become texts, which stay exact; what is blank is left out."""
    if isinstance(row, dict):
        row = {key: value for key, value in row.items() if not is_blank(value)}
    return json.dumps(row, ensure_ascii=False, default=_plain, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "surrogatepass"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 30 else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    return str(value)


def exact(value: Any) -> Any:
    """A value of a typed file without binary fractions: 0.1 is 0.1, what is no number is nothing."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {str(key): exact(each) for key, each in value.items()}
    return [exact(each) for each in value] if isinstance(value, list | tuple) else value


def number(text: str, decimal_comma: bool, grouped: bool) -> str:
    """A number as `1234.56`; `decimal_comma`: it was written 1.234,56; `grouped`: 1,234.56 is meant so.

    What is no number stays, for its field to refuse by name. Raises ValueError where a number is written the other way:
    then 1.234 beside it would be taken for another amount.
    """
    text = text.strip()
    if text in NOTHING:
        return ""
    if decimal_comma:
        if _COMMA.fullmatch(text):
            text = text.replace(".", "").replace(",", ".")
        elif "." in text and _POINT.fullmatch(text):
            raise ValueError(f"{text!r} is written with a decimal point, and --decimal-comma says otherwise")
    elif grouped and _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA.fullmatch(text) and "," in text:
        raise ValueError(f"{text!r} is written with a decimal comma. Add --decimal-comma if all numbers in it are")
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def number_names(profile: Profile) -> frozenset[str]:
    """The names under which a profile reads money and counts."""
    if profile.read.canonical:
        return NUMBERS
    tables = [profile.fields, *(rule.fields for rule in profile.items)]
    ways = [way for table in tables for name, way in table.items() if name in NUMBERS]
    return frozenset(first_step(path) for way in ways for path in _paths(way, profile))


def first_step(path: str) -> str:
    """The name at which a path begins."""
    return re.split(r"[.\[?]", path.lstrip("?"))[0]


def _paths(way: Way, profile: Profile) -> Iterable[str]:
    yield from (path for path in paths_of(way) if not path.startswith(("=", "$", "@")))
    for each in (way, *way.first):
        if each.option is not None and each.option in profile.options:
            for choice in profile.options[each.option].choices.values():
                yield from _paths(choice, profile)
