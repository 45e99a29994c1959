"""This module owns builds of only what the history reads, for tests that make one version after the other.

Of a whole build of a tiny world a third goes into marts that nothing of the history is made of: reconciliation,
terms, hours, the scorecard. The first build of a folder makes them, the next ones leave them as they are; whoever looks
at one names it. `WHOLE_BUILDS=1`, and so `make test-long`, makes everything each time.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

from ondemand import WHOLE

from analytics.build import Inputs, Progress, open_work, run_checks, run_model
from analytics.config import AnalyticsSettings
from analytics.incremental import baseline
from analytics.incremental.bringing import Builder, Built
from analytics.inputs.exchange_rates import rates
from analytics.inputs.joined import TABLES, settings_tables
from analytics.plan import CHECKS, MODELS, header, sql
from analytics.work import engine

ROOT = Path(__file__).resolve().parents[1] / "analytics"
# Where the steps made in Python read, and what reads the work file or a version after a build.
_STEPS = ("fit", "maturing", "verdicts", "experiments", "text_lift", "build.py", "settlement.py")
_READERS = ("history", "track_record", "verify.py")
_LEFT_OUT = ("creative_scorecard", "metrics", "maturity_daily", "next_fixes")
_READ = re.compile(r"\b(?:from|join)\s+(\w+)")


class OfHistory(Builder):
    """Builds everything where nothing is built yet, afterwards what the history reads, and the marts named `also`."""

    def __init__(self, settings: AnalyticsSettings, also: Sequence[str] = ()) -> None:
        super().__init__(settings)
        self._also = tuple(also)

    def bring_up(self, inputs: Inputs, force: bool = False, progress: Progress | None = None) -> Built:
        """Like the loop's own, but in part. Raises CheckFailedError, duckdb.Error."""
        if WHOLE or not self._settings.work_path.exists():
            return super().bring_up(inputs, force, progress)
        with closing(open_work(self._settings.work_path)) as connection:
            engine.limit(connection, self._settings.refresh)
            quoted = str(self._settings.record_path).replace("'", "''")
            connection.execute(f"attach '{quoted}' as record (read_only)")
            baseline.forget(connection)
            settings_tables(connection, self._settings, rates(self._settings))
            made = _made(self._also)
            for model in MODELS:
                if model.removesuffix("()") in made:
                    run_model(connection, model, inputs)
            run_checks(connection, inputs, _checks(made))
            connection.execute("detach record")
            connection.execute("checkpoint")
        return Built(True, "a test asked for the part that the history reads")


@cache
def _made(also: tuple[str, ...]) -> frozenset[str]:
    """The models to make: what is read, what that is made of, and the steps made in Python, but for slow marts."""
    steps = {model.removesuffix("()") for model in MODELS if model.endswith("()")} - {*_LEFT_OUT}
    made, due = set[str](), {*_read(_STEPS + _READERS), "creatives", *also} | steps
    while due:
        table = due.pop()
        made.add(table)
        if f"{table}()" not in MODELS:
            due |= ({*header(sql("models", table)).reads} & _names()) - made
    return frozenset(made)


def _read(where: Sequence[str]) -> Iterator[str]:
    for place in where:
        folder = ROOT / place
        for path in [folder] if folder.is_file() else [*folder.rglob("*.sql"), *folder.rglob("*.py")]:
            yield from _names().intersection(_READ.findall(path.read_text(encoding="utf-8")))


@cache
def _names() -> frozenset[str]:
    return frozenset(model.removesuffix("()") for model in MODELS)


@cache
def _checks(made: frozenset[str]) -> tuple[str, ...]:
    there = made | {*TABLES}
    return tuple(
        check
        for check in CHECKS
        if {table for table in header(sql("checks", check)).reads if not table.startswith("record.")} <= there
    )
