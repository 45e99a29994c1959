"""A peer: the same server as ours, the same number of workers, and a Flask view that reads the body and answers 200.

It is the ceiling of what our door can reach: everything ours does beyond it is signature, parsing and disk.
`python peers/empty.py PORT WORKERS` serves until it is ended.
"""

import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from flask import Flask, Response, request

from ingest.listening.server import Server
from ingest.listening.settings import Ingest


def application() -> Flask:
    """The least that a Flask application can do with a post."""
    app = Flask("empty", static_folder=None)

    @app.post("/webhooks/<sender>")
    def take(sender: str) -> Response:
        request.get_data()
        return Response(b'{"ok": true}', 200, mimetype="application/json")

    return app


def main(port: int, workers: int) -> None:
    """Serve with that many processes on one socket."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    listener.setblocking(False)
    for _ in range(workers - 1):
        if os.fork() == 0:
            break
    Server(application(), listener, Ingest(), lambda: (), lambda *_: None).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
