"""This module owns the `[auth]` table of a profile: how one platform proves that a request is its own.

    [auth]
    scheme = "hmac"                     # Meta: hex HMAC-SHA256 of the raw body behind "sha256="
    header = "x-hub-signature-256"
    prefix = "sha256="

A setting that its scheme does not read is refused, since it would promise what nobody checks.
"""

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ingest.config import Section

HEADER_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2, in lower case
WINDOW = frozenset({"tolerance_seconds"})
READ_BY = {
    "standard_webhooks": WINDOW,
    "stripe": WINDOW,
    "hmac": WINDOW | {"header", "headers", "prefix", "encoding", "algorithm", "timestamp_header", "template"},
    "bearer": frozenset({"query"}),
    "basic": frozenset(),
    "token": frozenset({"header", "headers", "prefix", "query", "path"}),
    "origin": frozenset(),
    "none": frozenset(),
}
WITHOUT_KEY = frozenset({"origin", "none"})  # a sender of these holds no secret


def _header_name(name: str) -> str:
    lower = name.lower()
    if not HEADER_NAME.fullmatch(lower):
        raise ValueError(f"{name!r} cannot be the name of a header")
    return lower


class Auth(Section):
    """How the requests of one platform are proven.

    `header` and `headers` name the headers (in lower case) that carry the signature or the token, where a platform
    has several names for one; any of them will do. `prefix` is what stands before it. `timestamp_header`, for
    hmac, names the header of the unix seconds that are signed with the body as `template` says, and are held to
    `tolerance_seconds` in both directions. `query` names parameters that may carry a token; `path` lets it be the
    last segment of the path.
    """

    scheme: Literal["standard_webhooks", "stripe", "hmac", "bearer", "basic", "token", "origin", "none"]
    header: str | None = None
    headers: tuple[str, ...] = ()
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    timestamp_header: str | None = None
    template: str = "{timestamp}.{body}"
    query: tuple[str, ...] = ()
    path: bool = False
    tolerance_seconds: int = Field(300, ge=1)

    @field_validator("header", "timestamp_header")
    @classmethod
    def _one_name(cls, name: str | None) -> str | None:
        return None if name is None else _header_name(name)

    @field_validator("headers")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_header_name(name) for name in names)

    @field_validator("query")
    @classmethod
    def _parameters(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not all(name and name.isascii() for name in names):
            raise ValueError("a query parameter's name must be ASCII text")
        return names

    @field_validator("prefix")
    @classmethod
    def _ascii(cls, prefix: str) -> str:
        if not prefix.isascii():
            raise ValueError("the prefix must be ASCII text")
        return prefix

    @model_validator(mode="after")
    def _fits(self) -> Self:
        unread = self.model_fields_set - READ_BY[self.scheme] - {"scheme"}
        if unread:
            raise ValueError(f"scheme {self.scheme!r} does not read {min(unread)!r}. Remove it.")
        if self.scheme == "hmac" and not self.header_names:
            raise ValueError("scheme 'hmac' needs the name of the signature's header: header = \"x-...\"")
        if self.scheme == "token" and not (self.header_names or self.query or self.path):
            raise ValueError("scheme 'token' needs to know where the token is: header, query or path")
        self._check_template()
        return self

    def _check_template(self) -> None:
        stamped = self.timestamp_header is not None
        if self.scheme == "hmac" and not stamped and self.model_fields_set & {"template", "tolerance_seconds"}:
            raise ValueError("'template' and 'tolerance_seconds' need a timestamp_header")
        if stamped and not self.template.count("{timestamp}") == self.template.count("{body}") == 1:
            raise ValueError("the template must hold {timestamp} and {body} once each")

    @property
    def header_names(self) -> tuple[str, ...]:
        """`header` and its aliases, the one to sign with first."""
        return ((self.header,) if self.header else ()) + self.headers
