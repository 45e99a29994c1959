"""This module owns a shop for tests: pages on a loopback origin of their own that hold the tag, and a cart.

    with Shop() as shop:
        shop.hold("http://127.0.0.1:8080", consent="granted", shopify="")

The shop serves the same page at every path, and remembers what the page wrote into its cart, which is like Shopify's.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


class Shop:
    """A shop on a port of its own; a context manager."""

    def __init__(self) -> None:
        self.head = ""  # markup of every page's head
        self.body = "<h1>Quiet SUVs</h1><a id=more href='/more'>More</a>"
        self.headers: dict[str, str] = {}
        self.cart: list[dict[str, str]] = []  # each write: the attributes
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Shop":
        self._thread.start()
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        """The origin of its pages."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def hold(self, tag_host: str, before: str = "", **data: str) -> None:
        """Put the tag of `tag_host` on every page, with these data attributes."""
        said = "".join(f' data-{name}="{value}"' for name, value in ({"sender": "site"} | data).items())
        self.head = f'{before}<script async src="{tag_host}/t.js"{said}></script>'

    def note_attributes(self) -> list[dict[str, str]]:
        """The cart's attributes as Shopify writes them into the order's webhook."""
        return [{"name": name, "value": value} for name, value in (self.cart[-1] if self.cart else {}).items()]


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = f"<!doctype html><html lang=en><head><title>Shop</title>{shop.head}</head><body>{shop.body}</body>"
            self._answer(200, "text/html; charset=utf-8", page.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            if self.path != "/cart/update.js":
                self._answer(404, "text/plain", b"")
                return
            given = parse_qs(body, keep_blank_values=True)
            shop.cart.append({name[len("attributes[") : -1]: values[-1] for name, values in given.items()})
            self._answer(200, "application/json", b"{}")

        def _answer(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(content)), **shop.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
