"""Traces own the spans of a running part: door, journal, load, build, publish; sent by OTLP/HTTP where one listens.

Off until `[traces] endpoint` is set; then they need the extra `whichad[otel]`. Off, nothing of OpenTelemetry is loaded,
and a span is the comparison of a name with None. Spans hold ids, names and counts, never a body or a header.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ingest.traces.settings import Traces

if TYPE_CHECKING:
    from ingest.traces.sending import Tracing

Attribute = str | int | float | bool
MISSING = "Traces need an extra: pip install 'whichad[otel]' (or remove [traces] endpoint from whichad.toml)."
_tracing: "Tracing | None" = None


def check(wish: Traces) -> None:
    """Raise ConfigError where traces are wished for and what sends them is not installed."""
    if wish.endpoint is not None and (
        find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter.otlp.proto.http") is None
    ):
        from ingest.config import ConfigError  # which knows our settings, and is loaded before us

        raise ConfigError(MISSING)


def begin(part: str, wish: Traces) -> None:
    """Send the spans of this process from now on, where the settings name a receiver. Raises ConfigError."""
    global _tracing  # noqa: PLW0603 - a process has one tracer, and what it times lies in many rooms
    check(wish)
    if wish.endpoint is not None:
        from ingest.traces.sending import Tracing

        _tracing = Tracing(part, wish.endpoint, wish.sample_ratio)


def is_on() -> bool:
    """Whether anybody hears of spans."""
    return _tracing is not None


def end() -> None:
    """Send what waits, and no more."""
    global _tracing
    tracing, _tracing = _tracing, None
    if tracing is not None:
        tracing.shutdown()


@contextmanager
def span(name: str, **attributes: Attribute) -> Iterator[None]:
    """Time what is done within; spans of the same thread that begin within are its children."""
    if _tracing is None:
        yield
        return
    with _tracing.tracer.start_as_current_span(name, attributes=attributes):
        yield


def done(name: str, seconds: float, headers: Mapping[str, str] | None = None, **attributes: Attribute) -> None:
    """Note what took so many seconds until now; `headers`: of a request, whose `traceparent` it goes on from."""
    if _tracing is not None:
        end_ns = time.time_ns()
        parent = _tracing.parent(headers) if headers is not None else None
        made = _tracing.tracer.start_span(name, parent, start_time=end_ns - int(seconds * 1e9), attributes=attributes)
        made.end(end_ns)
