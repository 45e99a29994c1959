"""This module owns the loop of a machine that only takes webhooks: load the journal, seal it when due, send it."""

import signal
import threading
from datetime import UTC, datetime
from types import FrameType

import duckdb

from ingest import logs
from ingest.archive.seal import is_anything_pending
from ingest.archive.upkeep import Upkeep
from ingest.config import ConfigError, IngestSettings
from ingest.holding import HeldError, hold
from ingest.nodes.schedule import Sending
from ingest.store import Record, RecordError, drain

LOCK_FILE = "refresh.lock"  # the same as the building loop's: one of them holds the record
EVERY_SECONDS = 5.0


class Keeper:
    """Cycles of one node; remembers what it sent."""

    def __init__(self, settings: IngestSettings) -> None:
        """`settings` do not change while it runs. Raises ConfigError where this machine has no name."""
        if settings.nodes.node is None:
            raise ConfigError('This machine is no node: [nodes] needs node = "a" and shared = "…" (docs/nodes.md).')
        self._settings, self._sending = settings, Sending(settings)
        self._upkeep = Upkeep(settings.data_dir, settings.retention, self._sending.is_level)

    def cycle(self, now: datetime, force: bool = False, anew: bool = False) -> list[str]:
        """Load, seal what is due (all there is, by `force`), send (all again, by `anew`); what is wrong. Naive UTC.

        Raises RecordError, duckdb.Error.
        """
        settings = self._settings
        with Record(settings.record_path) as record:
            done = drain(record, settings.journal_dir)
            if force and is_anything_pending(record.connection):
                self._upkeep.seal(record.connection, now)
            wrong = [*done.damaged, *self._upkeep.turn(record.connection, now, drained=not done.more)]
            is_whole = not done.more and not is_anything_pending(record.connection)
        return wrong + self._sending.turn(now, now if is_whole else None, force, anew)


def run(settings: IngestSettings) -> None:
    """Cycle until SIGTERM or Ctrl-C, then seal and send what is left: a node that is stopped owes nothing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        lock = hold(settings.data_dir / LOCK_FILE)
    except HeldError as error:
        raise RecordError(f"A loop already runs on {settings.data_dir} ({error.holder}); one is enough.") from None
    keeper, stopping = Keeper(settings), threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    said: list[str] = []
    while not stopping.is_set():
        said = _told(keeper, said, False)
        stopping.wait(EVERY_SECONDS)
    _told(keeper, said, True)
    lock.close()


def _told(keeper: Keeper, before: list[str], force: bool) -> list[str]:
    """One cycle; what is wrong is said when it is new."""
    try:
        wrong = keeper.cycle(datetime.now(UTC).replace(tzinfo=None), force)
    except duckdb.FatalException:  # ends the process: the supervisor starts it anew
        raise
    except (RecordError, duckdb.Error, OSError) as error:
        wrong = [str(error).splitlines()[0]]
    for each in wrong:
        if each not in before:
            logs.say("node", each)
    return wrong
