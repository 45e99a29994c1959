"""This module owns what `whichad doctor` says of extensions: which packages bring what, and what cannot be used."""

from collections.abc import Iterator

from analytics.ruling import rules
from analytics.status.health import Finding
from ingest.config import ConfigError
from ingest.extensions import CHANNELS, PROFILES, RULES, ExtensionError, installed, load
from ingest.profile import profile, shipped
from ingest.profile_packages import brought

HINT = "It is left out. Mend or remove its package (docs/extending.md); then start whichad again."


def findings() -> Iterator[Finding]:
    """A line for each kind of extension that is installed, and one for each that cannot be used."""
    for what, words, wrong in (_profiles(), _rules(), _channels()):
        if words:
            yield Finding(what, True, ", ".join(words))
        yield from (Finding(what, False, each, HINT) for each in wrong)


def _profiles() -> tuple[str, list[str], list[str]]:
    found, words = brought(shipped()), []
    wrong = list(found.refused)
    for name, each in found.profiles.items():
        try:
            profile(name)
            words.append(f"{name} ({each.by.package} {each.by.version})")
        except (ConfigError, OSError) as error:
            wrong.append(" ".join(str(error).split()))
    return PROFILES, words, wrong


def _rules() -> tuple[str, list[str], list[str]]:
    found = rules.brought()
    versions = {each.package: each.version for each in installed(RULES)}
    words = [f"{each.rule} ({each.package} {versions.get(each.package, '')})" for each in found.rules]
    return RULES, words, list(found.refused)


def _channels() -> tuple[str, list[str], list[str]]:
    words, wrong = [], []
    for each in installed(CHANNELS):
        try:
            load(each)
            words.append(f"{each.name} ({each.package} {each.version})")
        except ExtensionError as error:
            wrong.append(str(error))
    return CHANNELS, words, wrong
