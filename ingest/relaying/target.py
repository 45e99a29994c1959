"""This module owns the addresses that are relayed to: `relay_to` taken apart, and put together with a request.

Its own query comes first, the request's follows; a suffix that the sender appended to our path is appended to the
target's. User, password and query of an address are never shown, and neither is its path: it may hold a token.
"""

import base64
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ingest.door.request import Request

_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Target:
    """An address to relay to, taken apart. `name` is all that may be shown of it."""

    name: str
    is_tls: bool
    host: str
    port: int | None
    path: str
    query: str
    authorization: str | None


def target(url: str) -> Target:
    """The parts of an http or https address; user and password in it become Basic authentication.

    Raises ValueError, whose sentence does not repeat the address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("relay_to is not an http or https address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("relay_to is not an http or https address")
    shown = f"[{host}]" if ":" in host else host
    login = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login = "Basic " + base64.b64encode(pair.encode()).decode()
    return Target(
        name=f"{parts.scheme}://{shown}" + (f":{port}" if port else ""),
        is_tls=parts.scheme == "https",
        host=host,
        port=port,
        path=_speakable(parts.path),
        query=_speakable(parts.query),
        authorization=login,
    )


def address(to: Target, request: Request) -> str:
    """Path and query for a request; bytes that no request line may hold are percent-encoded, all others stay."""
    path = f"{to.path.rstrip('/')}/{quote(request.suffix)}" if request.suffix else to.path or "/"
    query = "&".join(part for part in (to.query, _speakable(request.query)) if part)
    return f"{path}?{query}" if query else path


def _speakable(text: str) -> str:
    return quote(text.encode("latin-1", "replace"), safe=_VISIBLE)
