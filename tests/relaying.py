"""This module owns a target to relay to: a real HTTP server in a thread that remembers every request it got."""

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    headers: Headers
    body: bytes

    @property
    def receipt(self) -> str:
        """What the sender was answered with."""
        return self.headers["whichad-receipt"]


class Target:
    """A server on loopback; a context manager. `answer` decides over each request: its status, and headers."""

    def __init__(self, answer: Callable[[Got], tuple[int, Headers]] = lambda _: (200, {}), port: int = 0,
                 tls: ssl.SSLContext | None = None) -> None:  # fmt: skip
        """`port` 0 lets the system pick one."""
        self.got: list[Got] = []
        self.answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/postback"

    def __enter__(self) -> "Target":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def receipts(self) -> list[str]:
        """The receipts of all that came, in order."""
        return [got.receipt for got in self.got]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        target = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(size := int(headers.get("content-length", 0)))
                if len(body) < size:  # the relay was killed while it wrote: no request
                    return
                got = Got(self.command, self.path, headers, body)
                status, more = target.answer(got)
                target.got.append(got)
                self.send_response(status)
                for name, value in {**more, "content-length": "2"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok")

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
