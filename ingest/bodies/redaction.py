"""This module owns redaction: a profile's private paths leave a body before anybody is shown it."""

import json
from typing import Any

from ingest.bodies.decoding import FORM_TYPES, kind_of
from ingest.bodies.query import read_query
from ingest.visitors.private import BLANK, nameless

CHARS_MAX = 4096


def redacted(value: Any, paths: tuple[str, ...]) -> Any:
    """A copy of `value` without what the paths name (`customer.email`, also through lists), addresses and agents."""
    for path in paths:
        value = _blanked(value, path.split("."))
    return nameless(value)


def _blanked(value: Any, steps: list[str]) -> Any:
    if isinstance(value, list):
        return [_blanked(each, steps) for each in value]
    if not isinstance(value, dict):
        return value
    name = steps[0].removesuffix("[]")
    # The data of a CloudEvent, the elements of a batch: a path may begin further in.
    if name not in value:
        return value
    inner = BLANK if len(steps) == 1 else _blanked(value[name], steps[1:])
    return {**value, name: inner}


def shown(value: Any, paths: tuple[str, ...], chars_max: int) -> str:
    """A value as ASCII JSON without its private paths; half surrogate pairs are escapes, which nothing chokes on."""
    return json.dumps(redacted(value, paths), default=str)[:chars_max]


def readable(body: bytes, content_type: str, paths: tuple[str, ...]) -> Any:
    """A kept body for people: parsed where it can be, and without its private paths; else its beginning as text."""
    if kind_of(content_type) in FORM_TYPES:
        try:
            return redacted(read_query(body)[0], paths)
        except ValueError:
            return BLANK
    try:
        return redacted(json.loads(body), paths)
    except (ValueError, RecursionError):
        lines = [line for line in body.decode("utf-8", "replace").splitlines() if line.strip()]
    try:
        return [redacted(json.loads(line), paths) for line in lines]
    except (ValueError, RecursionError):  # what cannot be parsed cannot be redacted either
        text = body[:CHARS_MAX].decode("utf-8", "replace")
        return text if not paths else f"({len(body)} bytes that cannot be parsed, so not redacted, so not shown)"
