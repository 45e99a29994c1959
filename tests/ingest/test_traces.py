"""This module owns the promises of traces: a real OTLP receiver hears a delivery's way, and off they are nothing."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from running import ROOT, SECRET, Ingest, environment, run

from analytics.config import AnalyticsSettings
from analytics.plan import MODELS
from analytics.refresh import Refresher, utc_now
from ingest import traces
from ingest.config import load

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "referrerAdCreative": "Quiet SUVs"}
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@contextmanager
def receiver() -> Iterator[tuple[str, list[Any], list[bytes]]]:
    """An OTLP/HTTP receiver on loopback: its address, the spans it got with their part, the bodies as they came."""
    spans: list[Any] = []
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            told = ExportTraceServiceRequest.FromString(bodies[-1])
            for resource in told.resource_spans:
                of = {each.key: each.value.string_value for each in resource.resource.attributes}
                spans.extend((of, span) for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", spans, bodies
    finally:
        server.shutdown()
        server.server_close()


def traced(folder: Path, endpoint: str) -> Ingest:
    """An ingest that traces."""
    ingest = Ingest(folder)
    ingest.config.write_text(ingest.config.read_text() + f'[traces]\nendpoint = "{endpoint}"\n')
    return ingest


def test_a_receiver_hears_of_the_webhook_the_commit_and_the_cycle_with_its_parts(tmp_path: Path):
    with receiver() as (endpoint, spans, bodies):
        with traced(tmp_path, endpoint) as ingest:
            answer = ingest.post(CLICK, headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
            assert answer.status == 200
        settings = load(AnalyticsSettings, ingest.config)
        traces.begin("refresh", settings.traces)
        try:
            assert Refresher(settings).guarded_cycle(utc_now(), force=True).ok
        finally:
            traces.end()
    named = {span.name: (of, span) for of, span in spans}
    assert {of["service.name"] for of, _ in spans} == {"whichad"}
    of, webhook = named["webhook"]
    assert (of["whichad.part"], webhook.trace_id.hex(), webhook.parent_span_id.hex()) == ("ingest", TRACE, SPAN)
    said = {each.key: each.value.string_value for each in webhook.attributes}
    assert said["sender"] == "shop" and answer.headers["whichad-receipt"].startswith(said["delivery_id"])
    assert named["journal commit"][1].end_time_unix_nano > named["journal commit"][1].start_time_unix_nano
    cycle = named["cycle"][1]
    for child in ("load", "build", "publish"):
        assert named[child][1].parent_span_id == cycle.span_id and named[child][1].trace_id == cycle.trace_id
    models = [span for _, span in spans if span.name.startswith("model ")]
    assert {span.name for span in models} == {f"model {model}" for model in MODELS}
    assert {span.parent_span_id for span in models} == {named["build"][1].span_id}
    for body in bodies:
        assert b"Quiet SUVs" not in body and SECRET.encode() not in body and b"webhook-signature" not in body


def test_a_receiver_that_is_away_costs_spans_and_nothing_else(tmp_path: Path):
    with traced(tmp_path, "http://127.0.0.1:9/v1/traces") as ingest:
        assert ingest.post(CLICK).status == 200
        assert ingest.stop() == 0
    assert "Traceback" not in ingest.log.read_text()


def test_off_nothing_of_opentelemetry_is_loaded():
    code = (
        "import sys, ingest.listening.worker, analytics.refresh; "
        "sys.exit(any('opentelemetry' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), check=False).returncode == 0
    assert not traces.is_on()
    with traces.span("nothing"):
        traces.done("nothing", 1.0)


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path):
    ingest = traced(tmp_path, "http://127.0.0.1:4318/v1/traces")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name.startswith('opentelemetry') else find(name, *more)\n"
    )
    code = [sys.executable, "-m", "ingest", "serve", "--config", str(ingest.config)]
    done = subprocess.run(
        code, cwd=ROOT, env=environment(PYTHONPATH=str(hidden)), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (2, f"whichad: {traces.MISSING}\n")


def test_an_address_that_is_none_is_refused(tmp_path: Path):
    done = run("senders", "--config", str(traced(tmp_path, "jaeger:4318").config))
    assert done.returncode == 2 and "traces.endpoint" in done.stderr and "/v1/traces" in done.stderr
