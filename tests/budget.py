"""This module owns the suite's time: what each folder may take, a table of what it took, and which files go first."""

from collections import defaultdict
from pathlib import Path

import pytest

# Seconds of four processes on two cores that do nothing else, waiting included: all must fit into 15 minutes with the
# environment that CI makes, so they may not add up to more than 3,400.
BUDGET_SECONDS = {
    "ingest": 635, "analytics": 960, "acceptance": 55, "dashboard": 95, "browser": 750, "faults": 310, "real": 25,
    "tests": 400, "bench": 125,
}  # fmt: skip
# Files that take long go first, or the last worker is still at one of them when the others have nothing left. Those
# that wait for processes (left) take turns with those that reckon (right), so that no core stands idle meanwhile; and
# while the first of the browser's builds the world of all (tests/dashboard_worlds.py), no other one begins. Those come
# together after all of these, because files that a worker has one after the other share its browser.
_WAIT_AND_RECKON = """
tests/test_end_to_end.py                tests/analytics/test_history_causes.py
tests/browser/test_every_page.py        tests/analytics/test_history_file.py
tests/faults/test_files.py              tests/analytics/test_history.py
tests/ingest/test_senders_live.py       tests/analytics/test_refresh.py
tests/test_backup.py                    tests/analytics/test_incremental.py
tests/faults/test_kills.py              tests/test_way.py
tests/faults/test_power_loss.py         tests/analytics/test_fit.py
tests/test_wheel.py                     tests/test_proofs.py
tests/ingest/test_archive_retention.py  tests/analytics/test_money_traps.py
tests/faults/test_injected_errors.py    tests/test_way_told.py
tests/ingest/test_relay.py              tests/analytics/test_evidence.py
tests/faults/test_clock.py              tests/ingest/test_archive.py
tests/ingest/test_fuzz_http.py          tests/ingest/test_fuzz.py
tests/ingest/test_import_kills.py       tests/acceptance/test_arrival.py
tests/faults/test_slow_senders.py       tests/analytics/test_rules_shared.py
tests/ingest/test_forget_live.py        tests/analytics/test_scorecard.py
tests/faults/test_disks.py              tests/analytics/test_explain.py
tests/ingest/test_rotation.py           tests/real/test_upworthy.py
tests/faults/test_stops.py              tests/ingest/test_forget_again.py
tests/faults/test_load.py               tests/analytics/test_interrupting.py
tests/bench/test_smoke.py               tests/analytics/test_republishing.py
tests/ingest/test_nodes_killed.py       tests/ingest/test_nodes_shared.py
tests/ingest/test_profile_packages.py   tests/analytics/test_rules_of_packages.py
tests/faults/test_restart.py            tests/test_containers.py
tests/test_first_webhook.py             tests/bench/test_building.py
tests/test_observing.py                 tests/ingest/test_canary.py
tests/test_doctor.py                    tests/test_backup_dated.py
"""
FIRST = {name: place for place, name in enumerate(_WAIT_AND_RECKON.split())}
LONG_FILE_SECONDS = 30.0


def place(nodeid: str) -> tuple[int, bool]:
    """Where a test's file comes: as listed, then the browser's, then the others."""
    file = nodeid.partition("::")[0]
    return FIRST.get(file, len(FIRST)), not file.startswith("tests/browser/")


class Budget:
    """A pytest plugin that adds up durations per folder. It reports, and fails nothing: machines differ."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.of_files: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count set-up, call and tear-down to the folder of the test."""
        parts = Path(report.nodeid.partition("::")[0]).parts
        self.seconds[parts[1] if len(parts) > 2 else "tests"] += report.duration
        self.of_files["/".join(parts)] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line per folder, with a mark where the budget is spent."""
        for folder, seconds in sorted(self.seconds.items()):
            budget = BUDGET_SECONDS.get(folder, 60)
            mark = "" if seconds <= budget else "  OVER BUDGET: make it faster, or move it to make test-long"
            terminalreporter.write_line(f"{folder:<12}{seconds:7.1f} s of {budget} s{mark}")
        for file, seconds in sorted(self.of_files.items(), key=lambda each: -each[1]):
            if seconds > LONG_FILE_SECONDS and file not in FIRST and not file.startswith("tests/browser/"):
                terminalreporter.write_line(f"{file} took {seconds:.0f} s: let it begin early, see tests/budget.py")
