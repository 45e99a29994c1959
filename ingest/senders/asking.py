"""This module owns questions on a terminal: each answer is checked at once; without a terminal, defaults hold."""

import sys
from collections.abc import Callable

import typer

from ingest.auth import verifier
from ingest.config import ConfigError
from ingest.profile import Profile
from ingest.senders.pasting import url_of
from ingest.settings.address import check_origin
from ingest.terminal.commands import say

STDIN = "-"


def is_terminal() -> bool:
    """Whether a person can read along and answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(given: str | None, question: str, default: str, check: Callable[[str], None]) -> str:
    """What was given, else what a person answers, else the default. `check` raises ConfigError."""
    if given is None and is_terminal():
        return str(
            typer.prompt(question, default=default, show_default=bool(default), value_proc=_asked(check), err=True)
        )
    text = default if given is None else given.strip()
    check(text)
    return text


def their_secret(given: str, name: str, found: Profile, base: str) -> str:
    """The secret of a sender: given, read from standard input (`-`), or asked for where the platform makes it.

    "" where there is none: one is made, or, where only the platform can make it, adding refuses with what to do.
    """
    if given.strip() == STDIN:
        secret = sys.stdin.readline().strip()
        if not secret:
            raise ConfigError("--secret - reads the secret from standard input, and nothing came. Pipe it in.")
        return secret
    if given or not found.is_secret_theirs or not is_terminal():
        return given.strip()
    say(f"{found.setup.strip()}\n\nThe address:\n{url_of(base, name, found, found.auth, '')}\n")

    def check(text: str) -> None:
        verifier(found.auth, [text])

    return str(typer.prompt(f"The signing secret that {found.title} shows", value_proc=_asked(check), err=True))


def page_origins(given: tuple[str, ...], found: Profile) -> tuple[str, ...]:
    """The origins of the pages that post: given, else asked for; adding refuses where there are none."""
    if given or found.auth.scheme != "origin" or not is_terminal():
        return given

    def check(text: str) -> None:
        for each in text.split():
            check_origin(each)

    question = "Origins of your pages, such as https://shop.example (several: with spaces between)"
    return tuple(str(typer.prompt(question, value_proc=_asked(check), err=True)).split())


def _asked(check: Callable[[str], None]) -> Callable[[str], str]:
    def value(text: str) -> str:
        try:
            check(text.strip())
        except (ConfigError, ValueError) as error:
            raise typer.BadParameter(f"{str(error).rstrip('.')}.") from None
        return text.strip()

    return value
