"""This module owns the check of what we install: licences, hashes, security floors, names. `python tests/licences.py`

It reads `requirements.lock` and the metadata of what is installed, prints a table, and ends with 1 where something is
wrong. It needs no network. A licence that is not permissive is refused, and so is one that nobody stated.

numpy and scipy bring libgfortran inside their wheels (GPL-3.0 with GCC's runtime exception, which frees what is linked
to it); their metadata states their own licence, and we ship neither.
"""

import csv
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
OURS = {"ingest", "analytics", "dashboard", "whichad"}
# SPDX identifiers under which nobody who runs or ships whichad owes more than a notice.
PERMISSIVE = {
    "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "ISC", "PSF-2.0", "ZPL-2.1", "Zlib",
    "CC0-1.0",
}  # fmt: skip
# What older metadata writes instead. "BSD License" does not say which, and all of them are permissive.
SPDX = {
    "MIT License": "MIT", "BSD License": "BSD-3-Clause", "Apache Software License": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "ISC License (ISCL)": "ISC", "Zope Public License": "ZPL-2.1", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "BSD 3-Clause License": "BSD-3-Clause", "3-Clause BSD License": "BSD-3-Clause",
}  # fmt: skip
# Name → (licence, why it is right although the metadata or the list above does not say so).
KNOWN = {
    "certifi": ("MPL-2.0", "file-level copyleft on a list of certificates that we install as published, unmodified"),
    "orjson": ("MPL-2.0", "MPL-2.0 AND (Apache-2.0 OR MIT): file-level copyleft, installed as published, unmodified"),
    "pathspec": ("MPL-2.0", "of hatchling, at build time only; no part of it is shipped or imported at run time"),
    "crawler-user-agents": ("MIT", "its metadata names none; its repository's LICENSE is MIT"),
    "brotlicffi": ("MIT", "on PyPy only"),
    "colorama": ("BSD-3-Clause", "on Windows only"),
}
# The first version without a known hole (CVE-2026-27205; CVE-2026-27199; CVE-2024-49768; plotly/dash #3902;
# CVE-2025-64429; CVE-2024-34064 and CVE-2025-27516).
FLOORS = {
    "flask": "3.1.3", "werkzeug": "3.1.6", "waitress": "3.0.1", "dash": "4.4.1", "duckdb": "1.4.2", "jinja2": "3.1.6",
}  # fmt: skip
_PIN = re.compile(
    r"^([A-Za-z0-9_.-]+)==(\S+)(?: ; (.*?))? \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of the lock. `marker` says where it is installed; "" is everywhere."""

    name: str
    version: str
    marker: str
    hashes: int

    @property
    def is_for_here(self) -> bool:
        """Whether this machine and this Python install it."""
        return not self.marker or Marker(self.marker).evaluate()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `wrong` is empty where all is well."""

    name: str
    version: str
    licence: str
    wrong: tuple[str, ...] = ()


def pins(lock: str) -> list[Pin]:
    """Every pin of a lock."""
    return [Pin(name, version, marker or "", len(hashes.split("--hash=")) - 1)
            for name, version, marker, hashes in _PIN.findall(lock)]  # fmt: skip


def is_permissive(expression: str) -> bool:
    """Whether an SPDX expression leaves a way that is permissive: one side of an OR, every part of an AND."""
    tokens = re.findall(r"[()]|[A-Za-z0-9.+-]+", expression)
    if not tokens:
        return False
    words = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    told = " ".join(words.get(token) or str(token in PERMISSIVE) for token in tokens)
    try:
        return bool(eval(told, {"__builtins__": {}}))  # noqa: S307 (of the five words above only)
    except SyntaxError:  # GPL-3.0 WITH an exception, and what is no expression
        return False


def stated(found: Distribution) -> str:
    """The licence that a distribution's metadata states, as SPDX; "" where it states none."""
    metadata = found.metadata
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    kinds = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or [] if each.startswith("License")]
    if kinds:
        return " AND ".join(SPDX.get(kind, kind.replace(" ", "-")) for kind in kinds)
    first = (metadata.get("License") or "").strip().partition("\n")[0].strip()
    return SPDX.get(first, first.replace(" ", "-"))


