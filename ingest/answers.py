"""This module owns what senders hear: the 200 in the style their platform wants, and refusals as problems."""

import base64
from typing import Any

import orjson
from flask import Response

from ingest.keeping import receipt
from ingest.passage import Passage
from ingest.profile import Profile
from ingest.rejection import DeliveryRefusedError, problem

WARNINGS_MAX = 50
# The smallest transparent GIF there is.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def taken(profile: Profile, passage: Passage) -> Response:
    """The 200 (or 204) of a delivery that is on disk; the receipt is always in a header."""
    body = answer(passage)
    if profile.answer == "gif":
        response = Response(PIXEL, 200, mimetype="image/gif")
        response.headers["Cache-Control"] = "no-store"
    elif profile.answer == "empty":
        response = Response(b"", 204)
        del response.headers["Content-Type"]  # there is no content
    elif profile.answer == "text":
        response = Response(profile.answer_text, 200, mimetype="text/plain")
    else:
        response = as_json(body, 200)
    response.headers["Whichad-Receipt"] = body["receipt"]
    return response


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


def refused(error: DeliveryRefusedError) -> Response:
    """A refusal as the answer its sender gets."""
    response = as_json(problem(error.refusal, error.detail), error.refusal.status)
    response.mimetype = "application/problem+json"
    if error.allow:
        response.headers["Allow"] = error.allow
    if error.refusal.retryable:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def as_json(value: Any, status: int) -> Response:
    """A value as a JSON answer; texts that UTF-8 cannot hold show U+FFFD."""
    try:
        text = orjson.dumps(value, default=str)
    except TypeError:  # half a surrogate pair, in what a sender wrote
        text = orjson.dumps(_whole(value), default=str)
    return Response(text, status, mimetype="application/json")


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list | tuple) else value
