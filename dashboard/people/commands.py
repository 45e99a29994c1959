"""This module owns the commands about people: `whichad dashboard users …` and `whichad dashboard audit`."""

import getpass
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.config import Settings
from dashboard.people import attempts, audit, users
from dashboard.people.refusal import Refused
from dashboard.people.store import StoreError, reading, writing
from ingest.config import load
from ingest.terminal.commands import ConfigOption, Exit, Format, FormatOption, errors_in_words, say, show

users_app = typer.Typer(
    no_args_is_help=True, help="Who may come in. With the first user the dashboard asks everybody to log in."
)
NameArgument = Annotated[str, typer.Argument(help="The user's name.")]
RoleOption = Annotated[str, typer.Option(help="viewer: looks; editor: merges, annotates and shares views, too.")]
EPILOG = "The trail is only ever added to. Who: the user's name, or the account of the machine for a command."
_COLUMNS = ("user", "role", "comes_in_by", "added", "last_login")


@users_app.command()
def add(name: NameArgument, role: RoleOption = "viewer", config: ConfigOption = None) -> None:
    """Add a user. The password is asked for, twice; without a terminal it is the first line of standard input."""
    secret = _password()
    with _deed(config) as (connection, now, who):
        made = users.add(connection, name, role, secret, now)
        audit.write(connection, now, who, "user.add", made.name, after={"role": made.role})
    say(f"Added {made.name} as {made.role}. The dashboard now asks everybody to log in.")


@users_app.command(name="list")
def list_users(config: ConfigOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the users, their roles and last logins."""
    with _words(), reading(load(Settings, config).data_dir) as connection:
        rows = [
            (user.name, user.role, user.method, _at(user.created_at), _at(user.login_at))
            for user in users.everybody(connection)
        ]
        show(_COLUMNS, rows, form, "No user yet. Add one: whichad dashboard users add NAME --role editor")


@users_app.command()
def remove(name: NameArgument, config: ConfigOption = None) -> None:
    """Remove a user with all sessions and own views; shared views and annotations stay."""
    with _deed(config) as (connection, now, who):
        user = users.named(connection, name)
        users.remove(connection, user)
        audit.write(connection, now, who, "user.remove", user.name, before={"role": user.role})
        left = users.exist(connection)
    say(f"Removed {user.name}." + ("" if left else " It was the last user."))


@users_app.command()
def password(name: NameArgument, config: ConfigOption = None) -> None:
    """Give a user another password: all sessions of theirs end, and a lock after wrong tries is lifted."""
    secret = _password()
    with _deed(config) as (connection, now, who):
        user = users.named(connection, name)
        users.set_password(connection, user, secret)
        attempts.forgive(connection, user.name)
        audit.write(connection, now, who, "user.password", user.name)
    say(f"{user.name} has another password and is logged out everywhere.")


@users_app.command()
def role(
    name: NameArgument, to: Annotated[str, typer.Argument(help="viewer or editor")], config: ConfigOption = None
) -> None:
    """Give a user another role, in force with their next request."""
    with _deed(config) as (connection, now, who):
        user = users.named(connection, name)
        users.set_role(connection, user, to)
        audit.write(connection, now, who, "user.role", user.name, {"role": user.role}, {"role": to})
    say(f"{user.name} is {to} now.")


def audit_command(
    limit: Annotated[int, typer.Option(min=1, help="How many lines, the newest first.")] = 50,
    action: Annotated[str, typer.Option(help="One action, such as merge; `view.` for all about views.")] = "",
    config: ConfigOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say who changed what, when, and how it was before and after."""
    with _words():
        found = audit.entries(load(Settings, config).data_dir, limit, action)
        rows = [
            (
                f"{each.at:%Y-%m-%dT%H:%M:%SZ}",
                each.who,
                each.action,
                each.subject,
                _told(each.before),
                _told(each.after),
            )
            for each in found
        ]
        show(("at", "who", "action", "subject", "before", "after"), rows, form, "Nobody has changed anything yet.")


@contextmanager
def _deed(config: Path | None) -> Iterator[tuple[sqlite3.Connection, int, str]]:
    """One transaction for a deed and its line in the trail."""
    with _words(), writing(load(Settings, config).data_dir) as connection:
        yield connection, int(time.time()), f"{getpass.getuser()} (command)"


@contextmanager
def _words() -> Iterator[None]:
    with errors_in_words():
        try:
            yield
        except (Refused, StoreError) as error:
            say(f"whichad: {error}")
            raise typer.Exit(Exit.FAILED) from None


def _password() -> str:
    """A password that nobody else can read: never from the command line, which every process of the machine sees."""
    with _words():
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        first = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != first:
            raise Refused("The two differ. Nothing was changed.")
        return first


def _at(seconds: int | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _told(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
