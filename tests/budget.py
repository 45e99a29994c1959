"""This module owns the time budgets of the test folders: what each may take, and a table of what it took."""

from collections import defaultdict
from pathlib import Path

import pytest

# Seconds of three processes on two cores, waiting included; measured there, with a quarter on top.
BUDGET_SECONDS = {
    "ingest": 900, "analytics": 800, "acceptance": 60, "dashboard": 40, "browser": 180, "faults": 280, "real": 90,
    "tests": 330,
}  # fmt: skip


class Budget:
    """A pytest plugin that adds up durations per folder. It reports, and fails nothing: machines differ."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count set-up, call and tear-down to the folder of the test."""
        parts = Path(report.nodeid.partition("::")[0]).parts
        self.seconds[parts[1] if len(parts) > 2 else "tests"] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line per folder, with a mark where the budget is spent."""
        for folder, seconds in sorted(self.seconds.items()):
            budget = BUDGET_SECONDS.get(folder, 60)
            mark = "" if seconds <= budget else "  OVER BUDGET: make it faster, or move it to make test-long"
            terminalreporter.write_line(f"{folder:<12}{seconds:7.1f} s of {budget} s{mark}")
