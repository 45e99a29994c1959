"""This module owns the promise that a webhook's two ways, straight from our server and by Flask, say the same."""

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from running import Ingest, signed
from waitress.adjustments import Adjustments

from ingest.app import Front, create_app
from ingest.journal import Journal
from ingest.listening.straight import straight
from ingest.listening.wire import Parser
from ingest.senders.current import Senders

CLICK = json.dumps({"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}).encode()
PAGE, TOKEN = "https://shop.example", "token-of-the-tracker"
SENDERS: dict[str, dict[str, Any]] = {
    "shop": {}, "listed": {"profile": "site_tag", "secrets": [], "origins": [PAGE]},
    "tracker": {"profile": "voluum", "secrets": [TOKEN]},
}  # fmt: skip
# method, path, body, more headers (`signed` is put to them)
ASKED = {
    "a click": ("POST", "/webhooks/shop", CLICK, {}),
    "garbage": ("POST", "/webhooks/shop", b"{", {}),
    "nothing": ("POST", "/webhooks/shop", b"", {}),
    "a bad item": ("POST", "/webhooks/shop", b'{"id": "1", "type": "ball"}', {}),
    "a wrong signature": ("POST", "/webhooks/shop", CLICK, {"webhook-signature": "v1,AAAA"}),
    "another method": ("PATCH", "/webhooks/shop", CLICK, {}),
    "a made-up method": ("BREW", "/webhooks/shop", CLICK, {}),
    "options": ("OPTIONS", "/webhooks/shop", b"", {}),
    "head": ("HEAD", "/webhooks/shop", b"", {}),
    "head of nobody": ("HEAD", "/webhooks/nobody", b"", {}),
    "nobody": ("POST", "/webhooks/nobody", CLICK, {}),
    "no suffix of it": ("POST", "/webhooks/shop/orders", CLICK, {}),
    "a suffix that is no ASCII": ("POST", "/webhooks/shop/%C3%A4", CLICK, {}),
    "a slash at the end": ("POST", "/webhooks/shop/", CLICK, {}),
    "a name in capitals": ("POST", "/webhooks/SHOP", CLICK, {}),
    "an escaped name": ("POST", "/webhooks/sh%6Fp", CLICK, {}),
    "a page that is listed": ("POST", "/webhooks/listed", CLICK, {"origin": PAGE}),
    "a page that is not": ("POST", "/webhooks/listed", CLICK, {"origin": "https://else.example"}),
    "before a page posts": ("OPTIONS", "/webhooks/listed", b"", {"origin": PAGE}),
    "a postback": ("GET", "/webhooks/tracker?token=" + TOKEN + "&cid=7&payout=1", b"", {}),
}
# What follows the sender's name, None where Flask is asked.
ADDRESSES = [
    ("/webhooks/shop", ""), ("/webhooks/shop?a=b", ""), ("/webhooks/sh%6Fp", ""), ("//webhooks/shop", ""),
    ("/webhooks/shop/orders/new", "orders/new"), ("/webhooks/shop/%C3%A4", "ä"), ("http://x/webhooks/shop", ""),
    ("/webhooks/shop/", None), ("/webhooks/shop//orders", None), ("/webhooks/shop/a//b", None),
    ("/webhooks/nobody", None), ("/webhooks/shopp", None), ("/webhooks/", None), ("/webhooks", None),
    ("/x/webhooks/shop", None), ("/healthz", None),
]  # fmt: skip
# Made by whoever serves, or new with each delivery.
OF_THE_SERVER = {"date", "server", "connection", "content-length", "transfer-encoding", "location"}
_RECEIPT = re.compile(rb'"receipt":"[^"]+"')


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ingest, FlaskClient]]:
    """An ingest, and the same senders behind Flask's own client."""
    with Ingest(tmp_path_factory.mktemp("straight"), SENDERS) as ingest:
        folder = tmp_path_factory.mktemp("flask")
        journal = Journal(folder, "w1", 1000, 3600)
        try:
            yield (
                ingest,
                create_app(Front(ingest.settings, journal, Senders(ingest.settings, None, "t").current)).test_client(),
            )
        finally:
            journal.close()


@pytest.mark.parametrize("what", ASKED)
def test_both_ways_say_the_same(both: tuple[Ingest, FlaskClient], what: str) -> None:
    method, path, body, more = ASKED[what]
    ingest, client = both
    headers = signed(body) | more
    straight = ingest.request(method, path, body, headers)
    by_flask = client.open(path, method=method, data=body, headers=headers, buffered=True)
    assert straight.status == by_flask.status_code
    assert plain(straight.headers, straight.body) == plain(by_flask.headers, by_flask.get_data())


def plain(headers: Any, body: bytes) -> tuple[dict[str, str], bytes]:
    """What an answer says, but for its receipt, which is only known to be there."""
    said = {name.lower(): value for name, value in headers.items() if name.lower() not in OF_THE_SERVER}
    if "whichad-receipt" in said:
        assert said["whichad-receipt"].encode() in body or b"receipt" not in body
        said["whichad-receipt"] = "some"
    return said, _RECEIPT.sub(b'"receipt":"some"', body)


@pytest.mark.parametrize(("path", "suffix"), ADDRESSES)
def test_a_known_senders_webhook_meets_no_flask_and_all_else_does(path: str, suffix: str | None) -> None:
    asked: list[tuple[str, str]] = []
    front = SimpleNamespace(
        senders=lambda: {"shop": None}, answer=lambda name, request, _: asked.append((name, request.suffix))
    )
    parser = Parser(Adjustments())
    parser.received(f"POST {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert parser.completed and not parser.error
    straight(cast(Front, front))(parser, lambda: None)
    assert asked == ([] if suffix is None else [("shop", suffix)])
