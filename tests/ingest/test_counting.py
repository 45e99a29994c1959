"""This module owns the promises of the files that parts count in: whose they are, and what survives what."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from running import ROOT, environment

from analytics.status.cycle import Outcome, write_status
from ingest.counting import files, metrics

COUNT = """
import sys
from datetime import datetime
from pathlib import Path
from ingest.counting import metrics
metrics.begin("refresh", Path(sys.argv[1]))
metrics.build("full", 1.0)
print(metrics._own.files is not None, flush=True)
if len(sys.argv) > 2:
    sys.stdin.readline()
"""


def counting_process(data: Path, *more: str) -> "subprocess.Popen[str]":
    """A process that counts a build as the loop does; with `more` it stays."""
    return subprocess.Popen(
        [sys.executable, "-c", COUNT, str(data), *more], cwd=ROOT, env=environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def builds(data: Path) -> float:
    """The builds of all processes, as /metrics would say them."""
    text = files.exposition(data / files.FOLDER, files.Gauges(list)).decode()
    lines = [line for line in text.splitlines() if line.startswith("whichad_build_seconds_count")]
    return float(lines[0].split()[1]) if lines else 0.0


def test_a_part_that_starts_again_goes_on_counting_also_after_a_start_of_ingest(tmp_path: Path):
    for expected in (1.0, 2.0):
        assert counting_process(tmp_path).communicate(timeout=60)[0] == "True\n"
        assert builds(tmp_path) == expected
        files.reserve(tmp_path / files.FOLDER, "w1")
        files.clean(tmp_path / files.FOLDER)  # ingest starts: its own are gone, the loop's are not
        assert builds(tmp_path) == expected
        assert not list((tmp_path / files.FOLDER).glob("*_w1.db"))


def test_a_second_process_of_the_same_part_counts_for_itself_and_spoils_nothing(tmp_path: Path):
    first = counting_process(tmp_path, "stays")
    assert first.stdout is not None and first.stdout.readline() == "True\n"
    assert counting_process(tmp_path).communicate(timeout=60)[0] == "False\n"
    assert builds(tmp_path) == 1.0
    first.communicate("\n", timeout=60)
    assert counting_process(tmp_path).communicate(timeout=60)[0] == "True\n"
    assert builds(tmp_path) == 2.0


@pytest.mark.parametrize("torn", [b"", b"\xff" * 4096, b"\0" * 4096, b"\x40\0\0\0\0\0\0\0\x30\0\0\0" + b"x" * 60])
def test_a_file_that_a_power_cut_tore_is_begun_anew(tmp_path: Path, torn: bytes):
    path = tmp_path / files.FOLDER / "histogram_refresh.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(torn)
    assert counting_process(tmp_path).communicate(timeout=60)[0] == "True\n"
    assert builds(tmp_path) == 1.0
    assert path.stat().st_blocks * 512 >= files.FILE_BYTES


def test_without_a_folder_to_count_in_a_part_works_all_the_same(tmp_path: Path):
    (tmp_path / "run").write_text("no folder")
    assert counting_process(tmp_path).communicate(timeout=60)[0] == "False\n"


def test_a_cycle_that_a_check_kept_from_publishing_is_counted_under_it(tmp_path: Path):
    def failed() -> float:
        return metrics.REGISTRY.get_sample_value("whichad_checks_failed_total", {"check": "money_balances"}) or 0

    before = failed()
    outcome = Outcome(False, "Not published: no.", 0, None)
    write_status(tmp_path, outcome, datetime(2026, 11, 26), 1.0, {"check": "money_balances", "rows": []})  # noqa: DTZ001
    assert failed() == before + 1
