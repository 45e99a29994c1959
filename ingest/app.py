"""This module owns ingest's HTTP surface: one webhook route, the process's health, errors as problems."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ingest.config import ConfigError, IngestSettings, resolve_secret
from ingest.delivery import Door, Limits, Origin
from ingest.journal import Journal
from ingest.profile import profile
from ingest.rejection import DeliveryRefusedError, problem
from ingest.signature import secret_bytes
from ingest.visitors import visitor_key

RETRY_AFTER_SECONDS = 5
LOOPBACK = ("127.0.0.1", "::1", "localhost")
TRIAL_SECRET = "whsec_dHJpYWwtc2VjcmV0LWtub3duLXRvLWV2ZXJ5b25l"  # noqa: S105 (in the example whichad.toml, not secret)


def origins(settings: IngestSettings) -> dict[str, Origin]:
    """The configured senders with their keys. Raises ConfigError that names the sender."""
    found = {}
    for name, sender in settings.senders.items():
        try:
            texts = [resolve_secret(secret, settings.base_dir) for secret in sender.secrets]
            keys = tuple(secret_bytes(text) for text in texts)
        except (ConfigError, ValueError) as error:
            raise ConfigError(f"senders.{name}.secrets: {error}") from None
        if TRIAL_SECRET in texts and (settings.public_url or settings.ingest.host not in LOOPBACK):
            raise ConfigError(
                f"senders.{name}.secrets still holds the trial secret, which everybody knows. Make a new one before "
                "anybody else can reach this port: whichad init --dir somewhere-new writes one."
            )
        if not keys:
            raise ConfigError(f"senders.{name}.secrets is empty: nobody could post. Give it a secret.")
        found[name] = Origin(name, sender, profile(sender.profile), keys)
    return found


def create_app(settings: IngestSettings, journal: Journal) -> Flask:
    """The WSGI application of one worker."""
    door = Door(
        journal,
        visitor_key(settings.data_dir),
        Limits(settings.ingest.body_bytes_max, settings.ingest.items_max),
    )
    senders = origins(settings)
    app = Flask("ingest", static_folder=None)
    app.config["DRAINING"] = False

    @app.route(
        "/webhooks/<sender>",
        methods=["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"],
        provide_automatic_options=False,
    )
    def webhook(sender: str) -> Response:
        return _webhook(app, door, senders, sender)

    @app.get("/healthz")
    def healthz() -> Response:
        return _json({"ok": True}, 200)

    app.register_error_handler(HTTPException, lambda error: _http_error(door, error))
    app.register_error_handler(Exception, lambda error: _internal(app, door, error))
    return app


def _webhook(app: Flask, door: Door, senders: Mapping[str, Origin], name: str) -> Response:
    body_bytes = request.content_length or 0
    origin = senders.get(name)
    try:
        if origin is None:
            raise DeliveryRefusedError("sender_unknown")
        if request.method not in origin.profile.methods:
            raise DeliveryRefusedError("method_unknown", allow=", ".join(origin.profile.methods))
        if app.config["DRAINING"]:
            raise DeliveryRefusedError("draining")
        if body_bytes > door.limits.body_bytes_max:
            raise DeliveryRefusedError("body_too_large")
        body = request.get_data(cache=False)
        headers = {key.lower(): value for key, value in request.headers.items()}
        answer = door.receive(origin, headers, body)
    except DeliveryRefusedError as error:
        door.count_refusal(name if origin else "", error.refusal.code, body_bytes)
        return refused(error)
    response = _json(answer, 200)
    response.headers["Whichad-Receipt"] = answer["receipt"]
    return response


def refused(error: DeliveryRefusedError) -> Response:
    """A refusal as the answer its sender gets."""
    response = _json(problem(error.refusal, error.detail), error.refusal.status)
    response.mimetype = "application/problem+json"
    if error.allow:
        response.headers["Allow"] = error.allow
    if error.refusal.retryable:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _http_error(door: Door, error: HTTPException) -> Response:
    code = {400: "bad_request", 404: "path_unknown", 405: "method_unknown", 413: "body_too_large"}.get(
        error.code or 500, "internal"
    )
    door.count_refusal("", code, request.content_length or 0)
    allow = ", ".join(getattr(error, "valid_methods", None) or ())
    return refused(DeliveryRefusedError(code, allow=allow))


def _internal(app: Flask, door: Door, error: Exception) -> Response:
    app.logger.error("a delivery broke ingest", exc_info=error)
    door.count_refusal("", "internal", request.content_length or 0)
    return refused(DeliveryRefusedError("internal"))


def _json(value: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(value), status, mimetype="application/json")
