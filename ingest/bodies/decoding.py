"""This module owns decoding: the bytes of a body become a list of JSON objects, or one named refusal.

Python's parsers disagree with each other and with DuckDB on duplicate keys, NaN and huge numbers, so the
body is read once, strictly, here; nothing downstream sees JSON.
"""

import json
import zlib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from ingest.bodies.query import read_query
from ingest.rejection import DeliveryRefusedError

DEPTH_MAX = 64
DIGITS_MAX = 40
SHOWN_CHARS = 80  # of a header, in a refusal: one may hold 100 KiB

JSON_TYPES = frozenset({"application/json", "text/json"})
NDJSON_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded"})


def kind_of(content_type: str) -> str:
    """The media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def decode(body: bytes, content_type: str, encoding: str, bytes_max: int, items_max: int) -> list[Any]:
    """The items of a body: one object, the elements of an array, or the lines of NDJSON.

    Numbers with a fraction arrive as Decimal, exact. Raises DeliveryRefusedError.
    """
    kind = kind_of(content_type)
    if kind not in JSON_TYPES and kind not in NDJSON_TYPES:
        raise DeliveryRefusedError("type_unknown", f"content type {kind[:SHOWN_CHARS] or '(none)'!r}")
    raw = decompress(body, encoding, bytes_max)
    if not raw.strip():
        raise DeliveryRefusedError("body_empty")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise DeliveryRefusedError("bad_encoding") from None
    if kind in NDJSON_TYPES:
        items = [_parse(line) for line in text.split("\n") if line.strip()]
    else:
        value = _parse(text)
        items = value if isinstance(value, list) else [value]
        if not isinstance(value, list | dict):
            raise DeliveryRefusedError("not_an_object")
    if len(items) > items_max:
        raise DeliveryRefusedError("items_too_many", f"{len(items)} items")
    return items


def decode_form(body: bytes, encoding: str, bytes_max: int) -> tuple[dict[str, str], list[str]]:
    """The parameters of a form body, and what was odd about them. Raises DeliveryRefusedError."""
    raw = decompress(body, encoding, bytes_max)
    if not raw.strip():
        raise DeliveryRefusedError("body_empty")
    try:
        return read_query(raw.strip())
    except ValueError as error:
        raise DeliveryRefusedError("bad_form", str(error)) from None


def decompress(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """The body without its content encoding; more than `bytes_max` is refused. Raises DeliveryRefusedError."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise DeliveryRefusedError("type_unknown", f"content encoding {encoding[:SHOWN_CHARS]!r}")
    # 31: gzip with header. Deflate is zlib by the RFC, but some senders leave the zlib header out.
    for window in (31,) if encoding == "gzip" else (15, -15):
        stream = zlib.decompressobj(window)
        try:
            raw = stream.decompress(body, bytes_max + 1)
        except zlib.error:
            continue
        if len(raw) > bytes_max:
            raise DeliveryRefusedError("body_too_large")
        if stream.eof and not stream.unused_data:
            return raw
    raise DeliveryRefusedError("bad_encoding")


def _parse(text: str) -> Any:
    try:
        value = json.loads(text) if text.startswith("\ufeff") else _JSON.decode(text)  # a BOM is refused by loads only
    except RecursionError:
        raise DeliveryRefusedError("too_deep") from None
    except json.JSONDecodeError as error:
        raise DeliveryRefusedError("bad_json", f"{error.msg} at character {error.pos}") from None
    if is_too_deep(value):
        raise DeliveryRefusedError("too_deep")
    return value


def is_too_deep(value: Any) -> bool:
    """Whether what JSON became is nested more than DEPTH_MAX levels deep."""
    return any(depth > DEPTH_MAX for depth in _depths(value))


def _depths(value: Any) -> Iterator[int]:
    """The depth of every container inside `value`, walked without recursion."""
    stack = [(value, 1)] if isinstance(value, list | dict) else []
    while stack:
        container, depth = stack.pop()
        yield depth
        if depth > DEPTH_MAX:
            return
        children = container.values() if isinstance(container, dict) else container
        stack.extend((child, depth + 1) for child in children if isinstance(child, list | dict))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DeliveryRefusedError("duplicate_key")
    return value


def _no_constant(name: str) -> NoReturn:
    raise DeliveryRefusedError("bad_number", name)


def whole(digits: str) -> int:
    """A whole number as JSON writes it. Raises DeliveryRefusedError for more than DIGITS_MAX digits."""
    if len(digits) > DIGITS_MAX:
        raise DeliveryRefusedError("bad_number", f"{len(digits)} digits")
    return int(digits)


def fraction(digits: str) -> Decimal:
    """A number with a fraction or an exponent, exact. Raises DeliveryRefusedError where it is out of range."""
    try:
        value = Decimal(digits)
    except InvalidOperation:  # an exponent of twenty digits is beyond Decimal, too
        raise DeliveryRefusedError("bad_number", "out of range") from None
    if len(digits) > DIGITS_MAX or value.adjusted() > DIGITS_MAX:
        raise DeliveryRefusedError("bad_number", "out of range")
    return value


# Made once: json.loads makes one for each text, which takes as long as reading a small one.
_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=whole, parse_float=fraction)
