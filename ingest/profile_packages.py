"""This module owns the profiles of other packages: the TOML files in the folders that `whichad.profiles` names.

A profile is a file, not code: the folder is looked for and its files are read, and nothing of the package is run, so
that none can stop the door. A name that whichad has itself is refused; of two packages with one name the first in the
alphabet counts. What lies in the user's own `profiles/` goes before all of them.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ingest.extensions import PROFILES, Extension, ExtensionError, installed

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Brought:
    """A profile of another package."""

    file: Path
    by: Extension


@dataclass(frozen=True, slots=True)
class Bringing:
    """The profiles that packages bring, by name, and a sentence for each that is left out."""

    profiles: dict[str, Brought]
    refused: tuple[str, ...]


def brought(taken: Set[str]) -> Bringing:
    """What the installed packages bring besides the names that are `taken`: those that are shipped."""
    found: dict[str, Brought] = {}
    refused: list[str] = []
    for each in installed(PROFILES):
        try:
            files = sorted(_folder(each).glob("*.toml"))
        except (ExtensionError, OSError) as error:
            refused.append(str(error))
            continue
        if not files:
            refused.append(f"{each} is left out: there is no TOML file in {each.value}.")
        for file in files:
            if why := _wrong(file.stem, each, taken, found):
                refused.append(why)
            else:
                found[file.stem] = Brought(file, each)
    return Bringing(found, tuple(refused))


def _wrong(name: str, each: Extension, taken: Set[str], found: dict[str, Brought]) -> str | None:
    said = f"The profile {name!r} of the package {each.package} is left out: "
    if not NAME.fullmatch(name):
        return f"{said}a name is of small letters, digits and _, and begins with a letter."
    if name in taken:
        return f"{said}whichad ships one of that name. Its package has to give it another."
    if name in found:
        return f"{said}the package {found[name].by.package} brings one of that name, too, and comes first."
    return None


def _folder(each: Extension) -> Path:
    """The folder that an extension names, found without importing anything of it."""
    top, *inner = each.value.split(":")[0].strip().split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError, AttributeError):
        spec = None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (folder := Path(place, *inner)).is_dir():
            return folder
    raise ExtensionError(f"{each} is left out: {each.value!r} is no folder of an installed package.")
