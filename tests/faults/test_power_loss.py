"""This module owns the promise that a power cut loses nothing acknowledged: states that a cut can leave, a sample.

The long form tries as many as there is time for: python tests/faults/power.py --help
"""

from pathlib import Path

import pytest
from crashes import Crash, crashes, settled
from running import Ingest
from surveying import recorded, survey
from survivors import Check, drained, published, read_back
from tracing import SKIP_REASON, Said, Trace, Write, recording, works

pytestmark = pytest.mark.skipif(not works(), reason=SKIP_REASON)
SEED = 4
MOMENT = "2026-01-05T08:00:00Z"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """What the journal asks of the disk, from a folder that does not exist yet."""
    return recorded("journal", tmp_path_factory.mktemp("journal") / "it")


def test_a_replay_of_all_steps_is_the_folder_as_it_lies_there(tmp_path: Path):
    trace = recorded("folding", tmp_path / "it")
    image = Crash(trace, len(trace.steps), (1 << len(trace.steps)) - 1).image()
    there = {str(path.relative_to(tmp_path / "it")): path for path in (tmp_path / "it").rglob("*")}
    assert {name for name in there if not name.endswith("-shm")} == set(image)
    assert all(there[name].read_bytes() == data for name, data in image.items() if isinstance(data, bytes))


def test_what_no_sync_covers_may_be_lost_and_what_one_covers_is_there(journal: Trace):
    last = max(number for number, step in enumerate(journal.steps) if isinstance(step, Said))
    write = max(number for number, step in enumerate(journal.steps[:last]) if isinstance(step, Write))
    assert settled(journal, write + 1)[1][-1] == write
    durable, pending = settled(journal, last)
    assert durable >> write & 1 and write not in pending
    assert len(crashes(journal)) > 1000


@pytest.mark.parametrize(("check", "states"), [(read_back, 700), (drained, 8)])
def test_what_the_journal_acknowledged_is_there_once_after_a_cut_at_any_step(journal: Trace, check: Check, states: int):
    done = survey("journal", journal, check, SEED, states_max=states)
    assert (done.faults, done.promises) == ([], 14) and done.tried == states


def test_a_wal_that_is_folded_and_begun_anew_loses_nothing(tmp_path: Path):
    trace = recorded("folding", tmp_path / "it")
    assert survey("folding", trace, read_back, SEED, states_max=250).faults == []


def test_a_cut_in_the_middle_of_a_load_is_mended_from_the_journal(tmp_path: Path):
    trace = recorded("record", tmp_path / "it")
    assert survey("record", trace, drained, SEED, states_max=15).faults == []


def test_the_published_link_never_points_to_a_missing_or_torn_version(tmp_path: Path):
    trace = recorded("publish", tmp_path / "it")
    states = crashes(trace, SEED)
    promised = [at for at, step in enumerate(trace.steps) if isinstance(step, Said)]
    near = [crash for crash in states if any(at - 5 <= crash.at <= at for at in promised)]
    assert len(near) > 40
    assert [fault for crash in near[:40] + states[:20] if (fault := published(crash, tmp_path / "state"))] == []


def test_what_the_server_answered_200_for_is_there_after_a_cut_at_any_step(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {}}, segment_rows_max=4) as ingest:
        receipts = []
        with recording(ingest.run_file["workers"], ingest.settings.journal_dir) as trace:
            for number in range(10):
                answer = ingest.post({"id": f"c{number}", "type": "click", "occurred_at": MOMENT})
                receipts.append(answer.json["receipt"].partition(".")[0])
    assert trace.promises == receipts
    done = survey("server", trace, read_back, SEED, states_max=200)
    assert done.faults == [] and done.tried == 200
