"""This module owns the playing of a world: its parcels become signed webhooks, history fast, then live."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.world.batches import ITEMS_MAX, Delivery, Packer
from ingest.world.days import moment_of, ms_of
from ingest.world.ledger import Ledger
from ingest.world.lines import Lines
from ingest.world.post import Answer
from ingest.world.stream import World


@dataclass(frozen=True)
class Played:
    """What has been acknowledged so far. `items` counts what the deliveries held; repeats of deliveries are
    in `repeated` only, `accepted` and `quarantined` are ingest's own words about the first ones.
    """

    items: int = 0
    deliveries: int = 0
    repeated: int = 0
    retries: int = 0
    accepted: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class Progress:
    """Where a player is: in the "history" or "live" phase, at a simulated moment, `fraction` of the history done."""

    phase: str
    moment: datetime
    fraction: float
    played: Played


class Player:
    """Plays a world against one ingest. `ledger` accounts for every acknowledged item.

    `secrets` maps each sender's name to its `whsec_` secret. Set `stop` to end either phase soon. `progress`
    is called in the playing thread, after each delivery or live tick.
    """

    def __init__(
        self,
        world: World,
        base_url: str,
        secrets: Mapping[str, str],
        *,
        stop: threading.Event | None = None,
        progress: Callable[[Progress], None] | None = None,
        clock: Callable[[], float] = time.time,
        give_up_seconds: float = 60.0,
        items_max: int = ITEMS_MAX,
    ) -> None:
        self.world = world
        self.stop = stop or threading.Event()
        self.ledger = Ledger(world.zone)
        self.played = Played()
        self._secrets = {sender.name: secrets[sender.name] for sender in world.senders}
        self._base_url, self._clock, self._give_up_seconds = base_url, clock, give_up_seconds
        self._progress = progress or (lambda _: None)
        self._items_max = items_max
        self._lock = threading.Lock()

    def play_history(self, until: datetime, since: datetime | None = None) -> Played:
        """Post everything sent in [since, until) as fast as it is taken; `since` is the world's begin.

        Raises PostError where ingest refuses a delivery or does not answer for `give_up_seconds`.
        """
        since = since or self.world.begin
        packer = Packer(self.world.senders, self._items_max)
        with self._lines() as lines:
            for parcel in self.world.items_between(since, until):
                for delivery in packer.add(parcel):
                    lines.put(delivery)
                    fraction = (parcel.send_at - ms_of(since)) / max(ms_of(until) - ms_of(since), 1)
                    self._progress(Progress("history", moment_of(parcel.send_at), fraction, self.played))
                if lines.ended:
                    return self.played
            for delivery in packer.flush():
                lines.put(delivery)
        self._progress(Progress("history", until, 1.0, self.played))
        return self.played

    def play_live(
        self,
        since: datetime,
        *,
        rate: float = 5.0,
        tick_seconds: float = 1.0,
        report_every_seconds: float = 60.0,
        until: datetime | None = None,
    ) -> Played:
        """Post from `since` on what the clock has passed, about `rate` items/s, until `stop` or `until`.

        Raises as `play_history` does; a player with a long `give_up_seconds` outlives restarts of ingest.
        """
        world = self.world.boosted(since, rate)
        due = _Due(world, since, timedelta(seconds=report_every_seconds), self._items_max)
        with self._lines() as lines:
            while not lines.ended:
                now = moment_of(round(self._clock() * 1000))
                end = min(now, until) if until else now
                for delivery in due.until(end):
                    lines.put(delivery)
                self._progress(Progress("live", end, 1.0, self.played))
                if (until and now >= until) or self.stop.wait(tick_seconds):
                    break
        return self.played

    def _lines(self) -> Lines:
        return Lines(self._base_url, self._secrets, self._acknowledged, self._clock, self.stop, self._give_up_seconds)

    def _acknowledged(self, delivery: Delivery, answer: Answer, again: Answer | None) -> None:
        with self._lock:
            for parcel in delivery.parcels:
                self.ledger.add(parcel)
            played = self.played
            self.played = replace(
                played,
                items=played.items + len(delivery.parcels),
                deliveries=played.deliveries + 1,
                repeated=played.repeated + (again is not None),
                retries=played.retries + answer.retries + (again.retries if again else 0),
                accepted=played.accepted + answer.accepted,
                quarantined=played.quarantined + answer.quarantined,
            )


class _Due:
    """What is due in a live world as time passes: the stream, and extra reports of the running day."""

    def __init__(self, world: World, since: datetime, report_every: timedelta, items_max: int) -> None:
        self._world = world
        self._stream = world.items_between(since)
        self._ahead = next(self._stream)
        self._reported_at, self._report_every = since, report_every
        self._packer = Packer(world.senders, items_max)

    def until(self, end: datetime) -> list[Delivery]:
        """The deliveries that are due before `end` and were not before."""
        deliveries: list[Delivery] = []
        while self._ahead.send_at < ms_of(end):
            deliveries += self._packer.add(self._ahead)
            self._ahead = next(self._stream)
        if end - self._reported_at >= self._report_every:
            self._reported_at = end
            for parcel in self._world.reports_at(end):
                deliveries += self._packer.add(parcel)
        return deliveries + self._packer.flush()
