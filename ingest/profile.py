"""This module owns profiles: how one platform's payload maps to ours. A profile is a TOML file, not code."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from ingest.config import ConfigError, Section


class Profile(Section):
    """One platform: who may post, how, and what its answers look like."""

    title: str
    about: str
    auth: str
    methods: tuple[str, ...]
    strict: bool
    steps: tuple[str, ...]
    redact: tuple[str, ...] = ()


def names() -> list[str]:
    """The profiles that are shipped."""
    folder = files("ingest").joinpath("profiles")
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def profile(name: str) -> Profile:
    """One profile by name. Raises ConfigError where there is none, naming those there are."""
    if name not in names():
        raise ConfigError(f"There is no profile {name!r}. There are: {', '.join(names())}.")
    text = files("ingest").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Profile(**tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(f"The profile {name!r} cannot be read: {error}") from None
