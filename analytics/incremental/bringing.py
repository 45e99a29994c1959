"""This module owns the choice of a cycle: by its news where that is sound and worth it, else a full build, and why."""

import time
from dataclasses import dataclass, field, fields
from typing import Any

import duckdb

from analytics.build import CheckFailedError, Inputs, Progress, build
from analytics.config import AnalyticsSettings
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.moves import Moves
from analytics.incremental.refreshing import Limits, refresh_incrementally
from analytics.work.attaching import is_held
from ingest import traces
from ingest.counting import metrics

CHECK_ALL_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Built:
    """How the tables were brought up to date. `why` says why not by the news alone, or is ''.

    `news` and `near` are the rows that came, and those looked at for their sake; the rest counts since the loop began.
    `moves` are those of the marts; None: everything moved.
    """

    full: bool
    why: str
    news: int = 0
    near: int = 0
    full_builds: int = 0
    refreshes: int = 0
    moves: Moves | None = field(default=None, compare=False, repr=False)

    def said(self) -> dict[str, Any]:
        """For `status.json`."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "moves"}


class Builder:
    """Builds, and remembers when everything was last built and checked."""

    def __init__(self, settings: AnalyticsSettings, limits: Limits | None = None) -> None:
        """`settings` do not change while it lives."""
        self._settings, self._limits = settings, limits or Limits()
        self._check_all_at: float | None = None  # None: nothing was built since the loop began
        self._full_builds = self._refreshes = 0

    def bring_up(self, inputs: Inputs, force: bool = False, progress: Progress | None = None) -> Built:
        """Bring work.duckdb up to `inputs`. Raises CheckFailedError, duckdb.Error."""
        began = time.monotonic()
        with traces.span("build"):
            built = self._brought_up(inputs, force, progress)
        metrics.build("full" if built.full else "news", time.monotonic() - began)
        return built

    def _brought_up(self, inputs: Inputs, force: bool, progress: Progress | None) -> Built:
        why = "it was asked for" if force else "the loop began" if self._check_all_at is None else ""
        if not why:
            try:
                return self._refreshed(inputs)
            except NeedsFullBuildError as error:
                why = str(error)
            except CheckFailedError as error:  # of a refresh: whether it is so, a full build says
                why = f"the check {error.check} failed on what is new"
            except duckdb.Error as error:
                if is_held(error):
                    raise
                why = f"the refresh failed ({str(error).splitlines()[0]})"
        build(self._settings.work_path, self._settings.record_path, inputs, progress)
        self._check_all_at = time.monotonic() + CHECK_ALL_SECONDS
        self._full_builds += 1
        return Built(True, why, 0, 0, self._full_builds, self._refreshes)

    def _refreshed(self, inputs: Inputs) -> Built:
        check_all = self._check_all_at is not None and time.monotonic() >= self._check_all_at
        done = refresh_incrementally(
            self._settings.work_path, self._settings.record_path, inputs, self._limits, check_all=check_all
        )
        if check_all:
            self._check_all_at = time.monotonic() + CHECK_ALL_SECONDS
        self._refreshes += 1
        return Built(False, "", done.news, done.near, self._full_builds, self._refreshes, done.moves)
