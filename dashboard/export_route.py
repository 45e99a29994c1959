"""This module owns the way to an export: `GET /export/<panel>.csv|xlsx?<what the page's URL says>`."""

import logging

from flask import Flask, Response, abort, request

from dashboard import errors
from dashboard.config import Settings
from dashboard.exporting import as_csv, as_xlsx, exported, file_name
from dashboard.look import looking
from dashboard.pages import PAGES

log = logging.getLogger("whichad.dashboard")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def add_route(server: Flask, settings: Settings) -> None:
    """Answer exports of every panel that has rows; an unknown one is a 404."""
    panels = {panel.name: panel for page in PAGES for panel in page.panels if panel.shape != "words"}

    @server.get("/export/<name>.<kind>")
    def export(name: str, kind: str) -> Response:
        """The file, made now by what fills the screen; trouble is a sentence, not a broken file."""
        panel = panels.get(name)
        if panel is None or kind not in _TYPES:
            abort(404)
        try:
            look = looking(settings, request.query_string.decode("utf-8", "replace"))
            table = exported((panel.whole or panel.fill)(look), look.state.sort if panel.sorted_by_url else "")
        except Exception as error:
            log.error("export of %s failed: %s", name, error, exc_info=error)
            return Response(errors.sentence(error), status=503, mimetype="text/plain")
        body = as_csv(table) if kind == "csv" else as_xlsx(table, panel, look)
        answer = Response(body, content_type=_TYPES[kind])
        answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(panel, look, kind)}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer
