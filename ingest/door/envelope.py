"""This module owns what is kept of a request beside its body, so that it can be read again, or sent on.

A line of JSON in the journal, empty for a plain POST: method, query, suffix, and the headers the profile reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ingest.door.request import Request
from ingest.segments.segment import Delivery
from ingest.visitors.traffic import stand_in

AGENT = "user-agent"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A delivery that is read again: where it lies in the journal, and what its items were."""

    delivery_id: str
    segment: str
    row: int
    items: int
    ignored: int
    refused: int


def packed(request: Request, kept_headers: Sequence[str], replayed: Replayed | None = None) -> str:
    """What must be kept of a request; it carries no token any more. `replayed`: the delivery that is read again."""
    kept: dict[str, object] = {"replays": replayed} if replayed else {}
    if request.method != "POST":
        kept["method"] = request.method
    elif request.query:
        kept["query"] = request.query
    if request.suffix:
        kept["suffix"] = request.suffix
    headers = request.headers
    found = {name: headers[name] for name in kept_headers if name in headers and name != AGENT}
    if AGENT in kept_headers and (agent := stand_in(headers.get(AGENT))):
        found[AGENT] = agent  # the visitor's own stays nowhere; that it was a bot's must be known to a replay
    if any(name.startswith("ce-") for name in headers):  # a CloudEvent's attributes, and its extensions
        found |= {name: value for name, value in headers.items() if name.startswith("ce-")}
    if found:
        kept["headers"] = found
    return orjson.dumps(kept).decode() if kept else ""


def replayed_by(delivery: Delivery) -> Replayed:
    """The delivery that this one reads again; of an empty id where it reads none."""
    found = orjson.loads(delivery.request).get("replays") if "replays" in delivery.request else None
    return Replayed(**found) if found else Replayed("", "", 0, 0, 0, 0)


def unpacked(delivery: Delivery) -> Request:
    """The request of a kept delivery, as it was after authentication; the body is empty where it was redacted."""
    kept = orjson.loads(delivery.request) if delivery.request else {}
    method = kept.get("method", "POST")
    body = delivery.body or b""
    headers = dict(kept.get("headers", {}))
    if method != "GET":
        headers["content-type"] = delivery.content_type
    return Request(
        method=method,
        body=b"" if method == "GET" else body,
        headers=headers,
        query=body.decode("latin-1") if method == "GET" else kept.get("query", ""),
        suffix=kept.get("suffix", ""),
    )
