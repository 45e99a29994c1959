"""This module owns the pulse: what an open page asks every few seconds to learn whether there is news."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import duckdb
from flask import Flask, Response, jsonify

from dashboard import errors, freshness, ingest_state, numbers
from dashboard.config import Settings
from dashboard.filling import filling_words
from dashboard.freshness import Freshness
from dashboard.gathered import gathered
from dashboard.published import NothingPublished, newest, trouble
from dashboard.readying import ready

EVERY_MS = 3000
NO_DOOR = "No new webhooks: ingest is down"  # page Health says why and what to do


@dataclass(frozen=True)
class Pulse:
    """One beat: the version (empty before the first), whether there is a creative, and the header's words."""

    version: str
    filled: bool
    as_of: str
    banner: str
    live: str = "Live"
    live_class: str = "live"


def pulse(settings: Settings, now: datetime) -> Pulse:
    """The state of the published file at `now` (aware); never raises for what a reader cannot help."""
    banner = trouble(settings.data_dir) or ""
    try:
        real = newest(settings.published_link)
        fresh = freshness.of(real)
        door = ingest_state.standing(settings)
        live = ("Live", "live") if door.ok else (NO_DOOR, "live lost")
        whole, silent = gathered(settings, fresh, now)
        banner = banner or filling_words(settings.data_dir, fresh) or silent
        as_of = " · ".join(filter(None, [as_of_words(fresh, now), whole]))
        return Pulse(real.name, fresh.creatives > 0, as_of, banner, *live)
    except NothingPublished:
        return Pulse("", False, "Nothing published yet", banner or filling_words(settings.data_dir, None))
    except duckdb.Error as error:
        return Pulse("", False, "The data could not be read", banner or errors.sentence(error))


def as_of_words(fresh: Freshness, now: datetime) -> str:
    """`Data as of 23 Nov 2026, 12:00 (America/Los_Angeles), 2 min ago · newest interaction 3 min ago`."""
    local = fresh.as_of.astimezone(fresh.zone)
    words = f"Data as of {local.day} {local:%b %Y, %H:%M} ({fresh.zone.key}), {numbers.age(fresh.as_of, now)}"
    if fresh.newest_event is None:
        return words
    return f"{words} · newest interaction {numbers.age(fresh.newest_event, now)}"


def add_route(server: Flask, settings: Settings) -> None:
    """Answer `GET /live` with the pulse."""

    @server.get("/live")
    def live() -> Response:
        """The pulse now, never from a cache; what is new is read ahead before it is told."""
        with suppress(NothingPublished):
            ready(newest(settings.published_link), settings)
        answer = jsonify(asdict(pulse(settings, datetime.now(UTC))))
        answer.headers["Cache-Control"] = "no-store"
        return answer
