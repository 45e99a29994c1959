"""This module owns how our commands are written where a person at this machine reads them: so that they can be pasted.

Sentences name a command plainly, `whichad up`, and `as_called` writes it as this install has to be called: by the way
to its program, and with the configuration in use. What leaves the machine, such as an answer to a sender, stays plain.
"""

import json
import re
import shlex
import shutil
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROGRAM, CONFIG_NAME = "whichad", "whichad.toml"
_MADE_NEW = ("init", "demo")  # they make a configuration, and read none
_VERBS = (
    *_MADE_NEW,
    "up",
    "status",
    "doctor",
    "ingest",
    "analytics",
    "dashboard",
    "verify",
    "backup",
    "restore",
    "alerts",
)
_UVX = r"(?:uvx (?:--from (?:'[^']*'|\S+) )?)?"  # a sentence may come by here twice
_COMMAND = re.compile(rf"(?<![\w./-]){_UVX}{PROGRAM} (?=({'|'.join(_VERBS)})\b(?!-))")
_in_use: Path | None = None


def use(config: Path | None) -> None:
    """Remember which whichad.toml this process uses; None: it has none."""
    global _in_use  # noqa: PLW0603 - a process has one configuration, and a sentence deep below does not know it
    _in_use = config


def as_called(text: str, config: Path | None = None) -> str:
    """The text with every command of ours as it has to be typed here; `config`: with another one than that in use."""
    path = near(config or _in_use or Path(CONFIG_NAME))
    chosen = "" if path == CONFIG_NAME else f"--config {shlex.quote(path)} "  # that of this folder is found by itself

    def written(found: re.Match[str]) -> str:
        return f"{_program()} {'' if found[1] in _MADE_NEW else chosen}"

    return _COMMAND.sub(written, text)


def _program() -> str:
    """How the program is reached from this folder: by its name where the shell finds this very one."""
    beside = Path(sys.executable).with_name(PROGRAM)
    if not beside.is_file():  # not installed: from a checkout
        return f"{shlex.quote(near(Path(sys.executable)))} -m {PROGRAM}"
    if borrowed := _borrowed(beside.parent.parent):
        return borrowed
    found = shutil.which(PROGRAM)
    return PROGRAM if found and Path(found).samefile(beside) else shlex.quote(near(beside))


@cache
def _borrowed(environment: Path) -> str:
    """How `uvx` is asked again for what it made in its cache for this run; "" for an environment that stays.

    It puts the program on the PATH of this process alone: the shell that one types into afterwards finds none.
    """
    if not environment.parent.name.startswith("archive-v") or not (environment / "pyvenv.cfg").is_file():
        return ""
    for said in environment.glob(f"lib/python*/site-packages/{PROGRAM}-*.dist-info/direct_url.json"):
        origin = json.loads(said.read_text(encoding="utf-8"))
        url = urlsplit(origin["url"])
        asked = near(Path(unquote(url.path))) if url.scheme == "file" else origin["url"]
        vcs = f"{origin['vcs_info']['vcs']}+" if "vcs_info" in origin else ""
        return f"uvx --from {shlex.quote(vcs + asked)} {PROGRAM}"
    return f"uvx {PROGRAM}"


def near(path: Path) -> str:
    """The path as one would type it here: relative to this folder where it lies in it."""
    whole = path.absolute()  # without following links: a .venv may be one
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(whole)
