"""This module owns the alerts' process: it looks whenever something new is published, and by the clock, and tells.

Without an endpoint it only waits for one, and loads nothing. With one it looks at most every few seconds, on one
thread, so that the loop keeps the machine; events go out in a lane per endpoint.
"""

import signal
import threading
import time
from collections.abc import Callable

from analytics.alerts import endpoints, events
from analytics.alerts.deliveries import waiting_endpoints
from analytics.alerts.lane import Lane
from analytics.alerts.patience import SPECIFIED
from analytics.alerts.reachable import networks
from analytics.alerts.store import StoreError, now_ms
from analytics.config import AnalyticsSettings
from ingest import logs
from ingest.holding import HeldError, hold
from ingest.relaying.patience import Patience

LOCK = "alerts.lock"
TICK_SECONDS = 1.0
LOOK_SECONDS = 15.0  # between two looks at new versions
CLOCK_SECONDS = 60.0  # between two looks where nothing new is published: staleness and silence come by the clock
SHARE = 20.0  # and between two looks pass so many times the last one
STOP_SECONDS = 25.0  # the supervisor kills after 40; a webhook has 20 to answer
PRUNE_SECONDS = 3600.0
SAY_AGAIN_SECONDS = 3600.0


class Teller:
    """Looks and tells until it is stopped."""

    def __init__(
        self, settings: AnalyticsSettings, patience: Patience = SPECIFIED, look_seconds: float = LOOK_SECONDS
    ) -> None:
        """`patience` is the schedule of every delivery."""
        self._settings, self._patience, self._look_seconds = settings, patience, look_seconds
        self._allowed = networks(settings.alerts.allow_private)
        self._lanes: dict[str, Lane] = {}
        self._stopping, self._started_at = threading.Event(), now_ms()
        self._seen: str | None = ""  # the version that was looked at last; None: nobody is left to tell
        self._looked_at, self._took = -CLOCK_SECONDS, 0.0
        self._pruned_at = -PRUNE_SECONDS
        self._said: dict[str, float] = {}

    def stop(self) -> None:
        """Let `run` return once what is on its way was answered."""
        self._stopping.set()

    def run(self) -> None:
        """Look and tell until `stop`; a second process on the same data waits for the end of the first."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        while not self._stopping.is_set():
            try:
                lock = hold(self._settings.data_dir / LOCK)
                break
            except HeldError as error:
                self._tell(f"another process ({error.holder}) tells what is new of this data; waiting for its end")
                self._stopping.wait(TICK_SECONDS)
        else:
            return
        with lock:
            try:
                while not self._stopping.is_set():
                    self._turn()
                    self._stopping.wait(TICK_SECONDS)
            finally:
                self._end()

    def _turn(self) -> None:
        try:
            if endpoints.listed(self._settings.data_dir):
                self._look()
                self._nudge()
                self._prune()
            elif self._seen is not None:
                events.forget_said(self._settings.data_dir)
                self._seen = None
        except (StoreError, OSError) as error:
            self._tell(str(error))

    def _look(self) -> None:
        """Ask every rule, if something new is published or it is time."""
        link, since = self._settings.published_link, time.monotonic() - self._looked_at
        current = str(link.resolve()) if link.exists() else "nothing"
        wait = CLOCK_SECONDS if current == self._seen else self._look_seconds
        if since < max(wait, SHARE * self._took):
            return
        from analytics.alerts.evaluating import evaluate  # it loads DuckDB: for the first endpoint, and not before

        began = time.monotonic()
        try:
            for event in evaluate(self._settings, now_ms(), self._started_at, self._tell):
                _say(event.sentence.splitlines()[0])
            self._seen = current
        finally:  # a look that failed took its time, too
            self._looked_at = time.monotonic()
            self._took = self._looked_at - began

    def _nudge(self) -> None:
        """Wake the lane of every endpoint for which something is due."""
        for endpoint_id in waiting_endpoints(self._settings.data_dir, now_ms()):
            if endpoint_id not in self._lanes:
                self._lanes[endpoint_id] = Lane(
                    self._settings.data_dir, endpoint_id, self._allowed, self._patience, self._tell
                )
            self._lanes[endpoint_id].nudge()

    def _prune(self) -> None:
        if time.monotonic() - self._pruned_at > PRUNE_SECONDS:
            self._pruned_at = time.monotonic()
            events.prune(self._settings.data_dir, now_ms() - self._settings.alerts.keep_days * 86_400_000)

    def _end(self) -> None:
        for lane in self._lanes.values():
            lane.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for lane in self._lanes.values():
            lane.join(max(0.1, deadline - time.monotonic()))

    def _tell(self, sentence: str) -> None:
        """Say what is new; the same again is no news for an hour."""
        now = time.monotonic()
        if now - self._said.get(sentence, -SAY_AGAIN_SECONDS) >= SAY_AGAIN_SECONDS:
            self._said = {said: at for said, at in self._said.items() if now - at < SAY_AGAIN_SECONDS} | {sentence: now}
            _say(sentence)


def stop_on_signals(stop: Callable[[], None]) -> None:
    """End by SIGTERM and Ctrl-C as by `stop`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _say(sentence: str) -> None:
    logs.say("alerts", sentence, "info")
