"""This module owns a lane: the thread that delivers for one sender, in the order of receipt, and its patience.

A target that cannot be reached pauses its lane, and keeps the order. A delivery that fails otherwise is tried again
by itself, later, while the next ones go on. Several failures in a row pause the lane, too. One lane has one
connection and waits for each answer: a target that needs 100 ms takes 10 deliveries a second.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from ingest.counting import metrics
from ingest.door.keeping import receipt
from ingest.relaying.book import Book, Outcome, Unsent
from ingest.relaying.forward import Messenger, Said, UnansweredError, UnreachableError, UnspeakableError
from ingest.relaying.kept import UnreadableError, fetch, outgoing
from ingest.relaying.patience import Patience
from ingest.relaying.target import Target, target
from ingest.segments.segment import Delivery
from ingest.senders.origin import Origin

BATCH = 32
IDLE_SECONDS = 0.2
SETTLE_SECONDS = 0.1  # so much of what was delivered may be delivered again after a kill


class Lane:
    """Delivers for one sender until it is stopped; `broken` is what ended it against its will."""

    def __init__(
        self, journal: Path, book: Book, origin: Origin, patience: Patience, say: Callable[[str], None]
    ) -> None:
        """`say` hears of what changes: away, back again, given up."""
        self.broken: Exception | None = None
        self._journal, self._book, self._patience, self._say = journal, book, patience, say
        self._origin, self._pointed_to = origin, ""
        self._to: Target | None = None
        self._messenger: Messenger | None = None
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._misses, self._paused_until, self._said = 0, 0.0, ""
        self._thread = threading.Thread(target=self._run, name=f"relay {origin.name}", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def join(self, timeout_seconds: float) -> None:
        """Wait for the end that `stop` asked for."""
        self._thread.join(timeout_seconds)

    def point(self, origin: Origin) -> None:
        """Go on with these settings of the sender; another address is tried at once."""
        self._origin = origin

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    def stop(self) -> None:
        """End after the delivery that is on its way."""
        self._stopping.set()
        self._wake.set()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                self._turn()
                seconds = self._paused_until - time.monotonic()
                if seconds > 0:
                    self._stopping.wait(min(seconds, IDLE_SECONDS))
                elif not self._deliver_batch():
                    self._wake.wait(IDLE_SECONDS)
        except Exception as error:  # the process ends by it, and is started again
            self.broken = error
        finally:
            if self._messenger:
                self._messenger.close()

    def _turn(self) -> None:
        """Take up an address that changed."""
        url = self._origin.sender.relay_to or ""
        if url == self._pointed_to:
            return
        if self._messenger:
            self._messenger.close()
        self._pointed_to, self._messenger, self._to = url, None, None
        self._misses, self._paused_until = 0, 0.0
        try:
            self._to = target(url)
            self._messenger = Messenger(self._to, self._patience.timeout)
        except ValueError as error:
            self._tell(f"{error}: mend it in whichad.toml; what comes waits")

    def _deliver_batch(self) -> bool:
        """Deliver what is due now; whether there was anything."""
        if self._messenger is None:
            return False
        batch = self._book.due(self._origin.name, _now(), BATCH)
        deliveries = fetch(self._journal, [unsent.place for unsent in batch])
        outcomes: list[Outcome] = []
        settled_at = time.monotonic()
        try:
            for unsent in batch:
                if self._stopping.is_set() or self._paused_until > time.monotonic():
                    break
                outcome = self._timed(self._messenger, unsent, deliveries[unsent.place])
                if outcome is None:
                    break
                outcomes.append(outcome)
                if time.monotonic() - settled_at > SETTLE_SECONDS:
                    self._book.settle(self._origin.name, outcomes)
                    outcomes, settled_at = [], time.monotonic()
        finally:
            if outcomes:
                self._book.settle(self._origin.name, outcomes)
        return bool(batch)

    def _timed(self, messenger: Messenger, unsent: Unsent, found: Delivery | UnreadableError) -> Outcome | None:
        """One try, counted."""
        began = time.monotonic()
        outcome = self._attempt(messenger, unsent, found)
        is_over = outcome is not None and outcome.due_at is None
        result = ("given_up" if outcome and outcome.error else "delivered") if is_over else "failed"
        metrics.outgoing("relay", result, time.monotonic() - began)
        return outcome

    def _attempt(self, messenger: Messenger, unsent: Unsent, found: Delivery | UnreadableError) -> Outcome | None:
        """One try; None where the target cannot be reached, which is not the delivery's fault."""
        if isinstance(found, UnreadableError):
            return self._failed(unsent, str(found), may_pass=not found.forever)
        try:
            said = messenger.send(outgoing(found, self._origin), receipt(found))
        except UnreachableError as error:
            self._unreachable(str(error))
            return None
        except UnspeakableError as error:
            return self._failed(unsent, str(error), may_pass=False)
        except orjson.JSONDecodeError:
            return self._failed(unsent, "what was kept of its request is damaged", may_pass=False)
        except UnansweredError as error:
            return self._missed(unsent, str(error), None)
        if said.is_delivered:
            return self._delivered(unsent)
        error_text = f"it answered {said.status}" + (" (redirects are not followed)" if said.status // 100 == 3 else "")
        if said.may_pass:
            return self._missed(unsent, error_text, said)
        self._misses = 0
        return self._failed(unsent, error_text, may_pass=False)

    def _delivered(self, unsent: Unsent) -> Outcome:
        if self._misses >= self._patience.misses_borne or self._said:
            self._say(f"{self._name} takes deliveries")
        self._misses, self._said = 0, ""
        return Outcome(unsent, _now())

    def _missed(self, unsent: Unsent, error: str, said: Said | None) -> Outcome:
        """A failure that may be the target's or the delivery's: the delivery waits, several in a row pause the lane."""
        self._misses += 1
        wait = min(said.wait_seconds, self._patience.steps[-1]) if said and said.wait_seconds is not None else None
        if said and said.is_for_all and wait is not None:
            self._paused_until = time.monotonic() + wait
        elif self._misses >= self._patience.misses_borne:
            self._paused_until = time.monotonic() + self._patience.pause(self._misses - self._patience.misses_borne + 1)
            self._tell(f"{self._name}: {error}; deliveries wait")
        return self._failed(unsent, error, may_pass=True, wait_seconds=wait)

    def _failed(self, unsent: Unsent, error: str, may_pass: bool, wait_seconds: float | None = None) -> Outcome:
        at, first_at = _now(), unsent.tried_first_at
        is_old = first_at is not None and at - first_at >= self._patience.give_up * 1e6
        if may_pass and not is_old:
            seconds = self._patience.step(unsent.tries + 1) if wait_seconds is None else wait_seconds
            return Outcome(unsent, at, error, at + int(seconds * 1e6))
        self._tell(f"{self._name}: a delivery is given up: {error}. whichad ingest relay retry {self._origin.name}")
        return Outcome(unsent, at, error)

    def _unreachable(self, error: str) -> None:
        self._misses += 1
        self._paused_until = time.monotonic() + self._patience.pause(self._misses)
        given_up = self._book.unanswered(self._origin.name, error, _now(), int(self._patience.give_up * 1e6))
        self._tell(f"{self._name}: {error}; deliveries wait")
        if given_up:
            self._say(f"{self._name}: {error}; {given_up} deliveries are given up")

    @property
    def _name(self) -> str:
        return f"{self._origin.name} → {self._to.name if self._to else 'relay_to'}"

    def _tell(self, sentence: str) -> None:
        """Say what is new; the same again is no news."""
        if sentence != self._said:
            self._said = sentence
            self._say(sentence)


def _now() -> int:
    return time.time_ns() // 1000
