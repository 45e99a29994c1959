"""This module owns reading: a request becomes records, as its profile says where they are."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ingest.bodies.cloudevents import events
from ingest.bodies.decoding import FORM_TYPES, NDJSON_TYPES, decode, decode_form, kind_of
from ingest.bodies.query import read_query
from ingest.door.request import Request
from ingest.mapping import Record
from ingest.profile import Profile, Reading
from ingest.rejection import DeliveryRefusedError


def read(
    profile: Profile, request: Request, received_at: datetime, bytes_max: int, items_max: int
) -> tuple[list[Record], list[str]]:
    """The records of a request, and warnings about its query. Raises DeliveryRefusedError."""
    try:
        query, odd = read_query(request.query)
    except ValueError as error:
        raise DeliveryRefusedError("bad_request", str(error)) from None
    if request.method == "GET":
        bodies: list[Any] = [query]
    else:
        bodies, more = _bodies(profile, request, query, bytes_max, items_max)
        odd += more
    records = [
        Record(value, parents, query, request.headers, received_at)
        for body in bodies
        for value, parents in records_in(body, profile.read)
    ]
    if len(records) > items_max:
        raise DeliveryRefusedError("items_too_many", f"{len(records)} items")
    return records, odd


def _bodies(
    profile: Profile, request: Request, query: Mapping[str, str], bytes_max: int, items_max: int
) -> tuple[list[Any], list[str]]:
    content_type = request.headers.get("content-type", "")
    encoding = request.headers.get("content-encoding", "")
    kind = kind_of(content_type)
    if profile.read.envelope == "cloudevents":
        return events(request, content_type, encoding, bytes_max, items_max), []
    if profile.read.any_type and kind not in FORM_TYPES | NDJSON_TYPES:
        looks_like_json = request.body.lstrip()[:1] in (b"{", b"[") or "json" in kind or encoding
        kind = "application/json" if looks_like_json else "application/x-www-form-urlencoded"
    if kind in FORM_TYPES:
        form, odd = decode_form(request.body, encoding, bytes_max)
        return [{**query, **form}], odd
    return decode(request.body, kind, encoding, bytes_max, items_max), []


def records_in(body: Any, reading: Reading, renamed: bool = True) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The records in a body under the profile's names, each with what stands around it, the outermost first.

    They are at a path such as `entry[].changes[]`; a body without its first step is a record itself, such as a row of
    an export.
    """
    found: list[tuple[Any, tuple[Any, ...]]] = [(body, ())]
    steps = reading.each.split(".") if reading.each else []
    if steps and isinstance(body, dict) and steps[0].removesuffix("[]") not in body:
        steps = []
    for step in steps:
        found = [each for value, parents in found for each in _step(value, parents, step)]
    for value, parents in found:
        has_headings = renamed and reading.columns and isinstance(value, dict)
        yield (reading.headings.renamed(value) if has_headings else value), parents


def _step(value: Any, parents: tuple[Any, ...], step: str) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    inner = value.get(step.removesuffix("[]")) if isinstance(value, dict) else None
    if not step.endswith("[]"):
        yield inner, (*parents, value)
        return
    if not isinstance(inner, list):  # what is not as the profile says is kept whole, for the quarantine to show
        yield value, (*parents, value)
        return
    for element in inner:
        yield element, (*parents, value)
