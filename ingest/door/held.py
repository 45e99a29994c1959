"""This module owns an answer that waits for the disk: a server that can holds it back, elsewhere the thread waits.

A thread for each request that waits cost more than the request: every one changes hands four times, each with the
interpreter's lock. So our server names somebody who is told once the end is known (`listening/straight.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.door.answers import Answer
from ingest.segments.waiting import LATE, Waiting


@dataclass(frozen=True, slots=True)
class Held:
    """The answer to a delivery that was handed to the journal.

    `answer` makes it: of None once the delivery is on disk, else of the reason why not, a code of REFUSALS.
    """

    waiting: Waiting
    seconds: float
    answer: Callable[[str | None], Answer]

    def settled(self) -> Answer:
        """The answer when the end is known."""
        return self.answer(self.waiting.failed)

    def late(self) -> Answer:
        """The answer when it took too long: what was not promised may be on disk all the same."""
        self.waiting.give_up()
        return self.answer(LATE)

    def waited(self) -> Answer:
        """The answer after waiting for the end on this thread, where nobody can hold it."""
        return self.settled() if self.waiting.wait(self.seconds) else self.late()
