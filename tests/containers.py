"""This module owns the container files as data, and their commands as processes: what an engine would run, without one.

A service is started by the command, the environment and the health check that its files give it. What only an engine
has is replaced: its addresses by loopback and free ports, `whichad` and `python` by those of this environment, and the
read-only root by a mount namespace in which only the volume can be written to, where the kernel lets us have one.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from running import ROOT, environment

from analytics.demo import free_port

# Everything but the folder is read-only, as in a container with `read_only: true`.
READ_ONLY = 'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0" && exec "$@"'
COMPOSE = ROOT / "compose.yaml"
Instruction = tuple[str, str]


def stages(text: str) -> list[list[Instruction]]:
    """The stages of a Dockerfile: (instruction, what it says) each, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[list[Instruction]] = []
    for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip()):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest.strip()))
    return found


def said(stage: list[Instruction], word: str) -> list[str]:
    """What a stage says by an instruction, each time."""
    return [rest for instruction, rest in stage if instruction == word]


def compose() -> dict[str, Any]:
    """compose.yaml, read as YAML 1.1 with merge keys."""
    found = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def image_environment() -> dict[str, str]:
    """ENV of the image, without the paths that are its own."""
    (env,) = said(stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-1], "ENV")
    pairs = dict(pair.split("=", 1) for pair in shlex.split(env))
    return {key: value for key, value in pairs.items() if key not in ("PATH", "HOME")}


class Machine:
    """A folder in the place of the volume, and ports in the place of the network's addresses."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        (folder / "tmp").mkdir()
        self.ports = {name: free_port(0) for name in ("8080", "8081", "8050")}
        command = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(folder)]
        tried = subprocess.run([*command, "true"], check=False, capture_output=True) if os.getuid() == 0 else None
        self.wrapper = command if tried is not None and tried.returncode == 0 else []

    def here(self, words: list[str]) -> list[str]:
        """A command of an image as it runs here."""
        program = {"whichad": [sys.executable, "-m", "whichad"], "python": [sys.executable]}[words[0]]
        return [*self.wrapper, *program, *(self._loopback(word) for word in words[1:])]

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        """What the processes of a service see."""
        told = {**image_environment(), **service.get("environment", {})}
        ours = {key: "127.0.0.1" if value in ("ingest", "0.0.0.0") else value for key, value in told.items()}
        ours |= {"WHICHAD_INGEST__PORT": self.ports["8080"], "WHICHAD_INGEST__ADMIN_PORT": self.ports["8081"],
                 "WHICHAD_DASHBOARD__PORT": self.ports["8050"]}  # fmt: skip
        private = {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp"), "PYTHONPATH": str(ROOT)}
        return environment(**{key: str(value) for key, value in ours.items()}, **private)

    def run(self, service: Mapping[str, Any], words: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """A command in a service's container, to its end."""
        return subprocess.run(
            self.here(words), cwd=self.folder, env=self.environment(service), input=given, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip

    def start(self, service: Mapping[str, Any]) -> "subprocess.Popen[bytes]":
        """A service's own process; `unshare` and `sh` become it, so its id is the one to signal."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.here(["whichad", *service["command"]]), cwd=self.folder, env=self.environment(service),
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _loopback(self, text: str) -> str:
        for port, ours in self.ports.items():
            text = re.sub(rf"//(ingest|127\.0\.0\.1):{port}\b", f"//127.0.0.1:{ours}", text)
        return text
