"""This module owns the threads that post: a queue and a connection each, every sender on one of them.

A sender's deliveries so arrive in their order, and a full queue holds the generator back: memory is bounded.
"""

import threading
from collections.abc import Callable, Mapping
from queue import Empty, Full, Queue
from types import TracebackType

from ingest.world.batches import Delivery
from ingest.world.post import Answer, Line, StoppedError

LINES = 2
QUEUED_MAX = 8  # deliveries waiting per line
REPEATED_SHARE = 0.02  # of webhooks: the platform did not see our answer
PATIENCE_SECONDS = 0.1  # how long anything here waits before it looks whether to stop

Acknowledged = Callable[[Delivery, Answer, Answer | None], None]


class Lines:
    """Posts deliveries while it is open (`with`); leaving waits for what is queued, unless `stop` is set.

    `acknowledged` is called in a posting thread with each delivery, its answer, and that to its repeat if any.
    """

    def __init__(
        self,
        base_url: str,
        secrets: Mapping[str, str],
        acknowledged: Acknowledged,
        clock: Callable[[], float],
        stop: threading.Event,
        give_up_seconds: float,
    ) -> None:
        self._secrets, self._acknowledged, self._stop = secrets, acknowledged, stop
        self._halt = threading.Event()  # ours; `stop` is the caller's
        self._failure: Exception | None = None
        self._queues: list[Queue[Delivery | None]] = [Queue(maxsize=QUEUED_MAX) for _ in range(LINES)]
        lines = [Line(base_url, clock, self._halt, give_up_seconds) for _ in range(LINES)]
        self._threads = [
            threading.Thread(target=self._work, args=each, daemon=True)
            for each in zip(self._queues, lines, strict=True)
        ]
        self._line_of = {name: number % LINES for number, name in enumerate(secrets)}

    def __enter__(self) -> "Lines":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises what a posting thread failed of, PostError above all."""
        if error is not None or self._stop.is_set():
            self._halt.set()
        for queue in self._queues:
            self._hand(queue, None)
        for thread in self._threads:
            while thread.is_alive():
                thread.join(PATIENCE_SECONDS)
                if self._stop.is_set():
                    self._halt.set()
        if error is None and self._failure is not None:
            raise self._failure

    @property
    def ended(self) -> bool:
        """Whether nothing more will be posted: asked to stop, or failed."""
        return self._stop.is_set() or self._halt.is_set()

    def put(self, delivery: Delivery) -> None:
        """Hand a delivery to its line, waiting while that is busy; dropped once this has ended."""
        self._hand(self._queues[self._line_of[delivery.sender]], delivery)

    def _hand(self, queue: Queue[Delivery | None], delivery: Delivery | None) -> None:
        while not self.ended:
            try:
                queue.put(delivery, timeout=PATIENCE_SECONDS)
            except Full:
                continue
            return

    def _work(self, queue: Queue[Delivery | None], line: Line) -> None:
        try:
            while not self._halt.is_set():
                try:
                    delivery = queue.get(timeout=PATIENCE_SECONDS)
                except Empty:
                    continue
                if delivery is None:
                    return
                self._post(line, delivery)
        except StoppedError:
            return
        except Exception as error:
            self._failure = error  # raised again in the thread that opened us
            self._halt.set()
        finally:
            line.close()

    def _post(self, line: Line, delivery: Delivery) -> None:
        secret = self._secrets[delivery.sender]
        answer = line.post(delivery, secret)
        again = int(delivery.message_id[4:12], 16) < REPEATED_SHARE * 2**32
        self._acknowledged(delivery, answer, line.post(delivery, secret) if again else None)
