"""This module owns an answer that waits for the disk: a server that can holds it back, elsewhere the thread waits.

A thread for each request that waits cost more than the request: every one changes hands four times, each with the
interpreter's lock. So our server names somebody who is told (SETTLED), and takes what the application leaves (HELD).
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from ingest.waiting import LATE, Waiting

SETTLED = "whichad.settled"  # in a request's environ: called once the end of its delivery is known
HELD = "whichad.held"  # in the same: the answer, in place of the response that the application returned


class Unsent(Response):
    """A response that nobody sends: it makes no header, which took 20 µs."""

    def __call__(self, _environ: object, start: Callable[..., object]) -> tuple[()]:
        """Say nothing."""
        start("200 OK", [])
        return ()


_UNSENT = Unsent()


@dataclass(frozen=True, slots=True)
class Held:
    """The answer to a delivery that was handed to the journal.

    `answer` makes it: of None once the delivery is on disk, else of the reason why not, a code of REFUSALS.
    """

    waiting: Waiting
    seconds: float
    answer: Callable[[str | None], Response]

    def settled(self) -> Response:
        """The answer when the end is known."""
        return self.answer(self.waiting.failed)

    def late(self) -> Response:
        """The answer when it took too long: what was not promised may be on disk all the same."""
        self.waiting.give_up()
        return self.answer(LATE)

    def leave(self, environ: MutableMapping[str, Any]) -> Response:
        """Leave the answer with the server, which never sends what this returns; or wait, where nobody can hold it."""
        if SETTLED in environ:
            environ[HELD] = self
            return _UNSENT
        return self.settled() if self.waiting.wait(self.seconds) else self.late()
