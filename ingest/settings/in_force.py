"""This module owns what the settings on disk are to a running ingest: in force, wrong, or waiting for a restart.

The supervisor alone says it, and once: its workers read the same files and are silent.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ingest import logs
from ingest.config import ELSEWHERE, ConfigError, IngestSettings, read_toml
from ingest.senders.current import Senders
from ingest.settings.sections import OURS

LIVE = OURS | {"senders", "public_url"}  # all others are read at the start


@dataclass(frozen=True, slots=True)
class Standing:
    """How the settings on disk stand: what is wrong with them, and which ones were changed in vain."""

    problem: str = ""
    restart: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether what is on disk is in force."""
        return not self.problem and not self.restart

    @property
    def sentence(self) -> str:
        """What to know of it; empty where all is in force."""
        wrong = f"the senders stay as they were; the new settings are wrong: {self.problem}" if self.problem else ""
        changed = f"changed: {', '.join(self.restart)}; this needs a restart" if self.restart else ""
        return "\n".join(part for part in (wrong, changed) if part)


class Oversight:
    """Looks at the settings for the supervisor, and says what became of them whenever that changes."""

    def __init__(self, settings: IngestSettings) -> None:
        """`settings` are those in force from now on. Raises ConfigError where a sender cannot be used."""
        self.senders = Senders(settings, name=None)
        self.standing = Standing()
        self._start, self._compared = settings, settings
        self._began = _fixed(settings)

    def look(self) -> None:
        """Read what changed, and compare it with what is in force."""
        before = self.standing
        self.senders.look()
        restart = before.restart
        if self.senders.on_disk is not self._compared:
            self._compared = self.senders.on_disk
            restart = _changed(self._began, _fixed(self._compared))
        if self.senders.problem != before.problem:
            _say(Standing(self.senders.problem).sentence or f"the senders are read again: {self._count()}")
        if restart != before.restart:
            _say(Standing(restart=restart).sentence or "the settings are again as they are in force")
        self.standing = Standing(self.senders.problem, restart)  # last: whoever asks finds it said already

    def good(self) -> IngestSettings:
        """The settings in force: those of the start, with the senders of now."""
        return self._start.model_copy(update={"senders": self.senders.settings.senders})

    def _count(self) -> str:
        count = len(self.senders.current())
        return f"{count} sender{'' if count == 1 else 's'}"


def _fixed(settings: IngestSettings) -> dict[str, Any]:
    """What is read at the start only, by name: our own settings, and the sections that other folders read there.

    `data_dir` is compared as it is written, for `whichad up` sets it in our environment, which wins over the file.
    """
    values = settings.model_dump(exclude={*LIVE, "data_dir"})
    with suppress(ConfigError):  # `load` has just read it: gone or wrong since, the next look says so
        raw = read_toml(settings.config_path) if settings.config_path else {}
        values |= {name: raw[name] for name in raw.keys() & {*ELSEWHERE, "data_dir"}}
    return dict(_flat("", values))


def _flat(prefix: str, values: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        found += _flat(f"{prefix}{key}.", value) if isinstance(value, dict) else [(prefix + key, value)]
    return found


def _changed(before: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)))


def _say(sentence: str) -> None:
    logs.say("ingest", sentence)
