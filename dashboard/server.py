"""This module owns the server: bind, warm up, serve with waitress, stop on a signal."""

import atexit
import errno
import gc
import logging
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from dash import Dash
from waitress import create_server

from dashboard.app import create_app
from dashboard.config import Settings
from dashboard.pages import PAGES
from dashboard.people.gate import INSIDE
from dashboard.timing import measure
from ingest import logs
from ingest.counting import metrics

# What a browser posts to a callback is small; a grid of 500 long texts, which may come back, is about 2 MB.
BODY_BYTES_MAX = 8 << 20


class CannotListen(Exception):
    """The address cannot be bound; the message says what to do."""


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises CannotListen.

    The socket is bound before the app is warm: early visitors wait in the backlog instead of being refused,
    and Dash's first requests, which race each other, are ours alone.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logs.begin("dashboard", settings.logs)
    # A page asks for all its panels at once, over six connections a tab: that some wait for one of the threads is the
    # ordinary case, and waitress warns of each. More threads would only share the same processors.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    metrics.begin("dashboard", settings.data_dir)
    app = create_app(settings)
    measure(app, {page.path for page in PAGES})
    server = _bind(app, settings)
    warm_up(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    host, port = settings.dashboard.host, _port(server, settings)
    logs.say("", f"The dashboard is at http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/", "info")  # noqa: S104
    try:
        server.run()
    finally:
        server.close()
    logs.say("", "The dashboard has stopped.", "info")


def warm_up(app: Dash) -> None:
    """Make the first requests ourselves, one after the other; what they made is no garbage, and is not looked at."""
    client = app.server.test_client()
    for path in ("/", "/_dash-layout", "/_dash-dependencies", "/healthz", "/live"):
        client.get(path, environ_overrides={INSIDE: True})
    # What is imported stays: looking through it again and again for garbage took a third of a large grid's time.
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # at the end it is garbage after all, and DuckDB's client complains of what is left
    gc.set_threshold(20_000, 20, 20)


def _bind(app: Dash, settings: Settings) -> Any:
    host, port = settings.dashboard.host, settings.dashboard.port
    try:
        return create_server(
            app.server, host=host, port=port, threads=8, ident="whichad", channel_timeout=30, connection_limit=200,
            max_request_body_size=BODY_BYTES_MAX,
            clear_untrusted_proxy_headers=False,  # people.hosts decides whose word counts
        )  # fmt: skip
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} on {host} is in use. Stop what uses it, or set another: "
                f"[dashboard] port in whichad.toml, or WHICHAD_DASHBOARD__PORT={port + 1}."
            ) from None
        raise CannotListen(f"The dashboard cannot listen on {host}:{port}: {error.strerror or error}.") from None


def _port(server: Any, settings: Settings) -> int:
    """The port in effect (0 in the settings takes a free one); waitress knows it by two names."""
    listening = getattr(server, "effective_listen", None)
    return int(listening[0][1]) if listening else int(getattr(server, "effective_port", settings.dashboard.port))


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt  # waitress ends its loop on it, as on Ctrl-C
