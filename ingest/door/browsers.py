"""This module owns what browsers need of us: the answers that let a listed page post (CORS), and the tag itself."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from flask import Response
from flask import request as http

from ingest.door.answers import Answer
from ingest.door.request import Request
from ingest.senders.origin import Origin

TAG_BYTES_MAX = 2048
TAG_SECONDS = 3600  # how long a browser may use the tag without asking again
PREFLIGHT_SECONDS = 86_400


def opening(origin: Origin | None, request: Request) -> Callable[[Answer], Answer]:
    """What makes the answer to a request readable by the page that asked, where its sender lists its origin.

    Nobody else's is opened. It may be called when the request is over.
    """
    if origin is None or not origin.sender.origins:
        return lambda answer: answer
    asking, asks_before, listed = request.headers.get("origin"), request.method == "OPTIONS", origin

    def opened(answer: Answer) -> Answer:
        answer.headers["Vary"] = "Origin"
        if asking in listed.sender.origins:
            answer.headers["Access-Control-Allow-Origin"] = asking
            if asks_before:
                answer.headers["Access-Control-Allow-Methods"] = ", ".join(listed.profile.methods)
                answer.headers["Access-Control-Allow-Headers"] = "content-type"
                answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return answer

    return opened


def script() -> Response:
    """The tag, for any page to load; 304 where the browser has it already."""
    text = tag()
    response = Response(text, 200, content_type="text/javascript; charset=utf-8")
    response.set_etag(hashlib.sha256(text).hexdigest()[:16])
    response.headers["Cache-Control"] = f"public, max-age={TAG_SECONDS}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Pages that isolate themselves, and those that check its hash (integrity, crossorigin), may load it, too.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(http)
    return response


@cache
def tag() -> bytes:
    """The tag as it is served: its source without the lines that are comments, and without indentation."""
    source = files("ingest").joinpath("tag", "t.js").read_text(encoding="utf-8")
    lines = [line.strip() for line in source.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()
