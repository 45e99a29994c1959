"""This module owns the tutorial: the commands of docs/first-webhook.md run as they stand there, in an empty folder."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT, environment

from analytics.demo import free_port

PAGE = (ROOT / "docs" / "first-webhook.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- tutorial: ([\w ]+) -->\n```sh\n(.*?)```", PAGE, re.DOTALL))
SECONDS_MAX = 60.0


class Desk:
    """A terminal in an empty folder; only the ports are others than the page's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder / "my-ads", folder / "up.log"
        self.port = free_port(0)
        program = Path(sys.executable).parent
        self.env = environment(
            PATH=f"{program}{os.pathsep}{os.environ['PATH']}", PYTHONPATH=str(ROOT),
            WHICHAD_INGEST__PORT=str(self.port), WHICHAD_INGEST__ADMIN_PORT=str(free_port(0)),
            WHICHAD_DASHBOARD__PORT=str(free_port(0)), WHICHAD_REFRESH__EVERY_SECONDS="0.5",
        )  # fmt: skip

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """A block of the page, to its end."""
        lines = BLOCKS[name].replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        cwd = self.folder if self.folder.is_dir() else self.folder.parent
        return subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", lines], cwd=cwd, env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def until(self, name: str, text: str) -> str:
        """What a block prints once it ends well and prints the text."""
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            done = self.run(name)
            if done.returncode == 0 and text in done.stdout:
                return done.stdout
            if time.monotonic() > deadline:
                raise AssertionError(f"{name}: {done.stdout}{done.stderr}\n{self.log.read_text()[-2000:]}")
            time.sleep(1.0)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The folder is set up, and whichad runs in it."""
    found = Desk(tmp_path_factory.mktemp("desk"))
    done = found.run("set up")
    assert done.returncode == 0, done.stdout + done.stderr
    with found.log.open("wb") as log:
        up = subprocess.Popen(BLOCKS["up"].split(), cwd=found.folder, env=found.env, stdout=log, stderr=log)
    try:
        yield found
    finally:
        up.terminate()
        assert up.wait(60) == 0


def test_the_commands_of_the_tutorial_lead_from_an_empty_folder_to_a_number(desk: Desk):
    assert '"accepted":1' in desk.until("test", "receipt")
    for _ in range(2):
        done = desk.run("post")
        assert done.returncode == 0 and '"receipt"' in done.stdout, done.stdout + done.stderr
    shown = desk.until("look", "Quiet SUVs of 2026").splitlines()
    (row,) = (line for line in shown if "Quiet SUVs of 2026" in line)
    assert re.search(r"\b1\b.*\b0\.10*\b", row), "once, with its cost; the test counts in nothing"
    assert "evt_1" in desk.until("why", "Quiet SUVs of 2026")


def test_the_page_has_no_other_commands_than_those_that_are_run():
    assert len(re.findall(r"^```sh$", PAGE, re.MULTILINE)) == len(BLOCKS) == 6
