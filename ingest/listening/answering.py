"""This module owns how a worker answers: it asks the application, may hold the answer back, and sends it in one piece.

waitress asks and sends in one go on a thread of its own. Here an answer that waits for the disk takes no thread, and
refusals that waitress makes are in our words.
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import orjson
from waitress.task import ErrorTask, WSGITask

from ingest.door.held import Held
from ingest.listening.straight import Said, said
from ingest.rejection import DeliveryRefusedError, problem

log = logging.getLogger("whichad.ingest")
_CODES = {413: "body_too_large", 431: "headers_too_large", 500: "internal"}
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Refused(ErrorTask):  # type: ignore[misc]
    """What waitress refuses before our code sees it is answered in our words, too."""

    def execute(self) -> None:
        """Count the refusal, write it as a problem and close the connection."""
        request = self.request
        code = getattr(request, "refusal", None) or _CODES.get(request.error.code, "bad_request")
        self.channel.server.count(request, code)
        self.channel.refused = True
        refused = DeliveryRefusedError(code, str(request.error.body)[:200] if code == "bad_request" else "")
        body = orjson.dumps(problem(refused.refusal, refused.detail))
        self.status = f"{refused.refusal.status} {HTTPStatus(refused.refusal.status).phrase}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        if refused.refusal.retryable:
            self.response_headers.append(("Retry-After", str(refused.retry_after_seconds)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Answering(WSGITask):  # type: ignore[misc]
    """One request and its answer: `ask`, then waitress's `service`, which sends what was said."""

    wrote_header: bool
    content_bytes_written: int
    held: Held | None = None
    said: Said | None = None
    seen = 0  # of the two that must be over before a held answer leaves: the asking, and the wait

    def ask(self, settled: Callable[[], None]) -> bool:
        """Ask the application; whether its answer waits, for the end of which `settled` is called, from any thread."""
        server = self.channel.server
        try:
            found = server.straight(self.request, settled)
            if isinstance(found, Held):
                self.held = found
            elif found is not None:
                self.said = said(found, self.request.command)
            else:
                self.said = _asked(server.application, self.get_environment())
        except Exception:  # waitress answers 500 where nothing was said
            log.exception("a request broke ingest")
        return self.held is not None

    def answer(self, late: bool = False) -> None:
        """Let the held answer be made."""
        # Who is told of its end knows this task: a circle, which would wait for the garbage collector.
        held, self.held = self.held, None
        assert held is not None  # noqa: S101 (only then it is asked)
        self.said = None
        try:
            self.said = said(held.late() if late else held.settled(), self.request.command)
        except Exception:
            log.exception("an answer broke ingest")

    def execute(self) -> None:
        """Write what was said. Raises RuntimeError where nothing was: waitress answers that we broke."""
        if self.said is None:
            raise RuntimeError("nothing was said")
        if self.channel.server.is_stopping:
            self.set_close_on_finish()  # "Connection: close": the next request is for the next process
        self.complete = True
        self.status, headers, body = self.said
        self.response_headers.extend(headers)
        if body:
            self.content_length = len(body)
            self.write(body)

    def write(self, data: bytes) -> None:
        """Send a piece of the body; the first one with the header before it: each send is a turn of the interpreter."""
        is_whole = not self.wrote_header and not self.chunked_response and self.content_length == len(data)
        if not (self.complete and self.has_body and data and is_whole):
            super().write(data)
            return
        self.channel.write_soon(self.build_response_header() + data)
        self.wrote_header, self.content_bytes_written = True, len(data)


def _asked(application: Application, environ: dict[str, Any]) -> Said:
    """What a WSGI application answers, whole."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _trouble: object = None) -> None:
        begun[:] = [(status, headers)]

    pieces = application(environ, start)
    try:
        body = b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    return Said(*begun[0], body)
