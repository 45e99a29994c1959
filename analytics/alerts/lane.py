"""This module owns a lane: the thread in which one endpoint is told what is due for it; a dead one delays no other.

A thread begins when something is due and ends when nothing is. After some failures in a row the lane pauses, so that
an endpoint that is away is not asked a hundred times for a hundred events.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from analytics.alerts import channels, deliveries, endpoints, events
from analytics.alerts.deliveries import Attempt, Due
from analytics.alerts.endpoints import Endpoint
from analytics.alerts.patience import next_at_ms
from analytics.alerts.reachable import Network
from analytics.alerts.store import StoreError, now_ms
from ingest.config import ConfigError
from ingest.relaying.patience import Patience

_WAIT_FOR_ALL = frozenset({429, 503})
_SETTLE_AGAIN_SECONDS = 1.0


class Lane:
    """Tells one endpoint, whenever it is nudged; `pause_until` is of `time.monotonic`."""

    def __init__(
        self, data_dir: Path, endpoint_id: str, allowed: Sequence[Network], patience: Patience,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`allowed` are the private networks that may be posted to; `say` hears of what somebody should look at."""
        self._data_dir, self._id, self._allowed, self._patience = data_dir, endpoint_id, allowed, patience
        self._say, self._misses, self._pause_until = say, 0, 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def nudge(self) -> None:
        """Something may be due: go and look, unless it does already, or the endpoint is left alone for now."""
        is_busy = self._thread is not None and self._thread.is_alive()
        if not is_busy and not self._stopping.is_set() and time.monotonic() >= self._pause_until:
            self._thread = threading.Thread(target=self._run, name=f"alerts {self._id}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after the attempt that is on its way."""
        self._stopping.set()

    def join(self, timeout_seconds: float) -> None:
        """Wait for that end."""
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            while due := deliveries.due(self._data_dir, self._id, now_ms()):
                for each in due:
                    if self._stopping.is_set() or time.monotonic() < self._pause_until or not self._told(each):
                        return
        except StoreError as error:  # nothing was sent that is not written down; the next nudge tries again
            self._pause_until = time.monotonic() + self._patience.pauses[0]
            self._say(str(error))
        except Exception as error:  # whatever it is, it must not ask an endpoint every second
            self._pause_until = time.monotonic() + self._patience.pauses[-1]
            self._say(f"an endpoint could not be told ({type(error).__name__}: {error}); trying again")

    def _told(self, due: Due) -> bool:
        """One attempt; False where the endpoint is told no more."""
        event = events.one(self._data_dir, due.event_id)
        try:
            endpoint = endpoints.named(self._data_dir, self._id)
        except ConfigError:  # removed meanwhile
            return False
        if event is None or endpoint.disabled_at is not None:
            return False
        at, began = now_ms(), time.monotonic()
        outcome = channels.tell(event, endpoint, at, self._allowed, self._patience.timeout)
        took_ms = int(1000 * (time.monotonic() - began))
        attempt = self._judged(endpoint, due, outcome, now_ms(), took_ms)
        self._settle(attempt)
        if attempt.disables:
            self._say(f"{endpoint.name} is switched off: {attempt.disables}. "
                      f"whichad alerts endpoints enable {endpoint.name}")  # fmt: skip
        return not attempt.disables

    def _judged(self, endpoint: Endpoint, due: Due, outcome: channels.Outcome, at: int, took_ms: int) -> Attempt:
        """What the outcome means for the delivery and for the endpoint."""
        patience, disables, next_at = self._patience, "", None
        if outcome.ok:
            self._misses = 0
        else:
            since = endpoint.failing_since
            self._misses += 1
            next_at = next_at_ms(patience, due.tries + 1, at, outcome.wait_seconds)
            if outcome.is_gone:
                disables = "it answered 410: it is gone for good"
            elif since is not None and at - since >= patience.give_up * 1000:
                disables = f"it failed for {patience.give_up / 86_400:g} days: {outcome.said or outcome.status}"
            self._rest(outcome)
        return Attempt(due.event_id, self._id, at, outcome.ok, outcome.status, took_ms, outcome.said,
                       None if disables else next_at, disables)  # fmt: skip

    def _rest(self, outcome: channels.Outcome) -> None:
        """Leave the endpoint alone for a while: as long as it asks for, or where it fails again and again."""
        if outcome.status in _WAIT_FOR_ALL and outcome.wait_seconds:
            seconds = min(outcome.wait_seconds, self._patience.steps[-1])
            self._pause_until = time.monotonic() + seconds
        elif self._misses >= self._patience.misses_borne:
            pause = self._patience.pause(self._misses - self._patience.misses_borne + 1)
            self._pause_until = time.monotonic() + pause

    def _settle(self, attempt: Attempt) -> None:
        """Write it down; where the disk takes nothing, wait: what was told would be told again and again."""
        while True:
            try:
                deliveries.settle(self._data_dir, attempt)
                return
            except StoreError as error:
                self._say(str(error))
                if self._stopping.wait(_SETTLE_AGAIN_SECONDS):
                    with suppress(StoreError):
                        deliveries.settle(self._data_dir, attempt)
                    return
