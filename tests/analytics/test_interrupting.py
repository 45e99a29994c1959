"""This module owns the promises of Ctrl-C and of the progress, with real processes on a record large enough."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.synthetic import write
from running import ROOT, environment

from analytics.work import progress
from analytics.work.interrupting import BUILD_STOPPED
from ingest.terminal.called import as_called
from ingest.terminal.commands import Exit

ROWS = 60_000  # some seconds of build, mostly in a few statements
SETTINGS = """data_dir = "."
[refresh]
every_seconds = 0.1
memory_mb = 1024
[senders.tracker]
secrets = ["whsec_dHJpYWwtc2VjcmV0LWtub3duLXRvLWV2ZXJ5b25l"]
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose record takes seconds to build."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "whichad.toml").write_text(SETTINGS, encoding="utf-8")
    write(folder / "interactions.duckdb", ROWS)
    return folder


@pytest.fixture
def start(large: Path, tmp_path: Path):
    """Starts `python -m analytics …` on a copy of the folder; what still runs at the end is killed."""
    folder = shutil.copytree(large, tmp_path / "data")
    running: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "analytics", *words, "--config", str(folder / "whichad.toml")]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True))
        return running[-1]

    begin.folder = folder  # type: ignore[attr-defined]
    yield begin
    for process in running:
        process.kill()
        process.communicate()


def wait_for_build(folder: Path) -> None:
    """Until models are being made: the file of work.duckdb grows."""
    work, deadline = folder / "work.duckdb", time.monotonic() + 60
    while not (work.exists() and work.stat().st_size > 1_000_000):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def stopped(process: "subprocess.Popen[str]", folder: Path, number: int) -> str:
    """The last line of a process that gets a signal in the middle of its build."""
    wait_for_build(folder)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED, said
    return said.strip().splitlines()[-1]


def test_ctrl_c_in_the_middle_says_so_keeps_what_was_published_and_the_next_build_works(
    start: Callable[..., "subprocess.Popen[str]"],
) -> None:
    folder: Path = start.folder  # type: ignore[attr-defined]
    told = as_called(BUILD_STOPPED, folder / "whichad.toml")
    assert stopped(start("build"), folder, signal.SIGINT) == told
    assert not (folder / "creatives.duckdb").exists()

    following = start("build")
    _, said = following.communicate(timeout=120)
    assert following.returncode == 0, said
    first = (folder / "creatives.duckdb").resolve()
    assert first.exists()
    assert json.loads((folder / "work.duckdb.seconds").read_text())["events"] > 0

    (folder / "work.duckdb").unlink()
    assert stopped(start("refresh"), folder, signal.SIGTERM) == f"refresh: {told}"
    assert (folder / "creatives.duckdb").resolve() == first
    assert list((folder / "published").glob("*.duckdb")) == [first]


def test_a_loop_that_has_nothing_to_do_ends_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "whichad.toml").write_text(SETTINGS.replace("0.1", "60"), encoding="utf-8")
    command = [sys.executable, "-m", "analytics", "refresh", "--config", str(tmp_path / "whichad.toml")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "status.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.terminate()
    assert process.communicate(timeout=60)[1] == "", "DuckDB's client complains where a thread outlives the process"
    assert process.returncode == 0


def test_a_second_before_the_end_the_bar_is_near_it_and_the_first_build_names_no_share(tmp_path: Path) -> None:
    kept = tmp_path / "work.duckdb.seconds"
    with progress.Told(kept) as first:
        first("texts", 0, 2)
        assert first.share is None and first.words == "texts (0 of 2 models)"
        first("credits", 1, 2)
        assert first.words == "credits (1 of 2 models)"
    assert set(json.loads(kept.read_text())) == {"texts", "credits"}

    kept.write_text(json.dumps({"texts": 1.0, "credits": 98.0, "checks": 1.0}))
    with progress.Told(kept) as told:
        told("texts", 0, 2)
        told("credits", 1, 2)
        assert told.share == pytest.approx(0.01, abs=0.005)
        told("checks", 2, 2)
        assert told.share == pytest.approx(0.99, abs=0.005)
        assert told.words == "checks (99%)"


def test_a_phase_that_takes_longer_than_the_last_time_never_passes_its_end(tmp_path: Path) -> None:
    kept = tmp_path / "work.duckdb.seconds"
    kept.write_text(json.dumps({"texts": 0.001, "credits": 0.999}))
    with progress.Told(kept) as told:
        told("texts", 0, 2)
        time.sleep(0.05)
        assert 0 < (told.share or 0) < 0.001
        told("a new model", 1, 2)
        assert told.share == pytest.approx(0.001)


@pytest.mark.parametrize("damaged", ["", "[1]", '{"texts": "long"}', "{"])
def test_a_damaged_file_of_seconds_is_none(tmp_path: Path, damaged: str) -> None:
    kept = tmp_path / "work.duckdb.seconds"
    kept.write_text(damaged)
    with progress.Told(kept) as told:
        told("texts", 0, 2)
        assert told.share is None


def test_a_build_that_failed_keeps_the_seconds_of_the_one_before(tmp_path: Path) -> None:
    kept = tmp_path / "work.duckdb.seconds"
    kept.write_text('{"texts": 7.0}')
    with pytest.raises(ValueError, match="broken"), progress.Told(kept) as told:
        told("texts", 0, 2)
        told("credits", 1, 2)
        raise ValueError("broken")
    assert json.loads(kept.read_text()) == {"texts": 7.0}
