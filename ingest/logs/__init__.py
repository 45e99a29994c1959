"""Logs own what a running part says on stderr: sentences for people, or one JSON object a line for machines.

A sentence is said in both forms. An event (what became of one delivery, one load, one publish) is for machines: people
see it at level debug only. Ids, names, counts and codes are logged, never a body, a header, a token or a secret.
"""

import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ingest.logs.settings import LEVELS, Logs
from ingest.terminal.called import as_called

NEVER = 1000


@dataclass(slots=True)
class _Own:
    """How this process logs: as people read it, until `begin` says otherwise."""

    part: str = ""
    bound: dict[str, Any] = field(default_factory=dict)
    level: int = logging.INFO
    events_from: int = NEVER  # the level from which on events are written
    json: Any = None  # structlog's logger


_own = _Own()


def begin(part: str, wish: Logs, **bound: Any) -> None:
    """Log as the settings wish from now on, in the name of `part`; `bound` stands in each line."""
    level = LEVELS[wish.level]
    _own.part, _own.bound, _own.level, _own.json = part, bound, level, None
    _own.events_from = logging.DEBUG if level == logging.DEBUG else NEVER
    if wish.format == "json":
        from ingest.logs import form  # structlog is loaded where it is used

        _own.json, _own.events_from = form.logger(level), level
        form.take_over(emit)


def say(part: str, sentence: str, level: str = "warning", **fields: Any) -> None:
    """Tell people, or in JSON machines, what is to be known; commands as they have to be typed here."""
    if _own.json is not None:
        emit(level, as_called(sentence), part=part or _own.part, **fields)
    elif LEVELS[level] >= _own.level:
        _print(f"{part}: {as_called(sentence)}" if part else as_called(sentence))


def event(name: str, level: str = "info", **fields: Any) -> None:
    """Write what happened to one thing: ids, names, counts and codes only."""
    if LEVELS[level] < _own.events_from:
        return
    if _own.json is not None:
        emit(level, name, **fields)
    else:
        _print(f"{_own.part}: {name} " + " ".join(f"{key}={value}" for key, value in fields.items()))


def wants(level: int) -> bool:
    """Whether events of a level (`logging.INFO`) are written: asked before one is put together."""
    return level >= _own.events_from


def is_json() -> bool:
    """Whether lines are for machines."""
    return _own.json is not None


def emit(level: str, what: str, **fields: Any) -> None:
    """One JSON line."""
    with suppress(OSError, ValueError):  # a log that is gone must not end the server
        getattr(_own.json, level)(what, **{"part": _own.part, **_own.bound, **fields})


def _print(line: str) -> None:
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)
