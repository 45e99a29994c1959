"""This module owns the adding of a sender: its table in whichad.toml, its secret, tried before anything is written."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tomlkit
from pydantic import ValidationError

from ingest.auth import new_secret
from ingest.auth.scheme import WITHOUT_KEY
from ingest.config import SENDER_NAME, ConfigError, IngestSettings, Sender, load
from ingest.profile import Profile, profile
from ingest.senders.origin import own_profiles
from ingest.senders.pasting import Pasted, base_url, pasted, url_of
from ingest.senders.trial import tried
from ingest.settings.mistakes import sentences


@dataclass(frozen=True, slots=True)
class Wish:
    """A sender as its owner wants it."""

    name: str
    profile: str
    timezone: str = ""
    currency: str = ""
    secret: str = field(default="", repr=False)
    options: dict[str, str] = field(default_factory=dict)
    origins: tuple[str, ...] = ()  # whose pages may post, where pages do


@dataclass(frozen=True, slots=True)
class Added:
    """A sender that was added, and what its owner does now."""

    config: Path
    secret_file: Path | None
    is_ours: bool  # whether we made the secret, so that it must be shown
    pasted: Pasted


def add(config: Path, wish: Wish) -> Added:
    """Write the sender and its secret. Raises ConfigError, and then nothing was changed."""
    with _alone(config):
        settings = load(IngestSettings, config)
        check_new(settings, wish.name)
        found = profile(wish.profile, own_profiles(settings))
        secret = _secret(settings, found, wish)
        has_challenge = found.challenge is not None and found.challenge.token is not None
        token = os.urandom(12).hex() if has_challenge else ""
        table = _table(found, wish)
        # What cannot be used is refused before it is written.
        tried(wish.name, _sender(table, secret, token), settings)
        secrets = settings.base_dir / "secrets"
        if secret:
            write_secret(secrets / wish.name, secret)
            table["secrets"] = [f"file:secrets/{wish.name}"]
        if token:
            write_secret(secrets / f"{wish.name}.verify", token)
            table["verify_token"] = f"file:secrets/{wish.name}.verify"
        _write(config, wish.name, table)
    is_ours = bool(secret) and not wish.secret
    return Added(
        config, secrets / wish.name if secret else None, is_ours, pasted(load(IngestSettings, config), wish.name)
    )


def free(config: Path, name: str) -> IngestSettings:
    """The settings, once nobody adds a sender just now. Raises ConfigError where none can be added by this name."""
    with _alone(config):
        settings = load(IngestSettings, config)
        check_new(settings, name)
        return settings


def check_new(settings: IngestSettings, name: str) -> None:
    """Raise ConfigError where no sender can be added by this name."""
    check_name(name)
    if name in settings.senders:
        raise ConfigError(f"There is a sender {name!r} already; it is yours to edit in {settings.config_path}.")
    for file in (name, f"{name}.verify"):
        if (settings.base_dir / "secrets" / file).exists():
            raise ConfigError(f"secrets/{file} exists already: a secret in use is never replaced. Move it away first.")


def check_name(name: str) -> None:
    """Raise ConfigError where a text cannot name a sender."""
    if not SENDER_NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a sender: lower-case letters, digits, '-' and '_'.")


def _secret(settings: IngestSettings, found: Profile, wish: Wish) -> str:
    if found.auth.scheme in WITHOUT_KEY:
        if wish.secret:
            raise ConfigError(f"The profile {wish.profile} checks no secret; leave --secret out.")
        return ""
    if wish.secret.startswith(("env:", "file:")):
        raise ConfigError(f"--secret takes the secret itself; where it lies is said by senders.{wish.name}.secrets.")
    if not wish.secret and found.is_secret_theirs:
        address = url_of(base_url(settings), wish.name, found, found.auth, "")
        raise ConfigError(
            f"{found.title} makes the signing secret itself, so none was made and nothing was written. If it wants "
            f"the address first, enter {address} there. Then pass on the secret that it shows: --secret - reads it "
            "from standard input, and on a terminal you are asked for it."
        )
    return wish.secret or new_secret(found.auth)


def _table(found: Profile, wish: Wish) -> dict[str, object]:
    """The sender's table without its secrets; their places come first when they are known."""
    table: dict[str, object] = {"profile": wish.profile}
    if found.auth.scheme not in WITHOUT_KEY:
        table["secrets"] = []
    if wish.origins or found.auth.scheme == "origin":
        table["origins"] = [*wish.origins]
    if found.challenge is not None and found.challenge.token is not None:
        table["verify_token"] = ""
    table["timezone"], table["currency"] = wish.timezone or found.timezone, wish.currency or found.currency
    if wish.options:
        if found.read.canonical:
            raise ConfigError(f"The profile {wish.profile} has no options: leave --option out.")
        table["options"] = wish.options
    return table


def _sender(table: dict[str, object], secret: str, token: str) -> Sender:
    given = {"secrets": [secret] if secret else [], "verify_token": token or None}
    try:
        return Sender.model_validate(table | given)
    except ValidationError as error:
        raise ConfigError("; ".join(sentences(error, Sender)) + ".") from None


@contextmanager
def _alone(config: Path) -> Iterator[None]:
    """Hold the folder of whichad.toml: of two who add at once, the second reads what the first wrote."""
    folder = os.open(config.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)  # the lock ends with it


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


def write_secret(path: Path, secret: str) -> None:
    """A secret in a file of its own that only its owner may read; one that is there is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():  # a secret that a sender may already use
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret + "\n")
