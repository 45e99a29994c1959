"""This module owns the machine-readable contract: OpenAPI 3.1, made from the tables and from the configured senders.

It describes what is running: a sender that is added to whichad.toml appears with its own methods, signature, fields
and answers.
"""

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from ingest.openapi import answers, requests
from ingest.openapi.schemas import schemas
from ingest.openapi.security import Requirements, has_token_in_path, security
from ingest.senders.origin import Origin

Operation = dict[str, Any]
Paths = dict[str, dict[str, Any]]

ABOUT = """Webhooks of ad platforms, trackers and shops. A 200 means that the delivery is on disk; its receipt tells
later what became of it. Errors are problems (RFC 9457) whose `code` is stable."""


def document(origins: Mapping[str, Origin], public_url: str | None) -> dict[str, Any]:
    """The OpenAPI document of these senders; `public_url` is where they reach us, else this machine's loopback."""
    paths: Paths = {}
    schemes: dict[str, Any] = {}
    for name in sorted(origins):
        found, requirements = security(origins[name])
        schemes |= found
        paths |= _sender(origins[name], requirements)
    return {
        "openapi": "3.1.0",
        "info": {"title": "whichad ingest", "version": version("whichad"), "description": ABOUT,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": public_url.rstrip("/")} if public_url else _loopback("port", "8080")],
        "tags": [{"name": "deliveries"}, {"name": "validation"}, {"name": "operation"}],
        "paths": paths | _operation(),
        "components": {
            "schemas": schemas(),
            "responses": answers.responses(),
            **({"securitySchemes": schemes} if schemes else {}),
        },
    }  # fmt: skip


def _sender(origin: Origin, requirements: Requirements) -> Paths:
    base, profile = f"/webhooks/{origin.name}", origin.profile
    addresses = ["", *(f"/{suffix}" for suffix in profile.suffixes)]
    paths = {f"{base}{each}": _webhook(origin, each, requirements) for each in addresses}
    checks = {f"/validate/{origin.name}{each}": _validation(origin, each, requirements) for each in addresses}
    if has_token_in_path(origin):
        token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for found in (paths, checks):
            first = next(iter(found))
            found[f"{first}/{{token}}"] = {**_without_proof(found[first]), "parameters": [token]}
    return paths | checks


def _without_proof(item: dict[str, Any]) -> dict[str, Any]:
    return {
        method: {**operation, "operationId": f"{operation['operationId']}_by_path", "security": []}
        for method, operation in item.items()
    }


def _webhook(origin: Origin, suffix: str, requirements: Requirements) -> dict[str, Any]:
    profile = origin.profile
    without = () if origin.strict else (422,)
    item: dict[str, Operation] = {
        method.lower(): {
            **_asked(origin, method, suffix, requirements),
            "tags": ["deliveries"],
            "summary": f"A delivery of {profile.title}",
            "description": profile.about,
            "responses": {**answers.taken(profile), **answers.refusals(without)},
        }
        for method in profile.methods
    }
    if profile.challenge is not None and "get" in item:
        item["get"] = _challenge(origin, suffix)
    for method, status in (("head", 200), ("options", 204)):
        item[method] = {
            "operationId": _identity(method, origin.name, suffix),
            "tags": ["deliveries"],
            "summary": "Whether the address exists",
            "security": [],
            "responses": {**answers.greeting(status, profile.handshake), **answers.refusals(without)},
        }
    return item


def _validation(origin: Origin, suffix: str, requirements: Requirements) -> dict[str, Any]:
    is_get_a_question = origin.profile.challenge is not None
    return {
        method.lower(): {
            **_asked(origin, method, suffix, requirements, prefix="validate_"),
            "tags": ["validation"],
            "summary": "What a delivery would become, step by step; nothing is stored",
            "responses": {
                "200": answers.as_json("Validated", "The canonical rows, and what would be quarantined."),
                **answers.refusals(answers.NOT_OF_VALIDATION),
            },
        }
        for method in origin.profile.methods
        if not (is_get_a_question and method == "GET")
    }


def _asked(origin: Origin, method: str, suffix: str, requirements: Requirements, prefix: str = "") -> Operation:
    """What a request holds: by GET its parameters, by POST its body."""
    more = requests.headers(origin)
    asked: Operation = {
        "operationId": prefix + _identity(method, origin.name, suffix),
        "security": requirements,
        "parameters": [*requests.parameters(origin), *more[1:]] if method == "GET" else more,
    }
    return asked if method == "GET" else asked | {"requestBody": requests.body(origin)}


def _challenge(origin: Origin, suffix: str) -> Operation:
    challenge = origin.profile.challenge
    assert challenge is not None  # noqa: S101 (the caller asked)
    wanted = {**challenge.when, challenge.answer: None, **({challenge.token: None} if challenge.token else {})}
    return {
        "operationId": _identity("get", origin.name, suffix),
        "tags": ["deliveries"],
        "summary": "The platform asks us to prove that the address is ours",
        "security": [],
        "parameters": [
            {"name": name, "in": "query", "required": True,
             "schema": {"type": "string"} | ({"const": text} if text is not None else {})}
            for name, text in wanted.items()
        ],
        "responses": {
            "200": {"description": f"`{challenge.answer}`, as it came.", "content": {"text/plain": {}}},
            **answers.refusals((422,)),
        },
    }  # fmt: skip


def _operation() -> Paths:
    """The process's own addresses: its health with the webhooks, the others on the loopback port."""
    admin = [_loopback("admin_port", "8081")]
    numbers = {"200": {"description": "Prometheus' text format.", "content": {"text/plain": {}}}}
    ready, unready = (answers.as_json("Readiness", text) for text in ("A webhook would be taken.", "None would be."))
    contract = {
        "200": {"description": "This document.", "content": {"application/json": {"schema": {"type": "object"}}}}
    }
    healthz = {"200": answers.as_json("Health", "The process is up."), **answers.refusals(answers.NOT_OF_VALIDATION)}
    return {
        "/t.js": {"get": _own("tag", "The script for your own pages (docs/tag.md)",
                              answers.tag() | answers.refusals(answers.NOT_OF_VALIDATION))},
        "/healthz": {"get": _own("healthz", "Whether the process is up", healthz)},
        "/readyz": {"servers": admin, "get": _own("readyz", "Whether a delivery would be taken, and loaded soon",
                                                  {"200": ready, "503": unready})},
        "/metrics": {"servers": admin, "get": _own("metrics", "What was taken, refused, quarantined", numbers)},
        "/openapi.json": {"servers": admin, "get": _own("openapi", "This document", contract)},
    }  # fmt: skip


def _own(identity: str, summary: str, responses: dict[str, Any]) -> Operation:
    return {"operationId": identity, "tags": ["operation"], "summary": summary, "security": [], "responses": responses}


def _identity(method: str, sender: str, suffix: str) -> str:
    return re.sub(r"[^\w-]+", "_", f"{method.lower()}_{sender}{suffix}")


def _loopback(name: str, port: str) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{{{name}}}", "variables": {name: {"default": port}}}
