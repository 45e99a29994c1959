"""This module owns sessions: a random token in a cookie, of which the file knows the hash, until it ends."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from dashboard.people.visitor import Visitor

SEEN_EVERY_SECONDS = 60  # how exact "last seen" is: a write a minute, not one a request


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a deed of the visitor, and at most."""

    idle_seconds: int
    seconds: int


def begin(connection: sqlite3.Connection, user_id: int, now: int, limits: Limits) -> str:
    """A new session; the answer is its token. Those that are over are swept out on the way."""
    connection.execute(
        "delete from sessions where seen_at <= ? or created_at <= ?", (now - limits.idle_seconds, now - limits.seconds)
    )
    token = secrets.token_urlsafe(32)
    connection.execute(
        "insert into sessions (token, user_id, created_at, seen_at) values (?, ?, ?, ?)",
        (_hash(token), user_id, now, now),
    )
    connection.execute("update users set login_at = ? where id = ?", (now, user_id))
    return token


def find(connection: sqlite3.Connection, token: str, now: int, limits: Limits) -> tuple[Visitor, int] | None:
    """Whose session it is and when it was last seen; None where there is none, or it is over."""
    row = connection.execute(
        "select u.name, u.role, u.id, iif(u.issuer is null, 'password', 'oidc'), s.created_at, s.seen_at "
        "from sessions s join users u on u.id = s.user_id where s.token = ?",
        (_hash(token),),
    ).fetchone()
    if row is None or row[4] <= now - limits.seconds or row[5] <= now - limits.idle_seconds:
        return None
    return Visitor(*row[:4]), row[5]


def see(connection: sqlite3.Connection, token: str, now: int) -> None:
    """Note that the visitor did something."""
    connection.execute("update sessions set seen_at = ? where token = ?", (now, _hash(token)))


def end(connection: sqlite3.Connection, token: str) -> None:
    """End one session."""
    connection.execute("delete from sessions where token = ?", (_hash(token),))


def proof(token: str) -> str:
    """What a request of the session must bring to change something: known to its own pages only, and no way back."""
    return hashlib.sha256(f"csrf {token}".encode()).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
