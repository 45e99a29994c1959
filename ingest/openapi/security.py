"""This module owns who may post, in the machine-readable contract: a sender's scheme as security schemes.

Each sender has secrets of its own, so the schemes carry its name. What must come together stands in one requirement,
what may stand in for it in the next.
"""

import re
from typing import Any

from ingest.auth.scheme import Auth
from ingest.senders.origin import Origin, auth_of

Schemes = dict[str, dict[str, Any]]
Requirements = list[dict[str, list[str]]]

_STANDARD = "HMAC-SHA256 (v1) or Ed25519 (v1a) over `id.timestamp.body`: https://www.standardwebhooks.com"


def security(origin: Origin) -> tuple[Schemes, Requirements]:
    """The security schemes of a sender by name, and its requirements: any one of them is enough.

    A token in the path is none of OpenAPI's schemes; it is a path of its own.
    """
    auth = auth_of(origin.sender, origin.profile)
    if auth.scheme == "none":
        return {}, []
    if auth.scheme in ("bearer", "basic"):
        schemes: Schemes = {f"{origin.name}.{auth.scheme}": {"type": "http", "scheme": auth.scheme}}
        return _either(schemes | _keys(origin.name, "query", auth.query, "The same token."))
    if auth.scheme == "token":
        headers = _keys(origin.name, "header", auth.header_names, f"The token, behind {auth.prefix!r}.")
        return _either(headers | _keys(origin.name, "query", auth.query, "The token."))
    if auth.scheme == "origin":
        return _together(
            _keys(origin.name, "header", ("Origin",), "A page's, as its browser says; the sender lists it.")
        )
    if auth.scheme == "standard_webhooks":
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        return _together(_keys(origin.name, "header", names, _STANDARD))
    if auth.scheme == "stripe":
        return _together(_keys(origin.name, "header", ("stripe-signature",), "As Stripe signs: `t=…,v1=…`."))
    return _signed(origin.name, auth)


def has_token_in_path(origin: Origin) -> bool:
    """Whether the token may be the last segment of the sender's path."""
    return auth_of(origin.sender, origin.profile).path


def _signed(sender: str, auth: Auth) -> tuple[Schemes, Requirements]:
    what = auth.template if auth.timestamp_header else "{body}"
    about = f"{auth.prefix!r} and HMAC-{auth.algorithm.upper()} of `{what}`, in {auth.encoding}."
    signatures = _keys(sender, "header", auth.header_names, about)
    stamp = (auth.timestamp_header,) if auth.timestamp_header else ()
    stamps = _keys(sender, "header", stamp, "Unix seconds.")
    return signatures | stamps, [{name: [], **{each: [] for each in stamps}} for name in signatures]


def _keys(sender: str, place: str, names: tuple[str, ...], about: str) -> Schemes:
    return {
        f"{sender}.{re.sub(r'[^A-Za-z0-9_-]', '_', name)}": {
            "type": "apiKey", "in": place, "name": name, "description": about,
        }
        for name in names
    }  # fmt: skip


def _either(schemes: Schemes) -> tuple[Schemes, Requirements]:
    return schemes, [{name: []} for name in schemes]


def _together(schemes: Schemes) -> tuple[Schemes, Requirements]:
    return schemes, [{name: [] for name in schemes}]
