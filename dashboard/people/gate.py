"""This module owns the gate that every request passes: the Host header, who it is from, and whether it may change.

Without a user the dashboard is for whoever sits at this machine: it listens on loopback only, asks for no login, and
its visitor is an editor. With a user, or a provider (OIDC), every path but the few of PUBLIC needs a session.
"""

import hmac
import logging
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from dashboard.config import Settings
from dashboard.people import hosts, pages, sessions, users
from dashboard.people.sessions import Limits
from dashboard.people.store import StoreError, reading, writing
from dashboard.people.visitor import LOCAL, admit, visitor

log = logging.getLogger("whichad.dashboard")
Clock = Callable[[], float]
SESSION = "whichad-session"
PROOF = "_csrf_token"  # the cookie that Dash's renderer sends back as X-CSRFToken
INSIDE = "whichad.inside"  # in the WSGI environment of our own warm-up; no header can put it there
PUBLIC = frozenset({
    "/healthz", "/login", "/login/login.css", "/login/oidc", "/login/oidc/callback", "/assets/scheme.js",
    "/assets/favicon.svg",
})  # fmt: skip
_SAFE = ("GET", "HEAD", "OPTIONS")
_ONWARD_MAX = 2000
_UNKNOWN_HOST = (
    "The dashboard is not known under this name. If it should be, name it in whichad.toml: "
    "[dashboard] hosts or public_url.\n"
)


def limits_of(settings: Settings) -> Limits:
    """How long sessions live."""
    return Limits(settings.dashboard.session_idle_minutes * 60, settings.dashboard.session_days * 86400)


def needs_login(settings: Settings) -> bool:
    """Whether a login is asked for: there is a user or a provider, or others could reach the page."""
    if settings.dashboard.oidc is not None or not hosts.is_loopback(settings.dashboard.host):
        return True
    with reading(settings.data_dir) as connection:
        return users.exist(connection)


def onward(wish: str | None) -> str:
    """Where to go after the login: a path of ours, never another machine's."""
    path = wish or "/"
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\", "/login")) and path.isprintable()
    return path if is_ours and len(path) <= _ONWARD_MAX and not urlsplit(path).netloc else "/"


def guard(server: Flask, settings: Settings, clock: Clock = time.time) -> None:
    """Ask every request who it is from, before anything else looks at it."""

    @server.before_request
    def ask() -> ResponseReturnValue | None:
        """Refuse, send to the login, or say who the visitor is."""
        name = hosts.asked_host(request)
        if not hosts.is_known(name, settings):
            return Response(_UNKNOWN_HOST, 400, mimetype="text/plain")
        if request.method not in _SAFE and not hosts.is_from_our_page(request, settings):
            return _refused(403, "This request came from another site's page.")
        if request.environ.get(INSIDE):
            admit(LOCAL)
            return None
        # A name that is not this machine's came through a proxy: then it is not whoever sits here.
        if hosts.is_loopback(name) and not needs_login(settings):
            admit(LOCAL)
            return None
        return _by_session(settings, int(clock()))

    @server.errorhandler(StoreError)
    def shut(error: StoreError) -> Response:
        """Where nobody can say who may come in, nobody does; the log says why."""
        log.error("%s", error)
        return _refused(503, "The dashboard cannot look up who may come in. The reason is in its log.")

    @server.after_request
    def proven(response: Response) -> Response:
        """Keep answers out of caches, and give each page of a session what its requests must bring."""
        token = request.cookies.get(SESSION)
        if visitor().user_id is None or token is None:
            return response
        if not request.path.startswith(("/assets/", "/_dash-component-suites/")):
            response.headers.setdefault("Cache-Control", "no-store")
        wanted = sessions.proof(token)
        if response.mimetype == "text/html" and not hmac.compare_digest(request.cookies.get(PROOF, ""), wanted):
            give_proof(response, wanted, settings)
        return response


def give_proof(response: Answer, proof: str, settings: Settings) -> None:
    """Set the cookie that our own scripts read and send back."""
    secure = hosts.is_secure(request, settings)
    response.set_cookie(PROOF, proof, max_age=limits_of(settings).seconds, samesite="Strict", secure=secure)


def _by_session(settings: Settings, now: int) -> ResponseReturnValue | None:
    token = request.cookies.get(SESSION, "")
    found = None
    if token:
        with reading(settings.data_dir) as connection:
            found = sessions.find(connection, token, now, limits_of(settings))
    if found is not None:
        who, seen_at = found
        admit(who)
        if seen_at <= now - sessions.SEEN_EVERY_SECONDS and _is_deed():
            with writing(settings.data_dir) as connection:
                sessions.see(connection, token, now)
    if request.path in PUBLIC:
        return None
    if found is None:
        return _to_login(bool(token))
    if request.method not in _SAFE and not is_proven(token):
        return _refused(403, "The request does not prove that it comes from our page. Load the page again.")
    return None


def is_proven(token: str) -> bool:
    """Whether the request brings what only our own pages know of the session: Dash's header, or a form's field."""
    brought = request.headers.get("X-CSRFToken") or request.form.get("proof", "")
    return hmac.compare_digest(brought.encode(), sessions.proof(token).encode())


def _is_deed() -> bool:
    """Whether somebody did something. An open page asks for the pulse and draws again for news by itself: that keeps
    no session alive."""
    if request.path == "/live":
        return False
    body = request.get_json(silent=True) if request.path == "/_dash-update-component" else None
    changed = body.get("changedPropIds") if isinstance(body, dict) else None
    return changed != ["version.data"]


def _to_login(had_token: bool) -> ResponseReturnValue:
    is_page = request.method in ("GET", "HEAD") and not request.path.startswith(("/_", "/live", "/assets/", "/healthz"))
    if not is_page:
        return _refused(401, "Log in first: the session is over." if had_token else "Log in first.")
    here = onward(request.full_path.removesuffix("?"))
    if not had_token and request.headers.get("Sec-Fetch-Site") == "cross-site":
        return Response(pages.bounce(here), 200, mimetype="text/html", headers={"Cache-Control": "no-store"})
    return redirect("/login" if here == "/" else "/login?next=" + quote(here, safe="/"), 302)


def _refused(status: int, words: str) -> Response:
    answer = jsonify({"error": words})
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
