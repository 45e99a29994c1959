"""This module owns mistakes in a file that people write: all of them at once, each a sentence with its place."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

KEY = "[key]"  # how pydantic says that a key itself is wrong
EXPECTED = {
    "string_type": "a text in quotes is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "tuple_type": "a text or a list of texts is expected",
    "dict_type": "a table is expected",
    "model_type": "a table is expected",
    "model_attributes_type": "a table is expected",
}


def near(name: str, names: Iterable[str]) -> str:
    """` (did you mean 'x'?)` where one of `names` is close, else nothing."""
    found = difflib.get_close_matches(name, sorted(names), 1, 0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Every mistake that pydantic found in the values of a `model`: "place: what is wrong"."""
    return [
        f"{place}: {text}" if (place := _place(each["loc"])) else text
        for each in error.errors(include_url=False)
        for text in _words(each, model)
    ]


def _words(error: ErrorDetails, model: type[BaseModel]) -> list[str]:
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        return ["there is no such key" + near(key, _keys(model, error["loc"][:-1]))]
    if kind == "missing":
        return ["is missing, and every profile needs it" if len(error["loc"]) == 1 else "is missing"]
    if kind == "literal_error":
        expected = error.get("ctx", {}).get("expected", "").replace("'", "")
        choices = expected.replace(" or ", ", ").split(", ")
        return [f"{str(given)[:60]!r} is none of {', '.join(choices)}" + near(str(given), choices)]
    if kind in EXPECTED:
        return [f"{EXPECTED[kind]}, not {_shown(given)}"]
    return error["msg"].removeprefix("Value error, ").splitlines()


def _shown(given: Any) -> str:
    if isinstance(given, dict | list):
        return "a table" if isinstance(given, dict) else "a list"
    return repr(given)[:60].lower() if isinstance(given, bool) else repr(given)[:60]


def _place(loc: tuple[int | str, ...]) -> str:
    """`items 2, fields.id`: as people count and as the file writes it."""
    text = ""
    for part in loc:
        if part == KEY:
            continue
        if isinstance(part, int):
            text += f" {part + 1}"
        else:
            text += f"{', ' if text[-1:].isdecimal() else '.' if text else ''}{part}"
    return text


def _keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    """The keys that there are at a place."""
    at: type[BaseModel] = model
    for part in loc:
        if isinstance(part, str) and (inner := _inner(at, part)):
            at = inner
    for name, field in at.model_fields.items():
        yield field.alias or name


def _inner(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return next(_models(field.annotation), None)
    return None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
