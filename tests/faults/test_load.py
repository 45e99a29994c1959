"""This module owns the proof that too much at once is refused with a moment to come again, and bounded in memory."""

import random
from pathlib import Path

import pytest
from trial_load import may_slow, overload, stalled_senders


@pytest.mark.skipif(bool(may_slow()), reason=may_slow())
def test_more_than_a_slow_disk_takes_is_a_503_with_retry_after_and_nothing_acknowledged_is_lost(tmp_path: Path):
    tried = overload(tmp_path, random.Random(1), seconds=3, senders=24, items=100)
    assert tried.ok, tried


@pytest.mark.long
def test_honest_senders_are_answered_beside_stalled_ones_and_nothing_of_theirs_is_lost(tmp_path: Path):
    tried = stalled_senders(tmp_path, stalled=90, seconds=0.5)
    assert tried.ok, tried
