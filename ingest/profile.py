"""This module owns profiles: how one platform's payload maps to ours. A profile is a TOML file, not code.

Those that are shipped lie in `ingest/profiles`; one of your own, `profiles/<name>.toml` beside whichad.toml, is
found first, and adding it is all there is to a new platform. What is neither is looked for in the packages that bring
profiles (docs/extending.md).
"""

import tomllib
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from ingest.auth.scheme import Auth
from ingest.config import ConfigError, Section
from ingest.currency import check_currency
from ingest.mapping.headings import Headings
from ingest.mapping.mapper import Mapper
from ingest.mapping.rules import Rules
from ingest.mapping.ways import Names
from ingest.profile_packages import brought
from ingest.settings.mistakes import near, sentences
from ingest.zones import check_zone

METHODS = frozenset({"GET", "POST"})
SIGNED = ("stripe", "hmac")  # most platforms that sign so show a secret of their own


class Reading(Section):
    """How a request becomes records: `canonical` objects are ours already, `each` is the path to the records.

    `each = "entry[].changes[]"` walks lists; what stands around a record is its parent (`^`, `^^`). A row of an export
    is a record, too, under the names that `columns` gives its headings.
    """

    canonical: bool = False
    envelope: Literal["cloudevents"] | None = None
    each: str | None = None
    any_type: bool = False  # the content type says nothing of use: read JSON, else a form
    columns: dict[str, Names] = {}  # name → what an export calls the column
    file_day: bool = False  # an export says no day in its rows: it is the one in its file's name

    @cached_property
    def headings(self) -> Headings:
        """What the columns of an export stand for."""
        return Headings(self.columns)


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
    secret_from: Literal["us", "platform"] | None = None  # who makes the secret; left out, the scheme says
    methods: tuple[str, ...] = ("POST",)
    suffixes: tuple[str, ...] = ()
    strict: bool = False
    rate_per_second: float | None = Field(None, gt=0)  # unless its sender says otherwise
    rate_burst: int | None = Field(None, ge=1)
    body_bytes_max: int | None = Field(None, ge=1024)  # where less than ingest's own limit will do
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
        return self

    @property
    def is_secret_theirs(self) -> bool:
        """Whether the platform makes the secret and shows it, so that none of ours could be entered there."""
        return (self.secret_from or ("platform" if self.auth.scheme in SIGNED else "us")) == "platform"


def names(folder: Path | None = None) -> list[str]:
    """The profiles that are shipped, those that packages bring, and those in `folder`."""
    return sorted({*shipped(), *brought(shipped()).profiles, *own(folder)})


def shipped() -> frozenset[str]:
    """The names of the profiles that come with whichad."""
    found = files("ingest").joinpath("profiles")
    return frozenset(f.name.removesuffix(".toml") for f in found.iterdir() if f.name.endswith(".toml"))


def own(folder: Path | None) -> dict[str, Path]:
    """The profiles of one's own by name."""
    return {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder else {}


def profile(name: str, folder: Path | None = None) -> Profile:
    """One profile by name, from `folder` first. Raises ConfigError where there is none, naming those there are."""
    file = _file(name, folder)
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"The profile {name!r} ({file}) is not UTF-8 text: {error}.") from None
    return read_profile(name, text, str(file))


def _file(name: str, folder: Path | None) -> Traversable:
    """Where a profile stands: in `folder`, else with us, else in a package."""
    mine = own(folder)
    if name in mine:
        return mine[name]
    if name in shipped():
        return files("ingest").joinpath("profiles", f"{name}.toml")
    found = brought(shipped())
    if name in found.profiles:
        return found.profiles[name].file
    known = names(folder)
    why = next((f" {each}" for each in found.refused if f"{name!r}" in each), "")
    raise ConfigError(f"There is no profile {name!r}{near(name, known)}. There are: {', '.join(known)}.{why}")


def read_profile(name: str, text: str, file: str = "") -> Profile:
    """A profile from its TOML. Raises ConfigError that says every mistake and its place."""
    which = f"The profile {name!r}" + (f" ({file})" if file else "")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{which} cannot be read, for it is not valid TOML: {error}.") from None
    try:
        found = Profile(**values)
        if found.items:
            Mapper(found, {}, found.repeats)  # every path can be followed, every operation done
    except ValidationError as error:
        wrong = sentences(error, Profile)
    except ValueError as error:
        wrong = [str(error)]
    else:
        return found
    many = f"{len(wrong)} mistakes" if len(wrong) > 1 else "a mistake"
    raise ConfigError(f"{which} has {many}:\n" + "\n".join(f"  - {each}" for each in wrong)) from None
