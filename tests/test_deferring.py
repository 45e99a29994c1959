"""This module owns the promise that a command starts without what others need, and that help says what they say."""

import json
import subprocess
import sys

import pytest
from running import ROOT

import whichad
from analytics.__main__ import ELSEWHERE as ANALYTICS
from dashboard.__main__ import ELSEWHERE as DASHBOARD
from ingest.__main__ import ELSEWHERE as INGEST
from ingest.terminal.deferring import _help, _loaded

HOMES = whichad.ELSEWHERE | INGEST | ANALYTICS | DASHBOARD
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


@pytest.mark.parametrize("words", [["--help"], ["ingest", "--help"], ["analytics", "--help"]])
def test_a_list_of_commands_loads_none_of_them(words: list[str]) -> None:
    output, loaded = asked(*words)
    assert any(name in output for name in ("verify", "quarantine", "serve-sql"))
    assert loaded == []


def test_a_query_loads_nothing_but_the_process_that_it_runs_in():
    """Which loads the engine and nothing else: `analytics sql` took 1.3 s of the processor to begin, it takes 0.6."""
    output, loaded = asked("analytics", "sql", "--help")
    assert "One SELECT" in output and loaded == []
    code = (
        "import analytics.querying.child, sys; print(sorted({'duckdb', 'flask', 'numpy', 'pydantic'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['duckdb']"


def asked(*words: str) -> tuple[str, list[str]]:
    """What a command prints, and which of the heavy packages it loads for that."""
    command = [sys.executable, "-c", LOOK, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    exit_code, output, loaded = json.loads(done.stdout)
    assert exit_code == 0
    return output, loaded
