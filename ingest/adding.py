"""This module owns the adding of a sender: its table in whichad.toml, its secret, the address to paste."""

import dataclasses
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import tomlkit

from ingest.auth import new_secret
from ingest.config import SENDER_NAME, ConfigError, IngestSettings, Sender, load
from ingest.origin import origin, own_profiles
from ingest.profile import Profile, profile
from ingest.send_test import address, curl, signed_sample

ASK_SECRET = "The platform's signing secret (empty: one is made, for you to enter there)"  # noqa: S105 (a question)
THEIRS = ("stripe", "hmac")  # the platform makes the secret and shows it
MACROS = "{}[]$%#!<>|()@:,/;"  # what platforms build their macros of: encoded, they would not be replaced


@dataclass(frozen=True, slots=True)
class Wish:
    """A sender as its owner wants it."""

    name: str
    profile: str
    timezone: str = ""
    currency: str = ""
    secret: str = field(default="", repr=False)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """A sender that was added, and what its owner does now."""

    name: str
    profile: Profile
    config: Path
    secret_file: Path | None
    secret: str = field(repr=False)  # where we made it and the platform must be given it, else ""
    url: str = field(repr=False)  # it may hold the token
    verify_token: str | None = field(repr=False)
    curl: str = field(repr=False)


def base_url(settings: IngestSettings) -> str:
    """The address that senders reach: `public_url`, else this machine's own."""
    host = f"[{settings.ingest.host}]" if ":" in settings.ingest.host else settings.ingest.host
    return (settings.public_url or f"http://{host}:{settings.ingest.port}").rstrip("/")


def is_terminal() -> bool:
    """Whether a person can read along."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def needs_their_secret(config: Path, wish: Wish) -> bool:
    """Whether the platform makes the secret, so that its owner must be asked for it. Raises ConfigError."""
    return profile(wish.profile, own_profiles(load(IngestSettings, config))).auth.scheme in THEIRS and is_terminal()


def with_secret(wish: Wish, secret: str) -> Wish:
    """The wish with the secret that its owner pasted."""
    return dataclasses.replace(wish, secret=secret.strip())


def add(config: Path, wish: Wish) -> Added:
    """Write the sender and its secret. Raises ConfigError, and then nothing was changed."""
    settings = load(IngestSettings, config)
    _check(settings, wish)
    found = profile(wish.profile, own_profiles(settings))
    secret_file = settings.base_dir / "secrets" / wish.name
    secret = _secret(found, wish)
    has_challenge = found.challenge is not None and found.challenge.token is not None
    token_file = settings.base_dir / "secrets" / f"{wish.name}.verify"
    table = _table(found, wish, bool(secret), has_challenge)
    if secret:
        write_secret(secret_file, secret)
    if has_challenge:
        write_secret(token_file, os.urandom(12).hex())
    try:
        origin(wish.name, Sender(**table), settings)  # what cannot be used is refused before it is written
    except (ConfigError, ValueError) as error:
        for path in (secret_file, token_file):
            path.unlink(missing_ok=True)
        raise ConfigError(str(error)) from None
    _write(config, wish.name, table)
    changed = load(IngestSettings, config)
    request = signed_sample(changed, wish.name)
    return Added(
        wish.name, found, config, secret_file if secret else None, "" if wish.secret else secret,
        _url(base_url(changed), wish.name, found, secret),
        token_file.read_text(encoding="utf-8").strip() if has_challenge else None,
        curl(address(base_url(changed), wish.name, request), request),
    )  # fmt: skip


def tell(added: Added, say: Callable[[str], None], show: Callable[[str], None]) -> None:
    """What was done (narrated), and what to paste (data)."""
    say(f"Added senders.{added.name} ({added.profile.title}) to {added.config}; a running whichad takes it at once.")
    if added.secret_file:
        say(f"Its secret is in {added.secret_file}.")
    say("")
    say(added.profile.setup.strip())
    say("\nPaste this address:")
    show(added.url)
    if added.profile.auth.scheme in ("standard_webhooks", "bearer", "basic", *THEIRS) and added.secret:
        say("\nand this secret:")
        show(added.secret)
    if added.verify_token:
        say("\nand this verify token:")
        show(added.verify_token)
    if added.profile.unconfirmed:
        say("\nNot confirmed by a document yet: " + "; ".join(added.profile.unconfirmed))
    say("\nTry it (marked as a test):")
    show(added.curl)


def _check(settings: IngestSettings, wish: Wish) -> None:
    if not SENDER_NAME.fullmatch(wish.name):
        raise ConfigError(f"{wish.name!r} cannot name a sender: lower-case letters, digits, '-' and '_'.")
    if wish.name in settings.senders:
        raise ConfigError(f"There is a sender {wish.name!r} already; it is yours to edit in {settings.config_path}.")
    if (settings.base_dir / "secrets" / wish.name).exists():
        raise ConfigError(f"secrets/{wish.name} exists already: a secret in use is never replaced. Move it away first.")


def _secret(found: Profile, wish: Wish) -> str:
    if found.auth.scheme == "none":
        if wish.secret:
            raise ConfigError(f"The profile {wish.profile} checks no secret; leave --secret out.")
        return ""
    return wish.secret or new_secret(found.auth)


def _table(found: Profile, wish: Wish, has_secret: bool, has_challenge: bool) -> dict[str, object]:
    table: dict[str, object] = {"profile": wish.profile}
    if has_secret:
        table["secrets"] = [f"file:secrets/{wish.name}"]
    if has_challenge:
        table["verify_token"] = f"file:secrets/{wish.name}.verify"
    table["timezone"], table["currency"] = wish.timezone or found.timezone, wish.currency or found.currency
    if wish.options:
        table["options"] = wish.options
    return table


def _write(config: Path, name: str, values: dict[str, object]) -> None:
    """Append the sender's table; every comment of the file stays as it is."""
    document = tomlkit.parse(config.read_text(encoding="utf-8"))
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    table["profile"].comment(f"posts to /webhooks/{name}")
    if "secrets" in table:
        table["secrets"].comment('also "env:NAME"; several at once while rotating')
    table["timezone"].comment("of this sender's naive times")
    senders = document.setdefault("senders", tomlkit.table(is_super_table=True))
    senders.append(name, table)
    aside = config.with_suffix(".toml.new")
    aside.write_text(tomlkit.dumps(document), encoding="utf-8")
    aside.chmod(config.stat().st_mode & 0o777)
    aside.replace(config)


def _url(base: str, name: str, found: Profile, secret: str) -> str:
    """The address with the platform's own macros: those stay as they are, everything else is percent-encoded."""
    url = f"{base}/webhooks/{name}"
    if found.auth.scheme == "token" and found.auth.path:
        url += f"/{quote(secret, safe='')}"
    elif found.auth.scheme in ("token", "bearer") and found.auth.query:
        mark = quote(secret, safe="")
        return f"{url}?{found.auth.query[0]}={mark}" + (f"&{_encoded(found.url)}" if found.url else "")
    elif found.suffixes and found.kind == "generic" and not found.read.canonical:
        url += f"/{found.suffixes[0]}" if "" not in found.suffixes else ""
    return url + (f"?{_encoded(found.url)}" if found.url else "")


def _encoded(template: str) -> str:
    return quote(template, safe="&=+~*'" + MACROS)


def write_secret(path: Path, secret: str) -> None:
    """A secret in a file of its own that only its owner may read; one that is there is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():  # a secret that a sender may already use
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret + "\n")
