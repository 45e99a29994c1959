"""This module owns what a sender sends, in the machine-readable contract: its parameters, its body, its example.

A mapped profile's fields are told from its rules; the example is the profile's own sample, with fixed values where a
real one has the time, so that two documents of the same settings are equal.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from ingest.bodies.decoding import FORM_TYPES, JSON_TYPES, NDJSON_TYPES
from ingest.door.request import Request
from ingest.mapping.operations import paths_of
from ingest.profile import Profile
from ingest.senders.origin import Origin
from ingest.senders.send_test import TEST_HEADER, filled

EXAMPLE_UNIX = 1_767_600_000  # 2026-01-05T08:00:00Z
_NAME = re.compile(r"[^\W\d][\w-]*")


def example(profile: Profile) -> Request:
    """The profile's sample as it could have come on a day in January 2026."""
    sample = profile.sample
    changed = {name: getattr(sample, name).replace("@N@", "1") for name in ("query", "body")}
    return filled(sample.model_copy(update=changed), EXAMPLE_UNIX)


def parameters(origin: Origin) -> list[dict[str, Any]]:
    """The query parameters of a postback: those its rules read, those of its sample and of the address to paste."""
    profile = origin.profile
    shown = dict(parse_qsl(example(profile).query))
    known = _read(profile) | dict.fromkeys((*shown, *dict(parse_qsl(profile.url))), "")
    about = _read(profile)
    return [
        {
            "name": name, "in": "query", "schema": {"type": "string"},
            **({"description": about[name]} if name in about else {}),
            **({"example": shown[name]} if name in shown else {}),
        }
        for name in known
    ]  # fmt: skip


def headers(origin: Origin) -> list[dict[str, Any]]:
    """The headers that mean something: compression, the mark of a test, and what the profile's rules look at."""
    encoding = {"name": "Content-Encoding", "in": "header", "schema": {"enum": ["identity", "gzip", "deflate"]}}
    mark = {
        "name": TEST_HEADER, "in": "header", "schema": {"type": "string", "enum": ["0", "1"]},
        "description": "`1`: the items are test traffic.",
    }  # fmt: skip
    kept = [name for name in origin.profile.keep_headers if name not in ("content-type", TEST_HEADER)]
    return [encoding, mark, *({"name": name, "in": "header", "schema": {"type": "string"}} for name in kept)]


def body(origin: Origin) -> dict[str, Any]:
    """The request body of a POST, by content type, with the sample as example."""
    profile = origin.profile
    if profile.read.canonical:
        item = {"schema": {"$ref": "#/components/schemas/Delivery"}, "example": _sample(profile)}
        lines = {"schema": {"type": "string", "description": "An item per line."}}
        kinds = {**dict.fromkeys(sorted(JSON_TYPES), item), **dict.fromkeys(sorted(NDJSON_TYPES), lines)}
        return {"required": True, "content": kinds}
    given = {"schema": _shape(profile), **({"example": _sample(profile)} if profile.sample.method == "POST" else {})}
    if profile.read.envelope == "cloudevents":
        return {"required": True, "content": _cloudevents(given)}
    form = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
    kinds = {**dict.fromkeys(sorted(JSON_TYPES), given), **dict.fromkeys(sorted(FORM_TYPES), form)}
    if profile.read.any_type:  # its platform may have one of its own, as browsers do for what asks no preflight
        kinds |= {"*/*": {}, profile.sample.headers.get("content-type", "*/*"): given}
    return {"required": True, "content": kinds}


def _cloudevents(given: dict[str, Any]) -> dict[str, Any]:
    batch = {"schema": {"type": "array", "items": given["schema"]}}
    data = {"schema": {"type": "object"}}
    return {
        "application/cloudevents+json": given,
        "application/cloudevents-batch+json": batch,
        "application/json": data,
    }


def _sample(profile: Profile) -> Any:
    return json.loads(example(profile).body)


def _shape(profile: Profile) -> dict[str, Any]:
    """An object with the keys that are read; where records lie deeper, only the way to them."""
    first = (profile.read.each or "").partition(".")[0]
    if profile.read.each:
        name, is_list = first.removesuffix("[]"), first.endswith("[]")
        return {"type": "object", "properties": {name: {"type": "array"} if is_list else {}}}
    return {
        "type": "object",
        "properties": {name: {"description": about} for name, about in _read(profile).items()},
        "additionalProperties": True,
    }


def _read(profile: Profile) -> dict[str, str]:
    """The keys that the rules read → what of ours they become."""
    found: dict[str, list[str]] = {}
    options = {name: tuple(option.choices.values()) for name, option in profile.options.items()}
    for fields in (profile.fields, *(rule.fields for rule in profile.items)):
        for target, way in fields.items():
            for each in options.get(way.option, ()) if way.option else (way,):
                for path in paths_of(each):
                    name = re.split(r"[.\[?]", path)[0]
                    if _NAME.fullmatch(name):
                        found.setdefault(name, []).append(target)
    return {name: "becomes " + ", ".join(dict.fromkeys(targets)) for name, targets in found.items()}
