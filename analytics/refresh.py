"""This module owns the loop: drain the record, build, check, publish, say how it went; again and again.

The record is open only while it is drained, so that others can read it between cycles. Nothing changed means
nothing is published. A failed check never publishes: the old version stays, and `status.json` names the check.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from analytics.build import CheckFailedError, Inputs, Progress, open_work
from analytics.config import AnalyticsSettings
from analytics.history.noting import keep, prepare
from analytics.incremental.bringing import Builder, Built
from analytics.incremental.moves import Moves, days_of
from analytics.incremental.recorded import newest, state_of
from analytics.incremental.refreshing import Limits
from analytics.incremental.republishing import Base, base_of
from analytics.inputs.exchange_rates import rates
from analytics.publish import new_version, publish
from analytics.status.cycle import Outcome, write_status
from analytics.work.interrupting import BUILD_STOPPED, GRACE_SECONDS, Interruption
from analytics.work.progress import HISTORY, LOADING, PUBLISHING, unseen
from ingest import logs, traces
from ingest.archive.seal import is_anything_pending
from ingest.archive.upkeep import Upkeep
from ingest.canary.noting import Canaries
from ingest.config import ConfigError
from ingest.counting import metrics
from ingest.holding import HeldError, hold
from ingest.nodes.schedule import Gathering, Sending
from ingest.store import Drained, Record, RecordError, drain
from ingest.store.footing import unreadable

LOCK_FILE = "refresh.lock"
BUSY_SHARE = 3.0  # between two builds pass at least this many times the last one, so that others get the machine
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
REFRESH_SHARE = 0.25  # after a refresh, which takes one core: where there is another, others have that all the time
WAIT_SECONDS_MAX = 20.0
DRAIN_SECONDS_MAX = 2.0
READ_ALL_SECONDS = 3600.0  # 0.1 s per million interactions (one run, idle)


class Refresher:
    """Runs cycles; remembers what the last published version was made of."""

    def __init__(
        self,
        settings: AnalyticsSettings,
        limits: Limits | None = None,
        interruptible: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`limits` say when a refresh by the news is worth it; `interruptible` is around each build and publish."""
        self._settings, self._interruptible = settings, interruptible
        self._canaries = Canaries(settings.data_dir)
        self._gathering, self._sending = Gathering(settings), Sending(settings)
        self._upkeep = Upkeep(settings.data_dir, settings.retention, self._sending.is_level)
        self._builder = Builder(settings, limits)
        self._built_from: tuple[Any, ...] | None = None
        self._base: Base | None = None  # what the next publish can start from
        self._due_at = self._read_at = 0.0
        self._trouble = ""  # of the history, with the newest publish

    def cycle(self, as_of: datetime, force: bool = False, progress: Progress = unseen) -> Outcome:
        """Drain, and build and publish if anything changed and a build is due, or by `force`. `as_of` is naive UTC."""
        settings = self._settings
        progress(LOADING, 0, 0)
        done, wrong, state, received_to = self._loaded(force)
        damaged = "; ".join(filter(None, (*wrong, self._trouble)))
        inputs = Inputs(as_of, settings, received_to, rates(settings))
        made_of = (*state, inputs.today, inputs.rates)
        if made_of == self._built_from and settings.published_link.exists() and not force:
            return self._shown(Outcome(not damaged, damaged or "up to date", done.deliveries, None, done.more))
        started = time.monotonic()
        if started < self._due_at and not force:
            return Outcome(not damaged, damaged or "loading", done.deliveries, None, done.more)
        built = None
        try:
            with self._interruptible():
                base, self._base = self._base, None  # after a cycle that fails, everything is published anew
                base = base if base and base.holds else None
                built = self._builder.bring_up(inputs, force, progress)
                base = base if built.moves is not None else None
                since = (base.version, built.moves or {}) if base else None
                version = self._published(inputs, progress, not done.more, since)
                if not self._trouble:
                    self._base = base_of(settings.published_link, settings.work_path, base)
        finally:  # a build that failed took its time, too
            self._due_at = time.monotonic() + min(share(built) * (time.monotonic() - started), WAIT_SECONDS_MAX)
        logs.event("published", version=version, load_id=state[0], kind="full" if built.full else "news")
        self._built_from = made_of
        damaged = "; ".join(filter(None, (*wrong, self._trouble)))
        sentence = damaged or f"published {version}"
        return self._shown(Outcome(not damaged, sentence, done.deliveries, version, done.more, built))

    def _shown(self, outcome: Outcome) -> Outcome:
        """What was loaded is on the page: so is what the canaries stand for, where all of it could be read."""
        if outcome.ok:
            self._canaries.visible()
        return outcome

    def _loaded(self, force: bool) -> tuple[Drained, list[str], tuple[Any, ...], datetime | None]:
        """Gather, drain, keep the archive up, send it: what was drained, what is wrong, and how the record stands."""
        settings, now = self._settings, utc_now()
        ungathered = self._gathering.turn(force)
        self._canaries.look()
        with Record(settings.record_path) as record:
            self._read_all(record.connection)
            done = drain(record, settings.journal_dir, None if force else DRAIN_SECONDS_MAX)
            unkept = self._upkeep.turn(record.connection, utc_now(), drained=not done.more)
            is_whole = not done.more and not is_anything_pending(record.connection)
            state, received_to = state_of(record.connection), newest(record.connection)
        if not done.more:
            self._canaries.loaded()
        unsent = self._sending.turn(now, now if is_whole else None)
        rebuilt = [record.rebuilt] if record.rebuilt else []
        return done, [*rebuilt, *ungathered, *done.damaged, *unkept, *unsent], state, received_to

    def pause(self, every_seconds: float) -> float:
        """How long to wait for the next cycle: till a build is due again, and no longer than usual."""
        left = self._due_at - time.monotonic()
        return min(left, every_seconds) if left > 0 else every_seconds

    def _published(self, inputs: Inputs, progress: Progress, settled: bool, since: tuple[Path, Moves] | None) -> str:
        """The new version. A broken history never keeps one back: it is said until the next one."""
        settings, version = self._settings, new_version(inputs.as_of)
        with closing(open_work(settings.work_path)):  # opened once: each time takes 25 ms of the processor
            progress(HISTORY, 0, 0)
            note = prepare(inputs, version, settled, days_of(since[1]) if since else None)
            progress(PUBLISHING, 0, 0)
            with traces.span("publish", version=version):
                publish(settings.work_path, settings.published_link, inputs.as_of, version, since)
        said = keep(note)
        self._trouble = said and f"published {version}, but {said}"
        return version

    def _read_all(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Now and then read every block: DuckDB checks one only when it is read. Raises duckdb.Error for damage."""
        if time.monotonic() >= self._read_at:
            self._read_at = time.monotonic() + READ_ALL_SECONDS
            if why := unreadable(connection):
                raise duckdb.IOException(why)

    def guarded_cycle(self, as_of: datetime, force: bool = False, progress: Progress = unseen) -> Outcome:
        """A cycle whose failure is an outcome, too, and is written to `status.json`."""
        started = time.monotonic()
        try:
            with traces.span("cycle"):
                outcome = self.cycle(as_of, force, progress)
            failed: dict[str, Any] = {}
        except CheckFailedError as error:
            outcome = Outcome(False, f"Not published: {str(error).rstrip('.')}. The version before it stays.", 0, None)
            failed = {"check": error.check, "rows": [[str(v) for v in row] for row in error.rows[:20]]}
        except (RecordError, ConfigError, duckdb.Error, OSError) as error:
            outcome = Outcome(False, f"Not published: {str(error).rstrip('.')}. The version before it stays.", 0, None)
            failed = {"error": type(error).__name__}
        seconds = round(time.monotonic() - started, 3)
        write_status(self._settings.data_dir, outcome, as_of, seconds, failed)
        return outcome


def run(settings: AnalyticsSettings) -> None:
    """Cycle until SIGTERM or Ctrl-C. A DuckDB that broke fatally ends the process: the supervisor starts it anew."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        lock = hold(settings.data_dir / LOCK_FILE)
    except HeldError as error:
        raise RecordError(f"The loop already runs on {settings.data_dir} ({error.holder}); one is enough.") from None
    logs.begin("refresh", settings.logs)
    traces.begin("refresh", settings.traces)
    metrics.begin("refresh", settings.data_dir)
    interruption = Interruption(lambda: f"refresh: {BUILD_STOPPED}", lambda: None, GRACE_SECONDS)
    with interruption.listening():
        _cycles(
            Refresher(settings, interruptible=interruption.building), interruption.asked, settings.refresh.every_seconds
        )
    traces.end()
    lock.close()


def _cycles(refresher: Refresher, stopping: threading.Event, every_seconds: float) -> None:
    said = ""
    while not stopping.is_set():
        outcome = refresher.guarded_cycle(utc_now())
        if not outcome.ok and outcome.sentence != said:
            _say(outcome.sentence)
        said = "" if outcome.ok else outcome.sentence
        if "FATAL" in outcome.sentence or "must be restarted" in outcome.sentence:
            sys.exit(1)
        stopping.wait(0.0 if outcome.more else refresher.pause(every_seconds))


def _say(sentence: str) -> None:
    logs.say("refresh", sentence)


def share(built: Built | None, cores: int = CORES) -> float:
    """How many times as long as a build took (None: one that failed) the loop lets others have the machine."""
    return REFRESH_SHARE if built and not built.full and cores > 1 else BUSY_SHARE


def utc_now() -> datetime:
    """The moment as of which a cycle counts, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
