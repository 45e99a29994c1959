"""This module owns the other supported DuckDB: what holds under 2.0 holds under 1.5 (`make test-long`)."""

import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT, environment

OTHER = "1.5.6"
FOLDERS = ("tests/analytics", "tests/ingest", "tests/faults")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_record_and_the_numbers_hold_under_the_other_duckdb(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), f"duckdb=={OTHER}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"duckdb {OTHER} cannot be installed here: {done.stderr[-200:]}")
    env = environment(PYTHONPATH=str(tmp_path))
    version = subprocess.run(
        [sys.executable, "-c", "import duckdb; print(duckdb.__version__)"], env=env, capture_output=True, text=True,
        check=True,
    ).stdout.strip()  # fmt: skip
    assert version == OTHER
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", *FOLDERS], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert tests.returncode == 0, tests.stdout[-4000:]
