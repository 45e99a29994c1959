"""This module owns the JSON form of the log: one object a line, with time, level, part and event first."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any

import orjson
import structlog

from ingest.logs.settings import LEVELS

FIRST = ("time", "level", "part", "event")


def logger(level: int) -> Any:
    """What writes lines of a level and above to stderr."""
    return structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _in_order,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
    )


def take_over(emit: Callable[..., None]) -> None:
    """Let what libraries log, and what ends a process, be lines of the same form."""
    root = logging.getLogger()
    root.handlers[:] = [_Lines(emit)]
    root.setLevel(logging.WARNING)

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            emit("error", "the process ended by an error", exc_info=(kind, error, trace))

    sys.excepthook = ended


class _Lines(logging.Handler):
    """Passes records of the standard library's logging on."""

    def __init__(self, emit: Callable[..., None]) -> None:
        super().__init__()
        self._emit = emit

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        self._emit(level if level in LEVELS else "error", record.getMessage(), logger=record.name,
                   **({"exc_info": record.exc_info} if record.exc_info else {}))  # fmt: skip


def _in_order(_logger: Any, _name: str, said: MutableMapping[str, Any]) -> dict[str, Any]:
    return {**{name: said.get(name) for name in FIRST}, **said}


def _dumps(said: Any, **_: Any) -> str:
    return orjson.dumps(said, default=str).decode("utf-8", "replace")
