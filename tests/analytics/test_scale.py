"""This module owns the promises of the scale benchmark and of a build's limits: the short form of `make scale`."""

import subprocess
import sys
from pathlib import Path

import pytest
from bench import attribution
from journeys import Books, journey
from running import ROOT, environment

from analytics.build import open_work
from analytics.config import Refresh
from analytics.work import engine

ROWS = 5000


def test_the_benchmark_builds_checks_publishes_and_goes_on_with_news(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert attribution.main([str(ROWS), "--cycles", "1", "--dir", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{ROWS:,} interactions written" in lines[0]
    total = next(line for line in lines if line.startswith("total")).split()
    assert float(total[1]) > 0 and 100 < int(total[3].replace(",", "")) < 4096
    assert any(line.startswith("published ") for line in lines)
    assert lines[-1].startswith("cycle 1: 1,000 more, ") and "published" in lines[-1]


def test_a_process_that_takes_more_than_it_may_is_said_by_the_exit_code(tmp_path: Path) -> None:
    assert attribution.main(["1000", "--cycles", "0", "--memory-max-mb", "50", "--dir", str(tmp_path)]) == 1


def test_a_build_is_held_to_what_the_settings_allow_and_to_a_part_of_the_machine_without_them(tmp_path: Path) -> None:
    books = Books(tmp_path, refresh={"memory_mb": 300, "threads": 1})
    books.post(*journey("A B => 30"))
    connection = open_work(books.settings.work_path)
    asked = "select current_setting('memory_limit'), current_setting('threads')"
    assert engine.MEMORY_BYTES_MIN <= engine.memory_bytes() <= engine.MEMORY_BYTES_MAX
    assert connection.execute(asked).fetchall() != [("300.0 MiB", 1)]
    books.build()
    assert connection.execute(asked).fetchall() == [("300.0 MiB", 1)]
    connection.close()


def test_what_a_killed_build_spilled_is_cleared_once(tmp_path: Path) -> None:
    work = tmp_path / "work.duckdb"
    spilled = tmp_path / "work.duckdb.tmp" / "duckdb_temp_storage-0.tmp"
    spilled.parent.mkdir()
    spilled.touch()
    open_work(work).close()
    assert not spilled.parent.exists()
    spilled.parent.mkdir()
    open_work(work).close()
    assert spilled.parent.exists()


@pytest.mark.parametrize("wrong", [{"memory_mb": 100}, {"threads": 0}])
def test_too_little_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="greater than or equal"):
        Refresh(**wrong)


@pytest.mark.parametrize(("asked", "threads"), [(None, "1"), ("3", "3")])
def test_linear_algebra_takes_one_thread_unless_somebody_asked_for_more(asked: str | None, threads: str) -> None:
    before = {name: value for name, value in environment().items() if name != "OPENBLAS_NUM_THREADS"}
    code = "import os, sys, analytics; print('numpy' in sys.modules, os.environ['OPENBLAS_NUM_THREADS'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=before | ({"OPENBLAS_NUM_THREADS": asked} if asked else {}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False", threads]
