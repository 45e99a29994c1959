"""This module owns drop folders: what stops growing is imported and moved, with the reason beside what was refused."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from importing import Office
from running import ROOT, environment

GOOD = "day,network,ad_id,cost\n2025-11-20,facebook,1202,12.34\n"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One with a sender for spend, and a folder that things are dropped into."""
    office = Office(tmp_path, spend={"profile": "spend_csv"}, taboola={"profile": "taboola_items"})
    (tmp_path / "drop" / "spend").mkdir(parents=True)
    return office


def once(office: Office, *more: str) -> Result:
    return office.run("--watch", str(office.folder / "drop"), "--once", "--every", "0.1", *more)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def test_what_was_dropped_is_imported_and_moved_and_the_bad_ones_say_why(office: Office):
    drop = office.folder / "drop"
    office.file("drop/spend/good.csv", GOOD)
    office.file("drop/spend/bad.csv", "x,y\n1,2\n")
    office.file("drop/spend/half.csv", GOOD + "2025-11-20,facebook,1203,much\n")
    office.file(
        "drop/taboola/items-2025-11-20.json", '{"results": [{"item": 7, "item_name": "Quiet SUVs", "spent": 2.5}]}'
    )
    told = once(office)
    assert told.exit_code == 1
    assert names(drop) == [
        "done/spend/good.csv", "done/spend/half.csv", "done/spend/half.csv.txt", "done/taboola/items-2025-11-20.json",
        "failed/spend/bad.csv", "failed/spend/bad.csv.txt",
    ]  # fmt: skip
    assert "Columns found: x, y" in (drop / "failed/spend/bad.csv.txt").read_text(encoding="utf-8")
    assert "bad_value (cost)" in (drop / "done/spend/half.csv.txt").read_text(encoding="utf-8")
    assert [(row[6], str(row[10])) for row in office.reports()] == [("1202", "12.340000"), ("7", "2.500000")]
    assert once(office).exit_code == 0  # nothing is left to take


def test_what_is_not_meant_is_left_alone_and_said_once(office: Office):
    outside = office.file("outside.csv", GOOD)
    for name in ("drop/nobody/a.csv", "drop/spend/a.csv.part", "drop/spend/.hidden.csv"):
        office.file(name, GOOD)
    (office.folder / "drop/spend/link.csv").symlink_to(outside)
    told = once(office)
    assert told.exit_code == 0
    assert names(office.folder / "drop") == ["nobody/a.csv", "spend/.hidden.csv", "spend/a.csv.part", "spend/link.csv"]
    assert told.stderr.count("there is no sender 'nobody'") == told.stderr.count("a.csv.part is left alone") == 1


def test_a_flat_folder_belongs_to_one_sender_and_a_name_that_is_taken_is_kept(office: Office):
    flat = office.folder / "flat"
    for text in (GOOD, GOOD.replace("12.34", "13.00")):
        office.file("flat/a.csv", text)
        told = office.run("--watch", str(flat), "--sender", "spend", "--once", "--every", "0.1")
        assert told.exit_code == 0, told.stderr
    assert names(flat) == ["done/spend/a-2.csv", "done/spend/a.csv"]
    assert [str(row[10]) for row in office.reports()] == ["13.000000"]


def test_a_file_is_taken_once_it_stopped_growing_and_ctrl_c_ends_the_watch(office: Office):
    drop = office.folder / "drop"
    command = [
        sys.executable,
        "-m",
        "ingest",
        "import",
        "--watch",
        str(drop),
        "--every",
        "0.4",
        "--config",
        str(office.config),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None and "watching" in process.stderr.readline()
        path = office.file("drop/spend/a.csv", GOOD)
        for n in range(12):  # for longer than two looks
            time.sleep(0.1)
            with path.open("a", encoding="utf-8") as file:
                file.write(f"2025-11-21,facebook,{n},1.00\n")
            assert path.exists()
        deadline = time.monotonic() + 30
        while path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0 and "stopped" in said
    assert names(drop) == ["done/spend/a.csv"]
    assert len(office.reports()) == 13
