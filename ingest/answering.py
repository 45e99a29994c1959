"""This module owns how an answer leaves a worker: waitress's tasks, in one piece, and refusals in our words."""

from http import HTTPStatus

import orjson
from waitress.task import ErrorTask, WSGITask

from ingest.rejection import DeliveryRefusedError, problem

_CODES = {413: "body_too_large", 431: "headers_too_large", 500: "internal"}


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
    """One request and its answer, which leaves in one piece: each send lets the interpreter go to another thread."""

    wrote_header: bool
    content_bytes_written: int

    def write(self, data: bytes) -> None:
        """Send a piece of the body; the first one with the header before it."""
        is_whole = not self.wrote_header and not self.chunked_response and self.content_length == len(data)
        if not (self.complete and self.has_body and data and is_whole):
            super().write(data)
            return
        self.channel.write_soon(self.build_response_header() + data)
        self.wrote_header, self.content_bytes_written = True, len(data)
