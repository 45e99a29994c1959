"""This module owns the answers of the machine-readable contract: the 200s, and every refusal by its status.

A status and its codes stand once, under `components.responses`; an operation only names them.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from ingest.profile import Profile
from ingest.rejection import REFUSALS, Refusal, problem

Response = dict[str, Any]

STATUSES = tuple(sorted({refusal.status for refusal in REFUSALS.values()}))
# Validation stores nothing and is not limited, so it says what a delivery would get instead of getting it.
NOT_OF_VALIDATION = (422, 429)
_RECEIPT = {
    "description": "The delivery's id and the SHA-256 of the body as received: `whichad ingest why <receipt>`.",
    "required": True,
    "schema": {"type": "string"},
}
_PAGE = {"description": "The page's origin, if its sender lists it.", "schema": {"type": "string"}}
_ALLOW = {"description": "The methods that are taken here.", "schema": {"type": "string"}}
_RETRY = {"description": "Seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}}


def responses() -> dict[str, Response]:
    """The refusals as component responses, named by status."""
    return {f"Refused{status}": _refused(status) for status in STATUSES}


def refusals(without: Iterable[int] = ()) -> dict[str, Response]:
    """References to the refusals that an operation may answer with."""
    names = {status: f"#/components/responses/Refused{status}" for status in STATUSES if status not in {*without}}
    return {str(status): {"$ref": name} for status, name in names.items()}


def taken(profile: Profile) -> dict[str, Response]:
    """The success of a delivery, in the style the platform wants."""
    headers: dict[str, Any] = {"Whichad-Receipt": _RECEIPT}
    if profile.auth.scheme == "origin":
        headers["Access-Control-Allow-Origin"] = _PAGE
    if profile.answer == "empty":
        return {"204": {"description": "On disk; the receipt is in the header.", "headers": headers}}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "json": ("application/json", {"schema": {"$ref": "#/components/schemas/Answer"}}),
        "gif": ("image/gif", {}),
        "text": ("text/plain", {"schema": {"type": "string", "const": profile.answer_text}}),
    }
    kind, content = kinds[profile.answer]
    return {"200": {"description": "On disk.", "headers": headers, "content": {kind: content}}}


def as_json(name: str, description: str, **more: Any) -> Response:
    """An answer whose JSON has the component schema `name`."""
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        **more,
    }


def tag() -> dict[str, Response]:
    """The script for pages, or that the browser has it already."""
    headers = {name: {"schema": {"type": "string"}} for name in ("ETag", "Cache-Control")}
    found = {"description": "The script.", "headers": headers, "content": {"text/javascript": {}}}
    return {"200": found, "304": {"description": "It is as it was (If-None-Match).", "headers": headers}}


def greeting(status: int, handshake: str | None) -> dict[str, Response]:
    """The success of HEAD or OPTIONS: no body, the methods, and the CloudEvents handshake where there is one."""
    headers: dict[str, Any] = {"Allow": {**_ALLOW, "required": True}}
    if handshake == "cloudevents" and status == 204:
        about = "Said where the request has a WebHook-Request-Origin."
        headers |= {
            name: {"description": about, "schema": {"type": "string"}}
            for name in ("WebHook-Allowed-Origin", "WebHook-Allowed-Rate")
        }
    return {str(status): {"description": "The address exists; nothing is stored.", "headers": headers}}


def _refused(status: int) -> Response:
    found = [refusal for refusal in REFUSALS.values() if refusal.status == status]
    headers: dict[str, Any] = {"Allow": _ALLOW} if status == 405 else {}
    if any(refusal.retryable for refusal in found):
        headers["Retry-After"] = _RETRY
    codes = {"properties": {"status": {"const": status}, "code": {"enum": [refusal.code for refusal in found]}}}
    content = {
        "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, codes]},
        "examples": {refusal.code: _example(refusal) for refusal in found},
    }
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(refusal.code for refusal in found)}",
        **({"headers": headers} if headers else {}),
        "content": {"application/problem+json": content},
    }


def _example(refusal: Refusal) -> Mapping[str, Any]:
    return {"summary": refusal.sentence, "value": problem(refusal)}
