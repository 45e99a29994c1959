"""This module owns profiles: how one platform's payload maps to ours. A profile is a TOML file, not code.

Those that are shipped lie in `ingest/profiles`; one of your own, `profiles/<name>.toml` beside whichad.toml, is
found first, and adding it is all there is to a new platform.
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, field_validator, model_validator

from ingest.auth.scheme import Auth
from ingest.config import ConfigError, Section, check_zone
from ingest.currency import check_currency
from ingest.mapping.mapper import Mapper
from ingest.mapping.rules import Rules
from ingest.mapping.scope import source

METHODS = frozenset({"GET", "POST"})


class Reading(Section):
    """How a request becomes records: `canonical` objects are ours already, `each` is the path to the records.

    `each = "entry[].changes[]"` walks lists; what stands around a record is its parent (`^`, `^^`).
    """

    canonical: bool = False
    envelope: Literal["cloudevents"] | None = None
    each: str | None = None
    any_type: bool = False  # the content type says nothing of use: read JSON, else a form


class Revenue(Section):
    """What this platform's money is, and where the final figure comes from: for people."""

    means: str
    final_from: str


class Challenge(Section):
    """A GET that proves who owns the address: answered with what it brings, if its token is the sender's."""

    answer: str  # the query parameter that is sent back as plain text
    token: str | None = None  # the one that must be the sender's verify_token
    when: dict[str, str] = {}


class Sample(Section):
    """One delivery, written by us. `@UNIX@`, `@MS@`, `@ISO@`, `@DAY@` and `@N@` (a fresh number) are filled in."""

    method: Literal["GET", "POST"] = "POST"
    suffix: str = ""
    query: str = ""
    headers: dict[str, str] = {}
    body: str = ""


class Profile(Rules):
    """One platform: who may post, how it is read, what its answers look like."""

    title: str
    about: str
    kind: Literal["generic", "feed", "tracker", "measurement", "platform", "shop"]
    docs: tuple[str, ...] = ()
    confirmed: str = ""  # what proved this file
    unconfirmed: tuple[str, ...] = ()  # what nothing proved yet
    auth: Auth
    methods: tuple[str, ...] = ("POST",)
    suffixes: tuple[str, ...] = ()
    strict: bool = False
    answer: Literal["json", "gif", "empty", "text"] = "json"
    answer_text: str = "OK"
    handshake: Literal["cloudevents"] | None = None
    challenge: Challenge | None = None
    timezone: str = "UTC"
    currency: str = "USD"
    network: str | None = None
    steps: tuple[str, ...]
    revenue: Revenue | None = None
    read: Reading = Reading()
    keep_headers: tuple[str, ...] = ()
    message_id_header: str = "webhook-id"
    url: str = ""  # the query string to paste, with the platform's own macros
    setup: str
    sample: Sample

    _zone = field_validator("timezone")(check_zone)
    _currency = field_validator("currency")(check_currency)

    @model_validator(mode="after")
    def _fits(self) -> "Profile":
        if not set(self.methods) <= METHODS:
            raise ValueError(f"methods: {', '.join(sorted(METHODS))} are all there are")
        if self.read.canonical == bool(self.items):
            raise ValueError("a profile has items, or reads canonical objects")
        if not self.confirmed and not self.unconfirmed:
            raise ValueError("say what confirmed this profile, or what is unconfirmed")
        for path in self.redact:
            source(path)
        return self


def names(folder: Path | None = None) -> list[str]:
    """The profiles that are shipped, and those in `folder`."""
    shipped = files("ingest").joinpath("profiles")
    found = {f.name.removesuffix(".toml") for f in shipped.iterdir() if f.name.endswith(".toml")}
    return sorted(found | ({path.stem for path in folder.glob("*.toml")} if folder else set()))


def profile(name: str, folder: Path | None = None) -> Profile:
    """One profile by name, from `folder` first. Raises ConfigError where there is none, naming those there are."""
    if name not in names(folder):
        raise ConfigError(f"There is no profile {name!r}. There are: {', '.join(names(folder))}.")
    own = folder / f"{name}.toml" if folder else None
    if own is not None and own.is_file():
        return read_profile(name, own.read_text(encoding="utf-8"))
    return read_profile(name, files("ingest").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))


def read_profile(name: str, text: str) -> Profile:
    """A profile from its TOML. Raises ConfigError that names what is wrong."""
    try:
        found = Profile(**tomllib.loads(text))
        if found.items:
            Mapper(found, {}, found.repeats)  # every path can be followed, every operation done
        return found
    except (tomllib.TOMLDecodeError, ValidationError, ValueError) as error:
        raise ConfigError(f"The profile {name!r} cannot be read: {error}") from None
