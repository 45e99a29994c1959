"""This module owns one evaluation: every rule asked of what is published and of what the loop said, in one step.

It is made of the published file alone, read-only, so the loop never waits for it. Everything it finds is written down
in one transaction, with what was said: killed before, it is made again and comes to the same; killed after, it is done.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb

from analytics.alerts import events, rules
from analytics.alerts.events import Event, Step
from analytics.alerts.findings import digest, looking, loop, money, silence, thresholds, verdicts
from analytics.alerts.findings.looking import Found, Look, Published
from analytics.config import AnalyticsSettings


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to look at; None: it is not there yet. `started_at`: since when (unix ms) somebody looks."""

    settings: AnalyticsSettings
    loop: loop.Loop | None
    published: Published | None
    started_at: int

    @property
    def version(self) -> str | None:
        """The published version."""
        return self.published.version if self.published else None

    @property
    def up_to(self) -> int:
        """Until when (unix ms) all that came is published."""
        if self.loop is not None and self.loop.is_level:
            return self.loop.at
        return int(self.published.as_of.timestamp() * 1000) if self.published else 0


Finder = Callable[[Sight, Published, Look], Iterator[Found]]
# What each rule asks. The first two need no published file.
_OF_LOOP: dict[str, Callable[[Sight, Look], Iterator[Found]]] = {
    "data.stale": lambda sight, look: loop.stale(sight.loop, look, sight.started_at),
    "publish.failed": lambda sight, look: loop.failed(sight.loop, look),
}
_OF_PUBLISHED: dict[str, Finder] = {
    "creative.verdict_changed": lambda _, published, look: verdicts.changes(published, look),
    "money.unattributable": lambda _, published, look: money.unattributable(published, look),
    "sender.silent": lambda sight, published, look: silence.silent(published, look, sight.up_to),
    "threshold.crossed": lambda _, published, look: thresholds.crossed(published, look),
    "digest.daily": lambda sight, published, look: digest.daily(published, sight.settings.published_link, look),
}


def evaluate(settings: AnalyticsSettings, at_ms: int, started_at: int, say: Callable[[str], None]) -> list[Event]:
    """Ask every rule once; returns the new events. `started_at`: since when (unix ms) somebody asks.

    What one rule cannot be asked, `say` hears; the others are. Raises StoreError, OSError.
    """
    said = loop.read(settings.data_dir)
    if settings.published_link.exists():
        try:
            with looking.opened(settings.published_link) as published:
                return _noted(Sight(settings, said, published, started_at), at_ms, say)
        except duckdb.Error as error:
            say(f"what is published cannot be looked at ({str(error).splitlines()[0]}); looking again")
    return _noted(Sight(settings, said, None, started_at), at_ms, say)


def _noted(sight: Sight, at_ms: int, say: Callable[[str], None]) -> list[Event]:
    step, data_dir = Step(), sight.settings.data_dir
    for rule in rules.listed(data_dir):
        if not rule.is_quiet("", at_ms):
            look = Look(rule, events.states(data_dir, rule.id), sight.settings.alerts, at_ms)
            try:
                every = list(_asked(sight, look))
            except (duckdb.Error, LookupError) as error:  # such as of a version that an older whichad published
                say(f"the rule {rule.name} cannot be asked ({str(error).splitlines()[0]})")
                continue
            for found in every:
                looking.add(step, look, found, sight.version)
    return events.note(data_dir, step, at_ms)


def _asked(sight: Sight, look: Look) -> Iterator[Found]:
    if (of_loop := _OF_LOOP.get(look.rule.type)) is not None:
        return of_loop(sight, look)
    of_published = _OF_PUBLISHED.get(look.rule.type)
    return iter(()) if of_published is None or sight.published is None else of_published(sight, sight.published, look)
