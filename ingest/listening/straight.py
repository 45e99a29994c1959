"""This module owns a webhook's straight way: from a request as the server read it to the door, and back, past Flask.

Looking up the route, opening contexts and making a response took 100 of the 170 µs that a webhook cost by itself. Only
addresses of known senders go this way; what else is asked for, and every other server, goes by Flask to the same door.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from ingest.app import Front, header_name
from ingest.canary.sender import NAME as CANARY
from ingest.door.answers import Answer
from ingest.door.held import Held
from ingest.door.request import Request
from ingest.listening.wire import Parser

# What is not plainly such an address, slashes that lead nowhere among them, Flask has an answer for.
_ADDRESS = re.compile(r"/+webhooks/([^/]+)(?:/((?!/).+))?", re.DOTALL)
Straight = Callable[[Parser, Callable[[], None]], Answer | Held | None]


class Said(NamedTuple):
    """An answer as it leaves."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def straight(front: Front) -> Straight:
    """What answers a request that is a known sender's, or leaves its answer held; None for all others.

    The second argument is called, from any thread, once the end of a held answer's delivery is known.
    """

    def ask(parser: Parser, then: Callable[[], None]) -> Answer | Held | None:
        found = _ADDRESS.fullmatch(parser.path)
        if found is None or "//" in (found[2] or "") or (found[1] not in front.senders() and found[1] != CANARY):
            return None
        return front.answer(found[1], _request(parser, found[2] or ""), then)

    return ask


def said(answer: Answer, method: str) -> Said:
    """The answer with its length, and without its body where only the headers were asked for."""
    headers = list(answer.headers.items())
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append(("Content-Length", str(len(answer.body))))
    return Said(_status(answer.status), headers, b"" if method == "HEAD" else answer.body)


def _request(parser: Parser, suffix: str) -> Request:
    headers = {header_name(name): value for name, value in parser.headers.items()}
    body = parser.get_body_stream().read()
    return Request(parser.command, body, headers, parser.query, suffix.encode("latin-1").decode("utf-8", "replace"))


@lru_cache(maxsize=64)
def _status(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
