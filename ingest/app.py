"""This module owns ingest's HTTP surface: the webhook route, validation, the process's health, errors as problems."""

import math
import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from flask import Flask, Response
from flask import Request as Asked
from flask import request as http
from werkzeug.exceptions import HTTPException

from ingest import answers, metrics, pages
from ingest.config import IngestSettings
from ingest.delivery import Door, Limits
from ingest.handshake import challenged, greeted
from ingest.held import SETTLED, Held
from ingest.journal import Journal
from ingest.origin import Origin
from ingest.passage import Passage
from ingest.rate import Rates
from ingest.rejection import DeliveryRefusedError
from ingest.request import Request
from ingest.validating import validated
from ingest.visitors import visitor_key

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
Senders = Callable[[], Mapping[str, Origin]]


class Front:
    """One worker's way from HTTP to the door: finds the sender, asks what concerns HTTP only, answers."""

    def __init__(self, settings: IngestSettings, journal: Journal, senders: Senders) -> None:
        """`senders` gives the senders as they are configured now."""
        limits = Limits(settings.ingest.body_bytes_max, settings.ingest.items_max)
        self.door = Door(journal, visitor_key(settings.data_dir), limits)
        self.senders, self.draining = senders, False
        self._rates = Rates(settings.data_dir / "run" / "rates")

    def take(self, name: str, suffix: str) -> Response:
        """Answer one request to `/webhooks/<sender>[/<suffix>]`."""
        # Each use of Flask's own name for it looks for it anew: 14 of them took 15 µs of 180.
        asked: Asked = http._get_current_object()  # type: ignore[attr-defined]
        origin = self.senders().get(name)
        opens = pages.opening(origin, asked)
        try:
            found = self._received(asked, self._checked(origin, asked), suffix, opens)
        except DeliveryRefusedError as error:
            found = self._refused(error, name if origin else "", asked.content_length or 0)
        return found.leave(asked.environ) if isinstance(found, Held) else opens(found)

    def _received(
        self, asked: Asked, origin: Origin, suffix: str, opens: Callable[[Response], Response]
    ) -> Response | Held:
        started, length = time.perf_counter(), asked.content_length or 0
        request = _request(asked, suffix, origin)
        early = greeted(origin, request) or challenged(origin, request)
        if early is not None:
            return early
        passage = Passage(origin, request, time.time_ns() // 1000)
        waiting = self.door.receive(passage, self._within_rate, asked.environ.get(SETTLED))

        def answer(failed: str | None) -> Response:
            return opens(self._settled(passage, failed, started, length))

        return Held(waiting, self.door.seconds_max, answer)

    def _settled(self, passage: Passage, failed: str | None, started: float, length: int) -> Response:
        """The answer to a delivery that is on disk, or to one that is not; outside of any request."""
        refused = DeliveryRefusedError(failed) if failed else passage.refused
        if not failed:
            _measure(passage, started)
        if refused is not None:
            return self._refused(refused, passage.origin.name, length)
        return answers.taken(passage.origin.profile, passage)

    def validate(self, name: str, suffix: str) -> Response:
        """Answer with what a delivery would become; nothing is stored."""
        origin = self.senders().get(name)
        try:
            origin = self._checked(origin, http)
            return answers.as_json(validated(self.door, origin, _request(http, suffix, origin)), 200)
        except DeliveryRefusedError as error:
            return self.refuse(error, name if origin else "")

    def refuse(self, error: DeliveryRefusedError, sender: str = "") -> Response:
        """Count a refusal, and put it into words."""
        return self._refused(error, sender, http.content_length or 0)

    def _refused(self, error: DeliveryRefusedError, sender: str, body_bytes: int) -> Response:
        self.door.count_refusal(sender, error.refusal.code, body_bytes)
        metrics.refusal(sender, error.refusal.code)
        return answers.refused(error)

    def _checked(self, origin: Origin | None, asked: Asked) -> Origin:
        if origin is None:
            raise DeliveryRefusedError("sender_unknown")
        if asked.method not in (*origin.profile.methods, "OPTIONS", "HEAD"):
            raise DeliveryRefusedError("method_unknown", allow=", ".join(origin.profile.methods))
        if self.draining:
            raise DeliveryRefusedError("draining")
        if (asked.content_length or 0) > self.door.limits.body_bytes_max:
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
        return front.take(sender, suffix)

    @app.route("/validate/<sender>", methods=["GET", "POST"])
    @app.route("/validate/<sender>/<path:suffix>", methods=["GET", "POST"])
    def validate(sender: str, suffix: str = "") -> Response:
        return front.validate(sender, suffix)

    @app.get("/t.js")
    def tag() -> Response:
        return pages.script()

    @app.get("/healthz")
    def healthz() -> Response:
        return answers.as_json({"ok": True}, 200)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.code == 405 and http.path.startswith("/webhooks/"):  # the sender says what it takes, not Flask
            name, _, suffix = http.path.removeprefix("/webhooks/").partition("/")
            return front.take(name, suffix)
        codes = {400: "bad_request", 404: "path_unknown", 405: "method_unknown", 413: "body_too_large"}
        allow = ", ".join(getattr(error, "valid_methods", None) or ())
        return front.refuse(DeliveryRefusedError(codes.get(error.code or 500, "internal"), allow=allow))

    @app.errorhandler(Exception)
    def internal(error: Exception) -> Response:
        app.logger.error("a delivery broke ingest", exc_info=error)
        return front.refuse(DeliveryRefusedError("internal"))

    return app


def _measure(passage: Passage, started: float) -> None:
    assert passage.delivery is not None  # noqa: S101 (it is on disk)
    codes = [each.code for each in passage.quarantined]
    seconds = time.perf_counter() - started
    metrics.delivery(passage.origin.name, len(passage.accepted), codes, seconds, passage.delivery.disposition)


def _request(asked: Asked, suffix: str, origin: Origin) -> Request:
    environ = asked.environ
    # As werkzeug's headers have them, which ask for each name anew: 10 µs of a request's 150.
    headers = {name: value for key, value in environ.items() if (name := _header_name(key))}
    body = asked.get_data(cache=False)
    if origin.profile.body_bytes_max is not None and len(body) > origin.profile.body_bytes_max:
        raise DeliveryRefusedError("body_too_large")
    return Request(asked.method, body, headers, environ.get("QUERY_STRING", ""), suffix)


@lru_cache(maxsize=1024)
def _header_name(key: str) -> str:
    """The lower-case name of a header that WSGI calls `key`; empty for what is no header."""
    if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return key.replace("_", "-").lower()
    if key.startswith("HTTP_") and key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
        return key[5:].replace("_", "-").lower()
    return ""
