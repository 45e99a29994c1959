"""This module owns coming in by OpenID Connect: the code flow with PKCE, against the provider of [dashboard.oidc].

The extra `whichad[oidc]` brings Authlib, which is loaded when the first visitor comes this way. What a login must
remember between its two halves (state, nonce, PKCE verifier) is derived from one random value in a cookie of ten
minutes: it is bound to the browser, and nothing is kept here.
"""

import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.config import Oidc, Settings
from dashboard.people import audit, claims, gate, hosts, login, pages, sessions, users
from dashboard.people.gate import SESSION, Clock
from dashboard.people.provider import Provider, ProviderError
from dashboard.people.store import writing

log = logging.getLogger("whichad.dashboard")
COOKIE = "whichad-oidc"
_SECONDS = 600
_BACK = "/login/oidc/callback"


def add_routes(server: Flask, settings: Settings, oidc: Oidc, clock: Clock) -> None:
    """Answer `/login/oidc` (off to the provider) and its callback."""
    provider = Provider(oidc, settings.base_dir)

    @server.get("/login/oidc")
    def go() -> ResponseReturnValue:
        """Off to the provider."""
        seed = secrets.token_urlsafe(32)
        try:
            to = provider.address(_back(settings), _of(seed, "state"), _of(seed, "nonce"), _challenge(seed))
        except ProviderError as error:
            return _trouble(settings, error, 502)
        answer = redirect(to, 302)
        value = f"{seed}.{quote(gate.onward(request.args.get('next')), safe='')}"
        # Lax: the way back from the provider is a link on somebody else's page.
        answer.set_cookie(COOKIE, value, max_age=_SECONDS, path="/login/oidc", httponly=True, samesite="Lax",
                          secure=hosts.is_secure(request, settings))  # fmt: skip
        return answer

    @server.get(_BACK)
    def come_back() -> ResponseReturnValue:
        """Back from the provider: who it is, in which role, and a session."""
        seed, _, wish = request.cookies.get(COOKIE, "").partition(".")
        try:
            said = _said(provider, settings, seed)
            role = claims.role_of(oidc, said)
        except ProviderError as error:
            return _trouble(settings, error, 403)
        now = int(clock())
        with writing(settings.data_dir) as connection:
            ident, name = users.vouched(connection, oidc.issuer, str(said["sub"]), claims.name_of(said), role, now)
            sessions.end(connection, request.cookies.get(SESSION, ""))
            token = sessions.begin(connection, ident, now, gate.limits_of(settings))
            audit.write(connection, now, name, "login", name, after={"by": oidc.issuer, "role": role})
        answer = login.outside(pages.bounce(gate.onward(unquote(wish))))
        answer.delete_cookie(COOKIE, path="/login/oidc")
        return login.let_in(answer, token, settings)


def _said(provider: Provider, settings: Settings, seed: str) -> Mapping[str, Any]:
    """What the provider says of who came back. Raises ProviderError."""
    state = request.args.get("state", "")
    if not seed or not hmac.compare_digest(state.encode(), _of(seed, "state").encode()):
        raise ProviderError("This login was not begun here, or too long ago. Begin again.")
    if "error" in request.args:
        raise ProviderError("The provider did not let you in.", request.args.get("error_description", ""))
    if request.args.get("iss", provider.issuer) != provider.issuer:
        raise ProviderError("Another provider than the one that was asked has answered.")
    code = request.args.get("code", "")
    return provider.said(code, _back(settings), _of(seed, "nonce"), _of(seed, "verifier"))


def _back(settings: Settings) -> str:
    """Where the provider sends people back to: what it was told in its own settings, word for word."""
    base = hosts.public_url(settings) if not hosts.is_loopback(hosts.asked_host(request)) else None
    return (base or request.host_url).rstrip("/") + _BACK


def _of(seed: str, what: str) -> str:
    return _text(hmac.digest(seed.encode(), what.encode(), "sha256"))


def _challenge(seed: str) -> str:
    return _text(hashlib.sha256(_of(seed, "verifier").encode()).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _trouble(settings: Settings, error: ProviderError, status: int) -> ResponseReturnValue:
    log.warning("OIDC: %s %s", error, error.detail)
    answer = login.page(settings, "/", str(error), status=status)
    answer.delete_cookie(COOKIE, path="/login/oidc")
    return answer
