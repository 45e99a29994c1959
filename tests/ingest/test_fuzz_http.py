"""This module owns the promise that the running server answers as its own OpenAPI document says, whatever is sent."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from running import Ingest
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ingest.auth import sign
from ingest.auth.carrier import without_parameters
from ingest.door.request import Request
from ingest.senders.origin import auth_of
from ingest.senders.origin import origins as origins_of

TOKEN = "a-token-that-nobody-can-guess-1234"
SENDERS: dict[str, dict[str, Any]] = {
    "shop": {}, "lenient": {"strict": False}, "pixel": {"profile": "system1", "secrets": [TOKEN]},
    "tonic": {"profile": "tonic", "secrets": [TOKEN]}, "voluum": {"profile": "voluum", "secrets": [TOKEN]},
    "meta": {"profile": "meta", "verify_token": TOKEN}, "events": {"profile": "cloudevents", "secrets": [TOKEN]},
    "shopify": {"profile": "shopify_orders"}, "stripe": {"profile": "stripe_payments"},
    "google": {"profile": "google_ad_events", "secrets": [TOKEN]},
    "anybody": {"profile": "voluum", "auth": "none", "secrets": []},
}  # fmt: skip
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, allow_header_conformance,
]  # fmt: skip
ADMIN = {"/readyz", "/metrics", "/openapi.json"}


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest with a sender of every kind of answer and signature."""
    with Ingest(tmp_path_factory.mktemp("varied"), SENDERS) as running:
        yield running


class Client:
    """Sends what schemathesis makes up, signed as its sender would sign it."""

    def __init__(self, ingest: Ingest) -> None:
        self.ports = {False: ingest.port, True: int(ingest.run_file["admin_port"])}
        self.origins, self.session = origins_of(ingest.settings), requests.Session()
        document = ingest.request("GET", "/openapi.json", admin=True).json
        self.schema = schemathesis.openapi.from_dict(document)
        self.statuses: dict[str, set[int]] = defaultdict(set)

    def operations(self) -> Iterator[Any]:
        """Every operation of the document."""
        for found in self.schema.get_all_operations():
            yield found.ok()

    def call(self, case: schemathesis.Case) -> None:
        """One request, and what the document says about its answer."""
        if "token" in (case.path_parameters or {}):
            case.path_parameters["token"] = TOKEN
        base = f"http://127.0.0.1:{self.ports[case.operation.path in ADMIN]}"
        made = case.as_transport_kwargs(base_url=base)
        prepared = self.session.prepare_request(
            requests.Request(**{key: made[key] for key in made if key in REQUEST_ARGUMENTS})
        )
        self._sign(prepared, case)
        try:
            response = self.session.send(prepared, timeout=20)
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError):
            return  # nobody can send this
        self.statuses[case.operation.label].add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    def _sign(self, prepared: requests.PreparedRequest, case: schemathesis.Case) -> None:
        _, _, name = case.operation.path.strip("/").partition("/")
        known = self.origins.get(name.partition("/")[0])
        auth = auth_of(known.sender, known.profile) if known else None
        if known is None or auth is None or auth.scheme == "none" or prepared.method in ("HEAD", "OPTIONS"):
            return
        secret = known.sender.secrets[0]
        parts = urlsplit(prepared.url or "")
        body = prepared.body or b""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else b"".join(body)
        _, query = without_parameters(parts.query, frozenset(name.encode() for name in auth.query))
        signed = sign(auth, secret, Request(prepared.method or "", raw, {}, query), "msg_fuzz", time.time())
        prepared.headers.update(signed.headers)
        if "token" not in (case.path_parameters or {}):
            path = parts.path + (f"/{quote(signed.suffix)}" if signed.suffix else "")
            prepared.url = f"{parts.scheme}://{parts.netloc}{path}" + (f"?{signed.query}" if signed.query else "")


REQUEST_ARGUMENTS = {"method", "url", "headers", "files", "data", "params", "auth", "cookies", "json"}


def explore(ingest: Ingest, examples: int, modes: tuple[schemathesis.GenerationMode, ...]) -> dict[str, set[int]]:
    """Call every operation with what fits its schema and with what does not; returns the statuses of each."""
    client = Client(ingest)
    for operation in client.operations():
        for mode in modes:
            bounded = settings(
                max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.generate], derandomize=examples < 10,
            )  # fmt: skip
            with suppress(Unsatisfiable):  # an operation without parameters cannot be asked wrongly
                bounded(given(operation.as_strategy(generation_mode=mode))(client.call))()
    return client.statuses


BOTH = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


def test_every_operation_answers_as_the_document_says(varied: Ingest):
    seen = explore(varied, 1, BOTH)
    assert {label.split()[1] for label in seen} >= {f"/webhooks/{name}" for name in SENDERS} | ADMIN | {"/healthz"}
    never_read = {label for label, statuses in seen.items() if not statuses & {200, 204, 422}}
    assert never_read <= {"GET /webhooks/meta"}  # whose token has to be right
    assert "Traceback" not in varied.log.read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_operation_answers_as_the_document_says_to_many_more(varied: Ingest):
    explore(varied, 60, BOTH)
    assert "Traceback" not in varied.log.read_text(encoding="utf-8")
