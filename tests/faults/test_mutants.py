"""This module owns the proof that the power-loss suite bites: programs with one promise broken, each is caught."""

from pathlib import Path

import pytest
from surveying import CHECKS, NO_FOLDER_SYNC, recorded, survey
from tracing import SKIP_REASON, works
from writers import BREAKING

pytestmark = pytest.mark.skipif(not works(), reason=SKIP_REASON)
STATES_MAX = 400
MUTANTS = {name: writer for name, (writer, _) in BREAKING.items()} | {NO_FOLDER_SYNC: "journal"}


@pytest.mark.parametrize(
    "mutant", [pytest.param(each, marks=[pytest.mark.long] * (each == "link_before_version")) for each in MUTANTS]
)
def test_a_program_with_one_promise_broken_is_caught(tmp_path: Path, mutant: str):
    writer = MUTANTS[mutant]
    trace = recorded(writer, tmp_path / "it", breaking=mutant)
    done = survey(mutant, trace, CHECKS[writer][0], seed=1, states_max=STATES_MAX, faults_max=1)
    assert done.faults, f"none of {done.tried} states shows that {mutant} loses anything: the suite is blind"
