"""This module owns what senders hear: the 200 in the style their platform wants, and refusals as problems.

An answer is plain here, for it leaves two ways: as Flask's response, and straight (`listening/straight.py`).
"""

import base64
from dataclasses import dataclass, field
from typing import Any

import orjson

from ingest.door.keeping import receipt
from ingest.door.passage import Passage
from ingest.profile import Profile
from ingest.rejection import DeliveryRefusedError, problem

WARNINGS_MAX = 50
# The smallest transparent GIF there is.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@dataclass(slots=True)
class Answer:
    """An answer: its status, its body, and its headers but those that a server adds."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def taken(profile: Profile, passage: Passage) -> Answer:
    """The 200 (or 204) of a delivery that is on disk; the receipt is always in a header."""
    body = answer(passage)
    if profile.answer == "gif":
        found = Answer(200, PIXEL, {"Content-Type": "image/gif", "Cache-Control": "no-store"})
    elif profile.answer == "empty":
        found = Answer(204)
    elif profile.answer == "text":
        found = as_text(profile.answer_text.encode())
    else:
        found = as_json(body, 200)
    found.headers["Whichad-Receipt"] = body["receipt"]
    return found


def answer(passage: Passage) -> dict[str, Any]:
    """The body of a 200: the receipt, the counts, and every item that is not plainly accepted."""
    assert passage.delivery is not None  # noqa: S101 (the journal step sets it or raises)
    return {
        "receipt": receipt(passage.delivery),
        "accepted": len(passage.accepted),
        "quarantined": len(passage.quarantined),
        "results": passage.results,
        "warnings": passage.warnings[:WARNINGS_MAX],
    }


def refused(error: DeliveryRefusedError) -> Answer:
    """A refusal as the answer its sender gets."""
    found = as_json(problem(error.refusal, error.detail), error.refusal.status)
    found.headers["Content-Type"] = "application/problem+json"
    if error.allow:
        found.headers["Allow"] = error.allow
    if error.refusal.retryable:
        found.headers["Retry-After"] = str(error.retry_after_seconds)
    return found


def as_text(text: bytes) -> Answer:
    """A plain text in UTF-8."""
    return Answer(200, text, {"Content-Type": "text/plain; charset=utf-8"})


def as_json(value: Any, status: int) -> Answer:
    """A value as a JSON answer; texts that UTF-8 cannot hold show U+FFFD."""
    try:
        text = orjson.dumps(value, default=str)
    except TypeError:  # half a surrogate pair, in what a sender wrote
        text = orjson.dumps(_whole(value), default=str)
    return Answer(status, text, {"Content-Type": "application/json"})


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list | tuple) else value
