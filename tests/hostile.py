"""This module owns hostile values for tests: what JSON texts, queries and headers can hold that nobody meant.

`changed_json(sample)` and `changed_query(sample)` are hypothesis strategies of what a platform's own sample becomes by
a few changes, so that it gets as far as a profile's rules.
"""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]


def nested(levels: int) -> str:
    """A list in a list in a list …"""
    return "[" * levels + "]" * levels


NUMBERS = [
    "NaN", "-Infinity", "1e400", "1e40", "-1e40", "1e-999999999", "1e99999999999999999999", "9" * 39, "9" * 5000,
    "9007199254740993", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "0", "-0", "-1", "1.50",
    "99999999999999", "253402300800", "-62135596801", "1795420800000000", "true", "null",
]  # fmt: skip
TEXTS = [
    "", " ", "\ud800", "\udfff x", "a\0b", "NaN", "Infinity", "sNaN", "1e400", "1e999990", "1e999999999",
    "-1e-999999999", "9" * 5000, "1_000", "12,50", "²", "١٢٣٤٥٦٧٨٩٠", "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-11-23T24:00:00Z", "2026-W48-1", "1795420800.5",
    "%ZZ", "%ED%A0%80", "http://[/?rac=b", "http://x/?rac=%FF%00&click_id=%ED%A0%80", "{{ad.name}}", "__CID__", "{x}",
    "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "USD", "JPY", "kwd", "XXX", "null", "undefined", "click",
    "conversion", "revenue", "refund", "report", "settlement", "ad", "purchase", "x" * 70_000, "é" * 300,
    "2026-11-23", "2026-11-23T08:00:00Z",
]  # fmt: skip
# A text may hold JSON that a rule looks into; its numbers and its nesting are no body's.
INSIDE = [*NUMBERS, '"\\ud800"', '"\\u0000"', '{"\\ud800": 1}', '{"a": 1, "a": 2}', nested(70), nested(900), '"1.5"']
WRAPPED = [f'{{"{key}": {raw}}}' for raw in INSIDE for key in ("x", "af_revenue", "af_order_id", "list")]
CONTAINERS = ["[]", "{}", "[null]", "[[[]]]", '[{"amount": "x"}]', '[{"amount": 1e40}]', '{"": {"": 1}}',
              '{"\\ud800": 1}', '{"\\u0000": "\\u0000"}', '{"id": 1, "type": "click"}', nested(60),
              nested(70)]  # fmt: skip
KEYS = ["", "\ud800", "\0", "x" * 300, "ip", "id", "type", "properties", "click_ids", "count", "currency", "day", "rac",
        "level", "revenue", "cost", "updated_at", "valid_from", "sentAt", "data", "network", "country",
        "traffic"]  # fmt: skip
PERCENT = ["%FF", "%00", "%ED%A0%80", "%", "%ZZ", "+", "é", "\xff", "a=b", "[1]", "%7B%22a%22%3A1%7D", nested(900)]
HEADERS = ["", "\xff", "é", "%FF", "a%ED%A0%80", "x" * 10_000, "application/json", "application/x-www-form-urlencoded",
           "application/x-ndjson", "application/cloudevents-batch+json", "gzip", "1970-01-01T00:00:00Z"]  # fmt: skip

raw_json = st.one_of(
    st.sampled_from(NUMBERS), st.sampled_from(CONTAINERS), st.sampled_from(TEXTS).map(json.dumps),
    st.sampled_from(WRAPPED).map(json.dumps), st.text(st.characters(exclude_categories=()), max_size=9).map(json.dumps),
)  # fmt: skip


@st.composite
def changed_json(draw: st.DrawFn, sample: Any) -> bytes:
    """A JSON value with up to four of its values replaced, and perhaps a key added; now and then a byte is another."""
    value = json.loads(json.dumps(sample))
    paths = draw(st.lists(st.sampled_from(list(_paths(value))), max_size=4, unique=True))
    marks = {f"@@{number}@@": draw(raw_json) for number in range(len(paths) + 1)}
    for mark, path in zip(marks, paths, strict=False):
        _put(value, path, mark)
    if isinstance(value, dict) and draw(st.booleans()):
        value[draw(st.sampled_from(KEYS))] = list(marks)[-1]
    text = json.dumps(value)
    for mark, raw in marks.items():
        text = text.replace(json.dumps(mark), raw)
    body = bytearray(text.encode())
    if draw(st.integers(0, 15)) == 0:
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body)


@st.composite
def changed_query(draw: st.DrawFn, sample: str) -> str:
    """A query with some of its values replaced, left out or given twice, as WSGI hands it over (latin-1)."""
    pieces = []
    for pair in sample.split("&"):
        name, _, value = pair.partition("=")
        kept = f"{name}={value}"
        other = st.one_of(st.sampled_from(PERCENT), st.sampled_from(NUMBERS), st.sampled_from(TEXTS).map(_on_the_wire))
        pieces.append(draw(st.one_of(st.just(kept), st.just(kept), other.map(f"{name}=".__add__), st.just(""))))
    more = draw(st.lists(st.sampled_from([*KEYS[4:], "%FF", "%00", "ts", "payout"]), max_size=2))
    pieces += [f"{name}={draw(st.sampled_from(PERCENT))}" for name in more]
    return "&".join(pieces)


def every_change(sample: Any) -> Iterator[bytes]:
    """Each hostile value in each place of a JSON sample, one at a time."""
    raws = [*NUMBERS, *CONTAINERS, *map(json.dumps, TEXTS), *map(json.dumps, WRAPPED)]
    for path in _paths(sample):
        changed = json.loads(json.dumps(sample))
        _put(changed, path, "@@")
        text = json.dumps(changed)
        yield from (text.replace('"@@"', raw).encode() for raw in raws)


def _on_the_wire(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1").replace("&", "%26")


def _paths(value: Any, before: Path = ()) -> Iterator[Path]:
    """The way to every value inside, and the empty way to the whole."""
    yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _paths(each, (*before, key))


def _put(value: Any, path: Path, what: Any) -> None:
    if not path:
        return
    for step in path[:-1]:
        try:
            value = value[step]
        except (TypeError, KeyError, IndexError):  # replaced before
            return
    if isinstance(value, dict | list):
        value[path[-1]] = what
