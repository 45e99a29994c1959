"""This module owns the promise that a command starts without what others need, and that help says what they say."""

import json
import subprocess
import sys

import pytest
from running import ROOT

import whichad
from dashboard.__main__ import ELSEWHERE as DASHBOARD
from ingest.__main__ import ELSEWHERE as INGEST
from ingest.deferring import _help, _loaded

HOMES = whichad.ELSEWHERE | INGEST | DASHBOARD
LOOK = """
import json, sys
from typer.testing import CliRunner
import whichad
found = CliRunner().invoke(whichad.app, sys.argv[1:])
print(json.dumps([found.exit_code, found.output, sorted({"duckdb", "flask", "numpy", "pandas"} & set(sys.modules))]))
"""


@pytest.mark.parametrize("name", HOMES)
def test_help_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    said, itself = _help(HOMES[name]), _loaded(name, HOMES[name]).help
    assert said
    assert said == itself


@pytest.mark.parametrize("words", [["--help"], ["ingest", "--help"]])
def test_a_list_of_commands_loads_none_of_them(words: list[str]) -> None:
    asked = [sys.executable, "-c", LOOK, *words]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    exit_code, output, loaded = json.loads(done.stdout)
    assert exit_code == 0
    assert "verify" in output or "quarantine" in output
    assert loaded == []