def looked_at(pin: Pin) -> Line:
    """What is to be said of one pin."""
    known = KNOWN.get(pin.name)
    wrong = [] if pin.hashes else ["the lock has no hash of it"]
    if pin.name in FLOORS and Version(pin.version) < Version(FLOORS[pin.name]):
        wrong.append(f"has a known hole; {FLOORS[pin.name]} closes it")
    if not pin.is_for_here:
        licence = known[0] if known else _elsewhere(pin)
        wrong += [] if licence else ["is not installed here and not in KNOWN, so nobody can say its licence"]
        return Line(pin.name, pin.version, licence, tuple(wrong))
    try:
        found = distribution(pin.name)
    except PackageNotFoundError:
        return Line(pin.name, pin.version, "?", (*wrong, "is locked and not installed: make setup"))
    licence = stated(found) or (known[0] if known else "")
    if not is_permissive(licence) and known is None:
        wrong.append("is not permissive" if licence else "states no licence; look, and say it in KNOWN with the reason")
    if known is not None and stated(found) and known[0] not in licence:
        wrong.append(f"states {licence}, KNOWN says {known[0]}")
    tops = {file.partition("/")[0].removesuffix(".py") for file in _recorded(found) if file.endswith(".py")}
    wrong += [f"brings a top-level {name}, which is ours" for name in sorted(tops & OURS)]
    return Line(pin.name, pin.version, licence, tuple(wrong))


def _recorded(found: Distribution) -> list[str]:
    """What the installer wrote down; `files` leaves out what is not there once somebody loaded the backport."""
    return [row[0] for row in csv.reader((found.read_text("RECORD") or "").splitlines()) if row]


def _elsewhere(pin: Pin) -> str:
    """The licence of a pin for other Pythons: that of the version of it which is installed here."""
    try:
        return stated(distribution(pin.name))
    except PackageNotFoundError:
        return ""


def unreasoned(project: str) -> Iterator[str]:
    """The run-time dependencies of a `pyproject.toml` without a comment, or missing from the lock's names."""
    wanted = tomllib.loads(project)["project"]["dependencies"]
    for each in wanted:
        if not re.search(rf'^    "{re.escape(each)}", +# .{{10,}}$', project, re.MULTILINE):
            yield each


def check(lock: str, project: str) -> tuple[list[Line], list[str]]:
    """(the table, every mistake as a sentence) of a lock and a `pyproject.toml`."""
    found = pins(lock)
    lines = [looked_at(pin) for pin in found]
    wrong = [f"{line.name} {line.version} {what}." for line in lines for what in line.wrong]
    if len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE)) != len(found):
        wrong.append("requirements.lock has lines that are no `name==version` with hashes.")
    if re.search(r"https?://|^-", lock, re.MULTILINE):
        wrong.append("requirements.lock names an address or an option; all comes by name, version and hash.")
    locked = {pin.name.lower() for pin in found}
    for each in tomllib.loads(project)["project"]["dependencies"]:
        name = re.split(r"[<>=!~\[; ]", each)[0].lower()
        wrong += [] if name in locked else [f"{name} is a dependency and not in requirements.lock: make lock."]
    wrong += [f"pyproject.toml does not say why {each} is needed." for each in unreasoned(project)]
    wrong += [f"KNOWN has a row for {name}, which is not locked." for name in sorted(set(KNOWN) - locked)]
    return lines, wrong


def main() -> int:
    """Print the table; returns the exit code."""
    lines, wrong = check(
        *((ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "pyproject.toml"))
    )
    width = max(len(line.name) for line in lines)
    for line in lines:
        print(f"{line.name:{width}}  {line.version:14}  {line.licence}" + (" (*)" if line.name in KNOWN else ""))
    for name, (licence, reason) in sorted(KNOWN.items()):
        print(f"(*) {name}: {licence}; {reason}")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    print(f"{len(lines)} locked run-time distributions: " + (f"{len(wrong)} mistakes" if wrong else "all is well"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
