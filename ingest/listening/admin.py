"""This module owns the loopback port: whether a webhook would be taken, the numbers, the machine-readable contract."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify

from ingest.config import IngestSettings
from ingest.counting.files import CONTENT_TYPE, FOLDER, Gauges, Measured, exposition
from ingest.counting.measured import measured
from ingest.counting.tally import tally
from ingest.journal import segments
from ingest.segments.backlog import BYTES_MAX, backlog
from ingest.settings.in_force import Standing

Document = Callable[[], dict[str, Any]]


def admin_app(
    settings: IngestSettings,
    alive: Callable[[], int],
    openapi: Document | None = None,
    standing: Callable[[], Standing] = Standing,
) -> Flask:
    """The application of the admin port.

    `alive` counts the running workers, `openapi` makes `/openapi.json`, `standing` compares disk and settings in force.
    """
    app = Flask("ingest-admin", static_folder=None)

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = readiness(settings, alive(), standing())
        return jsonify(found), 200 if found["ok"] else 503

    @app.get("/metrics")
    def numbers() -> Response:
        read = Gauges(lambda: gauges(settings, alive(), standing()))
        text = exposition(settings.data_dir / FOLDER, read, tally().registry)
        return Response(text, content_type=CONTENT_TYPE)

    if openapi is not None:

        @app.get("/openapi.json")
        def contract() -> Response:
            return jsonify(openapi())

    return app


def readiness(settings: IngestSettings, alive: int, standing: Standing | None = None) -> dict[str, Any]:
    """Whether a webhook would be taken now and loaded soon: `ok`, the `checks` it is made of, their numbers.

    A backlog over the limit does not refuse webhooks, it only says that nobody loads them; a full disk refuses.
    `settings` is for people: with wrong ones on disk the last good ones are served, and as ready as before.
    """
    standing = standing or Standing()
    free, waiting = shutil.disk_usage(settings.data_dir).free, backlog(settings.journal_dir)
    checks = {
        "workers": alive > 0,
        "journal_writable": not settings.journal_dir.exists() or os.access(settings.journal_dir, os.W_OK),
        "disk": free >= settings.ingest.free_bytes_min,
        "backlog": waiting.bytes <= BYTES_MAX,
    }
    return {
        "ok": all(checks.values()),
        "checks": checks,
        "workers": alive,
        "workers_configured": settings.ingest.workers,
        "settings": {"ok": standing.ok, "sentence": standing.sentence, "needs_restart": list(standing.restart)},
        "segments": len(segments(settings.journal_dir)),
        "free_bytes": free,
        "backlog_segments": waiting.segments,
        "backlog_bytes": waiting.bytes,
    }


def gauges(settings: IngestSettings, alive: int, standing: Standing) -> Iterator[Measured]:
    """What `/metrics` says beside what processes counted."""
    found = readiness(settings, alive, standing)
    yield Measured("whichad_ready", "1 where a webhook would be taken", float(found["ok"]))
    yield Measured("whichad_workers_alive", "Worker processes running", found["workers"])
    yield Measured("whichad_workers_configured", "Worker processes there should be", found["workers_configured"])
    yield Measured("whichad_settings_ok", "1 where the settings on disk are right and in force", float(standing.ok))
    yield Measured("whichad_free_bytes", "Free on the disk of the data folder", found["free_bytes"])
    about = "Free bytes below which deliveries are answered with 503"
    yield Measured("whichad_free_bytes_min", about, settings.ingest.free_bytes_min)
    yield Measured("whichad_journal_segments", "Segments in the journal, loaded ones included", found["segments"])
    about = "Segments written to since the loop had caught up"
    yield Measured("whichad_backlog_segments", about, found["backlog_segments"])
    yield Measured("whichad_backlog_bytes", "Their bytes on disk", found["backlog_bytes"])
    yield from measured(settings, datetime.now(UTC))
