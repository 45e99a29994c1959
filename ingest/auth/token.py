"""This module owns the schemes bearer and token: a shared text in a header, the query or the path.

bearer is `Authorization: Bearer <token>` (RFC 6750) and, where `query` names one, `?access_token=<token>`
(CloudEvents wants both). A token that is given several times must be the same each time. It is taken out of the
request wherever it stands, so that it reaches neither the journal nor a log.
"""

import re
import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.auth.carrier import decoded, with_parameter, with_segment, without_last_segment, without_parameters
from ingest.auth.proof import GUESSABLE_CHARS, AuthError, Verifier, header_bytes, is_among
from ingest.auth.scheme import Auth
from ingest.door.request import Request

VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Token:
    """The tokens of one sender, and where they may stand."""

    tokens: tuple[bytes, ...]
    header_names: tuple[str, ...]
    prefix: bytes  # in lower case: names of authentication schemes know no case (RFC 9110, 11.1)
    parameters: frozenset[bytes]
    path: bool

    def verify(self, request: Request, now: float) -> Request:  # noqa: ARG002 (a token knows no time)
        """The request without its token."""
        given = [self._in_header(request.headers[name]) for name in self.header_names if request.headers.get(name)]
        values, query = without_parameters(request.query, self.parameters)
        given += values
        is_proven = self._is_right(given) if any(given) else False
        suffix = request.suffix
        if self.path:
            last, before = without_last_segment(suffix)
            # A server may hand the path over decoded or as it was sent; both readings are the sender's.
            if is_among(self.tokens, [last.encode("utf-8", "surrogatepass"), decoded(last)]):
                is_proven, suffix = True, before
            elif last and not is_proven:
                raise AuthError("signature_wrong")
        if not is_proven:
            raise AuthError("signature_missing")
        headers = {name: text for name, text in request.headers.items() if name not in self.header_names}
        return replace(request, headers=headers, query=query, suffix=suffix)

    def _in_header(self, text: str) -> bytes:
        raw, size = header_bytes(text), len(self.prefix)
        if raw[:size].lower() != self.prefix:
            raise AuthError("signature_wrong")
        return raw[size:].lstrip(b" ") if size else raw

    def _is_right(self, given: list[bytes]) -> bool:
        """Whether all are one and the same token. Raises AuthError where they are not."""
        if len(set(given)) != 1 or not is_among(self.tokens, given[:1]):
            raise AuthError("signature_wrong")
        return True


def verifier(auth: Auth, secrets: Sequence[str]) -> Verifier:
    """Verify with all active tokens. Raises ValueError where one could be guessed or cannot be sent."""
    tokens = tuple(_checked(auth, secret) for secret in secrets)
    parameters = frozenset(name.encode() for name in auth.query)
    if auth.scheme == "bearer":
        return Token(tokens, ("authorization",), b"bearer ", parameters, False)
    return Token(tokens, auth.header_names, auth.prefix.lower().encode(), parameters, auth.path)


def _checked(auth: Auth, secret: str) -> bytes:
    if len(secret) < GUESSABLE_CHARS:
        raise ValueError(f"a token needs at least {GUESSABLE_CHARS} characters, or it can be guessed")
    if not VISIBLE.fullmatch(secret):
        raise ValueError("a token may hold visible ASCII characters only, no space and no accent")
    if auth.path and "/" in secret:
        raise ValueError("a token that may stand in the path cannot hold a slash")
    return secret.encode()


def new_secret(auth: Auth) -> str:  # noqa: ARG001 (every scheme has these three functions)
    """A fresh token of 32 bytes as URL-safe text."""
    return randomness.token_urlsafe(32)


def sign(auth: Auth, secret: str, request: Request, message_id: str, now: float) -> Request:  # noqa: ARG001
    """The request with its token: in the header if there is one, else in the query, else in the path."""
    token = _checked(auth, secret).decode()
    if auth.scheme == "bearer":
        return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})
    if auth.header_names:
        return replace(request, headers={**request.headers, auth.header_names[0]: auth.prefix + token})
    if auth.query:
        return replace(request, query=with_parameter(request.query, auth.query[0], token))
    return replace(request, suffix=with_segment(request.suffix, token))
