"""This module owns ingest's HTTP surface: the webhook route, validation, the process's health, errors as problems."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from flask import Flask, Response
from flask import request as http
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from ingest import traces
from ingest.canary.perch import Perch
from ingest.canary.sender import NAME as CANARY
from ingest.config import IngestSettings
from ingest.counting import metrics
from ingest.delivery import Door, Limits
from ingest.door import answers, browsers
from ingest.door.answers import Answer
from ingest.door.handshake import challenged, greeted
from ingest.door.held import Held
from ingest.door.passage import Passage
from ingest.door.rate_limit import Rates
from ingest.door.request import Request
from ingest.door.validating import validated
from ingest.journal import Journal
from ingest.logs import door
from ingest.rejection import DeliveryRefusedError
from ingest.senders.origin import Origin
from ingest.visitors.key import visitor_key

log = logging.getLogger("whichad.ingest")
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
Senders = Callable[[], Mapping[str, Origin]]


class Front:
    """One worker's way from HTTP to the door: finds the sender, asks what concerns HTTP only, answers."""

    def __init__(
        self, settings: IngestSettings, journal: Journal, senders: Senders, perch: Perch | None = None
    ) -> None:
        """`senders` gives the senders as they are configured now; `perch` takes canaries."""
        limits = Limits(settings.ingest.body_bytes_max, settings.ingest.items_max)
        self.door, self._perch = Door(journal, visitor_key(settings.data_dir), limits, perch), perch
        self.senders, self.draining = senders, False
        self._rates = Rates(settings.data_dir / "run" / "rates")

    def answer(self, name: str, request: Request, then: Callable[[], None] | None = None) -> Answer | Held:
        """Answer one request to `/webhooks/<sender>[/<suffix>]`, or hold the answer till its delivery is on disk.

        `then` is called, from any thread, once the end of a held answer's delivery is known.
        """
        origin = self.senders().get(name) or (self._perch.origin if self._perch and name == CANARY else None)
        opens = browsers.opening(origin, request)
        try:
            found = self._received(request, self._checked(origin, request), opens, then)
        except DeliveryRefusedError as error:
            found = self._refused(error, name if origin else "", len(request.body))
        except Exception:
            return self.broken()
        return found if isinstance(found, Held) else opens(found)

    def _received(
        self, request: Request, origin: Origin, opens: Callable[[Answer], Answer], then: Callable[[], None] | None
    ) -> Answer | Held:
        started, length = time.perf_counter(), len(request.body)
        early = greeted(origin, request) or challenged(origin, request)
        if early is not None:
            return early
        passage = Passage(origin, request, time.time_ns() // 1000)
        waiting = self.door.receive(passage, self._within_rate, then)

        def answer(failed: str | None) -> Answer:
            return opens(self._settled(passage, failed, started, length))

        return Held(waiting, self.door.seconds_max, answer)

    def _settled(self, passage: Passage, failed: str | None, started: float, length: int) -> Answer:
        """The answer to a delivery that is on disk, or to one that is not; outside of any request."""
        refused = DeliveryRefusedError(failed) if failed else passage.refused
        if not failed and passage.origin.name != CANARY:
            _measure(passage, started)
            door.taken(passage)
            if traces.is_on():
                _trace(passage, started)
        if refused is not None:
            return self._refused(refused, passage.origin.name, length)
        return answers.taken(passage.origin.profile, passage)

    def validate(self, name: str, request: Request) -> Answer:
        """Answer with what a delivery would become; nothing is stored."""
        origin = self.senders().get(name)
        try:
            return answers.as_json(validated(self.door, self._checked(origin, request), request), 200)
        except DeliveryRefusedError as error:
            return self._refused(error, name if origin else "", len(request.body))

    def refuse(self, error: DeliveryRefusedError, body_bytes: int = 0) -> Answer:
        """Count a refusal that is no sender's, and put it into words."""
        return self._refused(error, "", body_bytes)

    def broken(self) -> Answer:
        """The answer where our own code broke, which is logged; for use where the exception is handled."""
        log.exception("a delivery broke ingest")
        return self.refuse(DeliveryRefusedError("internal"))

    def _refused(self, error: DeliveryRefusedError, sender: str, body_bytes: int) -> Answer:
        if sender == CANARY:  # ours are in no count; who pretends to be it is nobody
            if error.refusal.status == 503:
                return answers.refused(error)
            sender = ""
        self.door.count_refusal(sender, error.refusal.code, body_bytes)
        metrics.refusal(sender, error.refusal.code)
        door.refused(sender, error.refusal.code, body_bytes)
        return answers.refused(error)

    def _checked(self, origin: Origin | None, request: Request) -> Origin:
        if origin is None:
            raise DeliveryRefusedError("sender_unknown")
        if request.method not in (*origin.profile.methods, "OPTIONS", "HEAD"):
            raise DeliveryRefusedError("method_unknown", allow=", ".join(origin.profile.methods))
        if self.draining:
            raise DeliveryRefusedError("draining")
        bytes_max = self.door.limits.body_bytes_max
        if len(request.body) > min(bytes_max, origin.profile.body_bytes_max or bytes_max):
            raise DeliveryRefusedError("body_too_large")
        return origin

    def _within_rate(self, origin: Origin) -> None:
        said = origin.sender if origin.sender.rate_per_second is not None else origin.profile
        rate = said.rate_per_second
        if rate is None:
            return
        burst = said.rate_burst or max(1, math.ceil(rate))
        wait = self._rates.take(origin.name, rate, burst, time.monotonic())
        if wait > 0:
            raise DeliveryRefusedError("rate_limited", retry_after_seconds=math.ceil(wait))


def create_app(front: Front) -> Flask:
    """The WSGI application of one worker."""
    app = Flask("ingest", static_folder=None)

    @app.route("/webhooks/<sender>", methods=METHODS, provide_automatic_options=False)
    @app.route("/webhooks/<sender>/<path:suffix>", methods=METHODS, provide_automatic_options=False)
    def webhook(sender: str, suffix: str = "") -> Response:
        found = front.answer(sender, _request(suffix))
        return _response(found.waited() if isinstance(found, Held) else found)

    @app.route("/validate/<sender>", methods=["GET", "POST"])
    @app.route("/validate/<sender>/<path:suffix>", methods=["GET", "POST"])
    def validate(sender: str, suffix: str = "") -> Response:
        return _response(front.validate(sender, _request(suffix)))

    @app.get("/t.js")
    def tag() -> Response:
        return browsers.script()

    @app.get("/healthz")
    def healthz() -> Response:
        return _response(answers.as_json({"ok": True}, 200))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.code == 405 and http.path.startswith("/webhooks/"):  # the sender says what it takes, not Flask
            name, _, suffix = http.path.removeprefix("/webhooks/").partition("/")
            return webhook(name, suffix)
        codes = {400: "bad_request", 404: "path_unknown", 405: "method_unknown", 413: "body_too_large"}
        allow = ", ".join(getattr(error, "valid_methods", None) or ())
        refused = DeliveryRefusedError(codes.get(error.code or 500, "internal"), allow=allow)
        return _response(front.refuse(refused, http.content_length or 0))

    @app.errorhandler(Exception)
    def internal(_error: Exception) -> Response:
        return _response(front.broken())

    return app


def _measure(passage: Passage, started: float) -> None:
    assert passage.delivery is not None  # noqa: S101 (it is on disk)
    codes = [each.code for each in passage.quarantined]
    seconds = time.perf_counter() - started
    metrics.delivery(passage.origin.name, len(passage.accepted), codes, seconds, passage.delivery.disposition)


def _trace(passage: Passage, started: float) -> None:
    """The span of an answer, whichever thread gives it; it goes on from the sender's trace."""
    assert passage.delivery is not None  # noqa: S101 (it is on disk)
    traces.done(
        "webhook", time.perf_counter() - started, passage.request.headers, sender=passage.origin.name,
        delivery_id=passage.delivery.delivery_id, accepted=len(passage.accepted), quarantined=len(passage.quarantined),
    )  # fmt: skip


def _request(suffix: str) -> Request:
    """Flask's request as the door sees it."""
    environ = http.environ
    headers = {
        header_name(key.removeprefix("HTTP_")): value
        for key, value in environ.items()
        if key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    return Request(http.method, http.get_data(cache=False), headers, environ.get("QUERY_STRING", ""), suffix)


def _response(answer: Answer) -> Response:
    """An answer as Flask's response, with no header but its own."""
    response = Response(answer.body, answer.status)
    response.headers = Headers(answer.headers)
    return response


@lru_cache(maxsize=1024)
def header_name(key: str) -> str:
    """The lower-case name of a header that WSGI calls `key`."""
    return key.replace("_", "-").lower()
