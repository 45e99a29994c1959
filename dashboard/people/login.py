"""This module owns coming in and going out by password: the login page, the logout, and changing one's own password."""

from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from dashboard.config import Settings
from dashboard.people import attempts, audit, gate, hosts, pages, passwords, sessions, users
from dashboard.people.gate import SESSION, Clock
from dashboard.people.refusal import Refused
from dashboard.people.store import reading, writing
from dashboard.people.visitor import visitor

_WRONG = "Name or password is wrong."
_FORM_BYTES_MAX = 16_384
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_STYLE = (Path(__file__).parent / "login.css").read_text(encoding="utf-8")


def add_routes(server: Flask, settings: Settings, clock: Clock) -> None:
    """Answer `/login`, `/login/password` and `/logout`."""

    @server.get("/login/login.css")
    def style() -> Response:
        """The look of the pages outside of Dash."""
        return Response(_STYLE, mimetype="text/css", headers={"Cache-Control": "max-age=3600"})

    @server.get("/login")
    def ask() -> ResponseReturnValue:
        """The page, or onward for who is in."""
        onward = gate.onward(request.args.get("next"))
        if visitor().user_id is not None or not _is_asked(settings):
            return redirect(onward, 302)
        return page(settings, onward)

    @server.post("/login")
    def come_in() -> ResponseReturnValue:
        """A session for who has the right password; else the same sentence whatever was wrong."""
        return _come_in(settings, int(clock()))

    @server.post("/logout")
    def go_out() -> ResponseReturnValue:
        """End the session."""
        with writing(settings.data_dir) as connection:
            sessions.end(connection, request.cookies.get(SESSION, ""))
        return without_session(redirect("/login", 303))

    @server.get("/login/password")
    def ask_for_another() -> ResponseReturnValue:
        """The page for another password."""
        return _another()

    @server.post("/login/password")
    def take_another() -> ResponseReturnValue:
        """Another password, and no session left."""
        return _take_another(settings, int(clock()))


def page(settings: Settings, onward: str, trouble: str = "", name: str = "", status: int = 200) -> Response:
    """The login page."""
    oidc = settings.dashboard.oidc
    with reading(settings.data_dir) as connection:
        some = any(user.method == "password" for user in users.everybody(connection))
    return outside(pages.login(onward, trouble, name, oidc.label if oidc else "", some), status)


def outside(html: str, status: int = 200) -> Response:
    """A page outside of Dash, with its own, stricter policy."""
    headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
    return Response(html, status, mimetype="text/html", headers=headers)


def let_in(answer: Answer, token: str, settings: Settings) -> Answer:
    """Give the browser the session; an older one of it is over."""
    seconds = gate.limits_of(settings).seconds
    secure = hosts.is_secure(request, settings)
    answer.set_cookie(SESSION, token, max_age=seconds, httponly=True, samesite="Strict", secure=secure)
    gate.give_proof(answer, sessions.proof(token), settings)
    return answer


def without_session(answer: Answer) -> Answer:
    """Take the session's cookies away."""
    answer.delete_cookie(SESSION)
    answer.delete_cookie(gate.PROOF)
    return answer


def _is_asked(settings: Settings) -> bool:
    return gate.needs_login(settings) or not hosts.is_loopback(hosts.asked_host(request))


def _come_in(settings: Settings, now: int) -> ResponseReturnValue:
    if (request.content_length or 0) > _FORM_BYTES_MAX:
        return outside(pages.said("Too much", "That is more than a name and a password."), 413)
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    onward = gate.onward(request.form.get("next"))
    wait = _take_a_try(settings, name, now)
    if wait:
        answer = page(settings, onward, _wait_words(wait), name, HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(wait)
        return answer
    with reading(settings.data_dir) as connection:
        found = users.stored_password(connection, name)
    if not passwords.is_right(password, found[1] if found else None) or found is None:
        return page(settings, onward, _WRONG, name, HTTPStatus.UNAUTHORIZED)
    with writing(settings.data_dir) as connection:
        attempts.forgive(connection, name)
        sessions.end(connection, request.cookies.get(SESSION, ""))  # a session is never carried over a login
        token = sessions.begin(connection, found[0], now, gate.limits_of(settings))
        audit.write(connection, now, name, "login", name)
    return let_in(redirect(onward, 303), token, settings)


def _take_a_try(settings: Settings, name: str, now: int) -> int:
    with writing(settings.data_dir) as connection:
        return attempts.reserve(connection, name, hosts.visitor_address(request, settings), now)


def _wait_words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"Too many tries that failed. Wait {minutes} minute{'' if minutes == 1 else 's'}, then try again."


def _another(trouble: str = "", status: int = 200) -> Response:
    if visitor().user_id is None or visitor().method != "password":
        return outside(pages.said("No password here", "You came in without a password of this dashboard."), 404)
    proof = sessions.proof(request.cookies.get(SESSION, ""))
    return outside(pages.another_password(proof, visitor().name, trouble), status)


def _take_another(settings: Settings, now: int) -> ResponseReturnValue:
    if visitor().user_id is None or visitor().method != "password":
        return _another()
    name, old, new = visitor().name, request.form.get("password", ""), request.form.get("new", "")
    wait = _take_a_try(settings, name, now)  # whoever finds a session open cannot try passwords here either
    if wait:
        return _another(_wait_words(wait), HTTPStatus.TOO_MANY_REQUESTS)
    with reading(settings.data_dir) as connection:
        found = users.stored_password(connection, name)
    if found is None or not passwords.is_right(old, found[1]):
        return _another("The password you have now is not this one.", HTTPStatus.UNAUTHORIZED)
    if new != request.form.get("again", ""):
        return _another("The two new ones differ.", HTTPStatus.BAD_REQUEST)
    try:
        with writing(settings.data_dir) as connection:
            users.set_password(connection, users.named(connection, name), new)
            attempts.forgive(connection, name)
            audit.write(connection, now, name, "password", name)
    except Refused as refusal:
        return _another(str(refusal), HTTPStatus.BAD_REQUEST)
    return without_session(redirect("/login", 303))
