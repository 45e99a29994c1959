"""This module owns OpenTelemetry: the provider of one process, its batches to the receiver, whose trace goes on."""

import logging
import time
from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

EXPORT_SECONDS_MAX = 3.0
SAID_AGAIN_SECONDS = 600.0


class Tracing:
    """What one process traces with; a receiver that is away costs spans, and nothing else."""

    def __init__(self, part: str, endpoint: str, ratio: float) -> None:
        """Headers for the receiver, such as a token, come from OTEL_EXPORTER_OTLP_HEADERS."""
        for name in [each for each in logging.root.manager.loggerDict if each.startswith("opentelemetry.")]:
            logging.getLogger(name).addFilter(_Seldom())  # a filter of a parent does not see its children's records
        resource = Resource.create({"service.name": "whichad", "whichad.part": part})
        self._provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)), resource=resource)
        exporter = OTLPSpanExporter(endpoint, timeout=EXPORT_SECONDS_MAX)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self._provider.get_tracer("whichad")
        self._propagator = TraceContextTextMapPropagator()

    def parent(self, headers: Mapping[str, str]) -> Context:
        """What a request says of the trace it belongs to (W3C Trace Context); a new one where it says nothing."""
        said = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
        return self._propagator.extract(said, Context())

    def shutdown(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


class _Seldom(logging.Filter):
    """A receiver that is away is said once in ten minutes, not with each batch."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if self._said_at is not None and now - self._said_at < SAID_AGAIN_SECONDS:
            return False
        self._said_at = now
        record.exc_info = None  # a sentence is enough, and a traceback of each retry is not one
        return True
