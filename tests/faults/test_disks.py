"""This module owns the proof that a disk that takes nothing costs nobody anything: full, nearly full, read-only."""

import random
from pathlib import Path

import pytest
from trial_disks import INGEST, disk_full, may_mount, nearly_full, read_only_for_a_while


@pytest.fixture
def mountable(tmp_path: Path) -> Path:
    """A folder in which small disks can be mounted."""
    if reason := may_mount(tmp_path):
        pytest.skip(reason)
    return tmp_path / "product"


def test_a_full_disk_is_a_503_and_what_follows_is_taken_without_help(mountable: Path):
    tried = disk_full(mountable, random.Random(1), times=1, parts=INGEST)
    assert tried.ok, tried


def test_room_that_is_to_be_kept_is_kept_and_deliveries_are_taken_again_once_there_is_more(mountable: Path):
    tried = nearly_full(mountable, times=1)
    assert tried.ok, tried


@pytest.mark.long
def test_a_folder_that_is_read_only_is_a_503_or_a_start_refused_by_name_and_nothing_is_lost(mountable: Path):
    tried = read_only_for_a_while(mountable, times=1, parts=INGEST)
    assert tried.ok, tried
