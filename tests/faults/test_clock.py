"""This module owns the proof that a clock set forth or back loses nothing, doubles nothing and reorders no journal."""

import random
from pathlib import Path

import pytest
from trial_clock import HOUR, clock_jumps, may_jump


@pytest.mark.skipif(bool(may_jump()), reason=may_jump())
def test_a_clock_that_jumps_back_and_forth_changes_neither_what_is_kept_nor_its_order(tmp_path: Path):
    tried = clock_jumps(tmp_path, random.Random(1), (-HOUR, -26 * HOUR, -400, 0), parts=("ingest", "serve"))
    assert tried.ok, tried


@pytest.mark.skipif(bool(may_jump()), reason=may_jump())
def test_what_was_received_while_the_clock_was_ahead_is_published_once_it_is_right_again(tmp_path: Path):
    tried = clock_jumps(tmp_path, random.Random(1), (HOUR, -HOUR, 0), parts=("ingest", "serve"))
    assert tried.ok, tried
