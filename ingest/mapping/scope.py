"""This module owns what a profile's paths can point at: one record of a request, and how a path is followed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ingest.bodies.decoding import fraction, is_too_deep, whole
from ingest.bodies.query import PARAMETERS_MAX
from ingest.identity.macros import macro_status
from ingest.rejection import DeliveryRefusedError


@dataclass(frozen=True, slots=True)
class Record:
    """One thing a platform sent, with the request around it. `parents`: what holds it, the outermost first."""

    value: Any
    parents: tuple[Any, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime = datetime(1970, 1, 1)  # noqa: DTZ001 (naive UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that is not what the sender said: `said` is, and only that tells a repeat from news."""

    at: str
    said: str


Getter = Callable[[Record], Any]
Steps = tuple[str | int | tuple[str, str], ...]
OR = " or "
EVERY = "[]"  # a step that no key can be: names hold no brackets

_STEP = re.compile(r"([^.\[\]]+)((?:\[[^\]]*\])*)(?:\.|\Z)")
_PICK = re.compile(r"\[([^\]]*)\]")
# What stands in an address of ours where its owner is to write a macro; "REPLACE_WINDOWS_US" is somebody's campaign.
_UNEDITED = re.compile(r"REPLACE_(?:NETWORK|HEADLINE|(?:CLICK|CAMPAIGN|ADSET|AD)_(?:ID|NAME))")


def text_of(value: Any) -> str | None:
    """A scalar as text (`true`, `12.50`), None for a container or nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | Decimal) else None


def is_blank(value: Any) -> bool:
    """Whether there is nothing: no value, or a text of spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def followed(text: str) -> Getter:
    """What a path of a profile points at. Raises ValueError where it cannot be read.

    `a.b`, `a[0].b` and `a[name=x].value` walk the record (a text that holds JSON is entered, too), `^.a` the one
    around it, `?a` the query, `@a` a header; `a[].b` are all the `b` of a list, `a[][name=x|y].b` those of the elements
    with that name, `a?b` is the parameter `b` of the URL at `a`; `=a` is the text itself, `.` the record, `$received`
    the moment of receipt; `a or b` the first that is not blank.
    """
    if text == "$received":
        return lambda record: Moment(record.received_at.isoformat() + "Z", "")
    if text.startswith("="):
        return lambda _record: text[1:]
    if OR in text:
        return first_of([followed(each) for each in text.split(OR)])
    if text.startswith("?"):
        return lambda record: record.query.get(text[1:])
    if text.startswith("@"):
        name = text[1:].lower()
        return lambda record: record.headers.get(name)
    if "?" in text:
        path, _, name = text.partition("?")
        url = followed(path)
        return lambda record: url_param(url(record), (name,))
    levels = len(text) - len(text.lstrip("^"))
    steps = _steps(text[levels:].lstrip("."))
    if levels:
        return lambda record: _walk(record.parents[-levels], steps) if len(record.parents) >= levels else None
    return lambda record: _walk(record.value, steps)


def first_of(getters: list[Getter]) -> Getter:
    """The first that is not blank; a macro only where nothing better was there."""
    if len(getters) == 1:
        return getters[0]

    def get(record: Record) -> Any:
        macro = None
        for each in getters:
            value = each(record)
            if is_blank(value):
                continue
            if not is_macro(value):
                return value
            macro = macro or value
        return macro  # its field's reader says what a macro means

    return get


def is_macro(value: Any) -> bool:
    """Whether a platform did not fill in what was to stand here, or a person did not edit what we print."""
    return isinstance(value, str) and (
        macro_status(value) == "unresolved_macro" or _UNEDITED.fullmatch(value) is not None
    )


def url_param(value: Any, names: tuple[str, ...]) -> str | None:
    """The first of `names` that is a parameter of the URL `value` and not blank."""
    if not isinstance(value, str):
        return None
    try:
        query = urlsplit(value).query
        found = dict(reversed(parse_qsl(query, errors="surrogateescape", max_num_fields=PARAMETERS_MAX)))
    except ValueError:  # thousands of parameters, or no URL at all
        return None
    return next((found[name] for name in names if not is_blank(found.get(name))), None)


def _steps(path: str) -> Steps:
    steps: list[str | int | tuple[str, str]] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            raise ValueError(f"{path!r} is no path")
        steps.append(found[1])
        for pick in _PICK.findall(found[2]):
            name, equals, wanted = pick.partition("=")
            if not pick:
                steps.append(EVERY)
                continue
            if not equals and not name.isdecimal():
                raise ValueError(f"{path!r}: [{pick}] is neither a place nor key=value")
            steps.append((name, wanted) if equals else int(name))
        at = found.end()
    return tuple(steps)


def _walk(value: Any, steps: Steps) -> Any:
    for place, step in enumerate(steps):
        if isinstance(value, str):
            value = _opened(value)
        if step == EVERY:
            return _every(value, steps[place + 1 :]) if isinstance(value, list) else None
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        elif not isinstance(value, list):
            return None
        elif isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            value = next((each for each in value if _is(each, *step)), None)
        if value is None:
            return None
    return value


def _every(values: list[Any], steps: Steps) -> list[Any]:
    """What the elements that fit have at the rest of a path; a list in a list is one list."""
    wanted = tuple(step for step in takewhile(lambda step: isinstance(step, tuple), steps) if isinstance(step, tuple))
    inner, found = steps[len(wanted) :], []
    for each in values:
        if all(_is(each, *pair) for pair in wanted):
            one = _walk(each, inner)
            found += one if EVERY in inner and isinstance(one, list) else [one]
    return [one for one in found if not is_blank(one)]


def _is(value: Any, key: str, wanted: str) -> bool:
    return text_of(_walk(value, _steps(key))) in wanted.split("|")


def _opened(text: str) -> Any:
    """A text that holds JSON (AppsFlyer's event_value), entered; None where it holds none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return None if is_too_deep(value) else value


def _number(digits: str) -> int | Decimal | str:
    """A number, exact; one that no body may hold stays text, which the field's reader refuses by name."""
    try:
        return whole(digits) if digits.lstrip("-").isdecimal() else fraction(digits)
    except DeliveryRefusedError:
        return digits
