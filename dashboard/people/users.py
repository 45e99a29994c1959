"""This module owns the users: who may come in, in which role, and how they prove who they are."""

import re
import sqlite3
from dataclasses import dataclass

from dashboard.people import passwords
from dashboard.people.refusal import Refused
from dashboard.people.visitor import ROLES, Role

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_COLUMNS = "id, name, role, password, issuer, created_at, login_at"


@dataclass(frozen=True)
class User:
    """Somebody who may come in. `method`: password or oidc."""

    id: int
    name: str
    role: Role
    method: str
    created_at: int
    login_at: int | None


def exist(connection: sqlite3.Connection) -> bool:
    """Whether there is any user."""
    return connection.execute("select 1 from users limit 1").fetchone() is not None


def everybody(connection: sqlite3.Connection) -> list[User]:
    """All users by name."""
    return [_user(row) for row in connection.execute(f"select {_COLUMNS} from users order by name")]  # noqa: S608 - names of ours


def named(connection: sqlite3.Connection, name: str) -> User:
    """The user of a name. Raises Refused."""
    row = connection.execute(f"select {_COLUMNS} from users where name = ?", (name,)).fetchone()  # noqa: S608 - names of ours
    if row is None:
        raise Refused(f"There is no user {name!r}. Who there is: whichad dashboard users list")
    return _user(row)


def add(connection: sqlite3.Connection, name: str, role: str, password: str, now: int) -> User:
    """Add a user with a password. Raises Refused for a name or password that is not taken."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no user's name: letters, digits and . _ @ + -, up to 64, a letter or digit first.")
    _check_role(role)
    passwords.check(password, name)
    try:
        connection.execute(
            "insert into users (name, role, password, created_at) values (?, ?, ?, ?)",
            (name, role, passwords.kept(password), now),
        )
    except sqlite3.IntegrityError:
        raise Refused(f"There is a user {name!r} already. Another password: whichad dashboard users password") from None
    return named(connection, name)


def remove(connection: sqlite3.Connection, user: User) -> None:
    """Take a user away with all sessions and own views; what they shared stays, under their name."""
    connection.execute("delete from views where owner_id = ? and shared = 0", (user.id,))
    connection.execute("delete from users where id = ?", (user.id,))


def set_role(connection: sqlite3.Connection, user: User, role: str) -> None:
    """Give a user another role, in force with their next request. Raises Refused."""
    _check_role(role)
    if user.method == "oidc":
        raise Refused(f"{user.name} comes in by OIDC, and [dashboard.oidc] gives the role at each login.")
    connection.execute("update users set role = ? where id = ?", (role, user.id))


def set_password(connection: sqlite3.Connection, user: User, password: str) -> None:
    """Give a user another password; every session of theirs ends. Raises Refused."""
    if user.method == "oidc":
        raise Refused(f"{user.name} comes in by OIDC and has no password here.")
    passwords.check(password, user.name)
    connection.execute("update users set password = ? where id = ?", (passwords.kept(password), user.id))
    connection.execute("delete from sessions where user_id = ?", (user.id,))


def stored_password(connection: sqlite3.Connection, name: str) -> tuple[int, str] | None:
    """The id and kept password of a name; None where nobody of it has one."""
    row = connection.execute("select id, password from users where name = ?", (name,)).fetchone()
    return None if row is None or row[1] is None else (row[0], row[1])


def vouched(
    connection: sqlite3.Connection, issuer: str, subject: str, wish: str, role: Role, now: int
) -> tuple[int, str]:
    """The id and name of a user for whom an OIDC provider vouches, made at the first login. The provider's id counts:
    a name that somebody else has here is never taken over, it gets a number."""
    row = connection.execute(
        "select id, name from users where issuer = ? and subject = ?", (issuer, subject)
    ).fetchone()
    if row is not None:
        connection.execute("update users set role = ? where id = ?", (role, row[0]))
        return row[0], row[1]
    name = _free_name(connection, wish if _NAME.fullmatch(wish) else "user")
    made = connection.execute(
        "insert into users (name, role, issuer, subject, created_at) values (?, ?, ?, ?, ?) returning id",
        (name, role, issuer, subject, now),
    ).fetchone()
    return made[0], name


def _free_name(connection: sqlite3.Connection, wish: str) -> str:
    name, number = wish, 1
    while connection.execute("select 1 from users where name = ?", (name,)).fetchone():
        number += 1
        name = f"{wish[:56]}-{number}"
    return name


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Refused(f"{role!r} is no role: {' or '.join(ROLES)}.")


def _user(row: tuple[int, str, Role, str | None, str | None, int, int | None]) -> User:
    ident, name, role, _, issuer, created_at, login_at = row
    return User(ident, name, role, "oidc" if issuer else "password", created_at, login_at)
