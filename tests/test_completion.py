"""This module owns the promise that a shell completes verbs and options, however deep, and loads little for it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT, environment

PROGRAM = Path(sys.executable).with_name("whichad")
LOADED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted({"dash", "duckdb", "flask", "numpy", "pandas"} & set(sys.modules)))))
sys.argv[0] = "whichad"
import whichad
whichad.app()
"""


def asked(shell: str, line: str, *command: str) -> str:
    """What a shell is told at the end of a line, by its own protocol."""
    words = line.split(" ")
    env = environment(
        COMP_WORDS=line, COMP_CWORD=str(len(words) - 1), _TYPER_COMPLETE_ARGS=line, PYTHONPATH=str(ROOT),
        _TYPER_COMPLETE_FISH_ACTION="get-args", _WHICHAD_COMPLETE=f"complete_{shell}",
    )  # fmt: skip
    done = subprocess.run(
        command or (str(PROGRAM),), env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize(
    ("line", "some", "none"),
    [
        ("whichad ", {"up", "demo", "ingest", "verify"}, {"why"}),
        ("whichad ingest s", {"serve", "send-test", "senders"}, {"why"}),
        ("whichad ingest senders ", {"add", "show", "wait", "profiles"}, {"serve"}),
        ("whichad analytics exp", {"explain", "export", "experiments"} - {"explain"}, {"build"}),
        ("whichad ingest replay --", {"--sender", "--dry-run", "--config"}, {"--supervised"}),
        ("whichad ingest serve --", {"--config"}, {"--supervised", "--sockets"}),
        ("whichad dashboard users add --r", {"--role"}, {"--config"}),
    ],
)
def test_bash_is_told_what_may_follow(line: str, some: set[str], none: set[str]):
    told = set(asked("bash", line).split())
    assert some <= told and not none & told


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_hear_what_each_does_too(shell: str):
    told = asked(shell, "whichad ingest se")
    assert "senders" in told and "Who may post" in told and "quarantine" not in told


@pytest.mark.parametrize("line", ["whichad ", "whichad ingest ", "whichad analytics "])
def test_a_key_press_loads_no_command(line: str):
    told = asked("bash", line, sys.executable, "-c", LOADED)
    assert json.loads(told.splitlines()[-1]) == []


def test_bash_itself_completes_after_the_install_that_is_documented(tmp_path: Path):
    bash, program = shutil.which("bash"), str(PROGRAM)
    assert bash is not None
    env = environment(
        HOME=str(tmp_path), PYTHONPATH=str(ROOT), PATH=f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    )
    install = [bash, "-c", f"{program} --install-completion; true"]  # it looks for the shell that called it
    done = subprocess.run(install, env=env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and "completion installed" in done.stdout, done.stdout + done.stderr
    line = (
        "source ~/.bashrc; complete -p whichad; COMP_WORDS=(whichad ingest sen); COMP_CWORD=2; "
        '_whichad_completion whichad; echo "${COMPREPLY[@]}"'
    )
    told = subprocess.run([bash, "-c", line], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "-F _whichad_completion whichad" in told.stdout and "send-test senders" in told.stdout, told.stderr
