"""This module owns how long the dashboard's answers take: each is counted under a page and a panel of our own names."""

import re
import time
from collections.abc import Collection

from dash import Dash
from flask import Flask, Response, g, request

from dashboard.people.gate import INSIDE
from ingest.counting import metrics

CALLBACK = "/_dash-update-component"
OTHER = ("other", "")
_FIRST = re.compile(r"(?:\.\.)?([a-z][a-z0-9]*)(?:-([a-z0-9]+))?")
_KINDS = {"/live": "live", "/healthz": "health", "/_dash-layout": "shell", "/_dash-dependencies": "shell"}


def measure(app: Dash, paths: Collection[str]) -> None:
    """Count every answer of the app but those of unchanging files; `paths` are those of its pages."""
    server: Flask = app.server

    @server.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @server.after_request
    def end(answer: Response) -> Response:
        if (began := g.get("began")) is not None and not request.environ.get(INSIDE):
            page, panel = _named(app, paths)
            if page:
                metrics.page(page, panel, time.perf_counter() - began, answer.status_code >= 500)
        return answer


def label_of(output: str) -> tuple[str, str]:
    """Page and panel of a callback, by the first id that it fills: `..overview-trend-trouble.children…`."""
    found = _FIRST.match(output)
    return (found[1], found[2] or "") if found else ("shell", "")


def _named(app: Dash, paths: Collection[str]) -> tuple[str, str]:
    """Names that we made: whoever asks for made-up ones must not fill our memory."""
    if request.path == CALLBACK:
        told = request.get_json(silent=True)  # Dash has read it: Flask keeps what it read
        output = told.get("output") if isinstance(told, dict) else None
        return label_of(output) if isinstance(output, str) and output in app.callback_map else OTHER
    if request.path in paths:
        return "document", ""
    if request.path.startswith("/export/"):
        return "export", ""
    return _KINDS.get(request.path, ""), ""
