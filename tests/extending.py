"""This module owns the packages of docs/extending.md for tests: built and installed offline, as their readers would.

A block of the page whose first line is a comment with a path is that file; so the page cannot show what does not work.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from running import ROOT, environment

PAGE = ROOT / "docs" / "extending.md"
_BLOCK = re.compile(r"^```\w+\n# (\S+/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page: Path = PAGE) -> dict[str, str]:
    """Path → text of every file that the page shows."""
    return dict(_BLOCK.findall(page.read_text(encoding="utf-8")))


def install(folder: Path, files: dict[str, str]) -> Path:
    """Build the packages of these files, and install them into a folder that PYTHONPATH can name."""
    for name, text in files.items():
        path = folder / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    packages = sorted({str(folder / "sources" / Path(name).parts[0]) for name in files})
    offline = ["--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder / "installed"), *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder / "installed"


def package(folder: Path, name: str, group: str, entries: dict[str, str], **files: str) -> Path:
    """What an installed package leaves in a folder, without building one: `files` are `folder__name` → text."""
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"[{group}]", *(f"{entry} = {value}" for entry, value in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for place, text in files.items():
        path = folder / place.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def begun(command: Sequence[str], cwd: Path, env: Mapping[str, str], *standard: IO[Any]) -> subprocess.Popen[bytes]:
    """As `warm.Warm`, but begun as for everybody: a fork of a process that stands already finds no new packages."""
    read, written, errors = standard
    return subprocess.Popen([sys.executable, "-m", *command], cwd=cwd, env=dict(env), stdin=read, stdout=written,
                            stderr=errors)  # fmt: skip


def whichad(packages: Path, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """`whichad …` to its end in a process of its own, with these packages installed."""
    command = [sys.executable, str(ROOT / "whichad.py"), *arguments]
    more = environment(PYTHONPATH=f"{packages}:{ROOT}")
    return subprocess.run(command, cwd=cwd, env=more, capture_output=True, text=True, check=False, timeout=120)
