"""This module owns extensions: what other installed packages bring under our entry points, and how one is loaded.

Finding them runs nothing of theirs: names are read from what the packages say of themselves. It takes some
milliseconds (31 to import importlib.metadata, 4 to look at 130 packages: measured), so it is done only where something
is asked for that whichad does not have itself.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

PROFILES = "whichad.profiles"
RULES = "whichad.rules"
CHANNELS = "whichad.channels"


class ExtensionError(Exception):
    """An extension cannot be used; says whose it is, and why."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One entry point: its name, what it points at, and the package that brings it."""

    group: str
    name: str
    value: str
    package: str
    version: str

    def __str__(self) -> str:
        return f"{self.name!r} of the package {self.package} {self.version}"


def installed(group: str) -> tuple[Extension, ...]:
    """The extensions of a group, by the packages' names and then by their own."""
    found = {_extension(group, each) for each in _entry_points(group)}
    return tuple(sorted(found, key=lambda each: (each.package, each.name, each.value)))


def load(extension: Extension) -> object:
    """What an extension points at; its module is imported. Raises ExtensionError, whatever the module raises."""
    from importlib.metadata import EntryPoint

    try:
        return EntryPoint(extension.name, extension.value, extension.group).load()
    except (Exception, SystemExit) as error:
        said = str(error).strip().splitlines()
        why = f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
        raise ExtensionError(f"{extension} cannot be imported ({why}).") from error


def _entry_points(group: str) -> "Iterable[EntryPoint]":
    from importlib.metadata import distributions, entry_points

    try:
        return list(entry_points(group=group))
    except Exception:  # one package's file is garbage: the others are asked one by one
        found: list[EntryPoint] = []
        for each in distributions():
            with suppress(Exception):
                found += each.entry_points.select(group=group)
        return found


def _extension(group: str, entry: "EntryPoint") -> Extension:
    dist: Distribution | None = getattr(entry, "dist", None)
    package, version = "unknown", ""
    with suppress(Exception):  # what says nothing of itself is unknown, not an end
        package, version = (dist.name, dist.version) if dist else (package, version)
    return Extension(group, entry.name, entry.value, package, version)
