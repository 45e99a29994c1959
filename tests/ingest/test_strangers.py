"""This module owns what a stranger at the port can learn: nothing of what runs here, where, or in which version."""

import gzip
import json
import re
import socket
from http import HTTPStatus
from pathlib import Path

import pytest
from broken import BODY, BROKEN
from running import Ingest, answers, raw_post, signed

from ingest.app import Front, create_app
from ingest.journal import Journal
from ingest.rejection import REFUSALS

# Header fields that an answer may have, and nothing else: no Server, no X-Powered-By, no cookie.
FIELDS = {"content-type", "content-length", "date", "connection", "allow", "retry-after", "whichad-receipt"}
TELLING = re.compile(
    rb"waitress|werkzeug|flask|cpython|python|wsgi|orjson|duckdb|sqlite|traceback|file \"|line \d+, in|\.py\b"
    rb"|site-packages|object at 0x|<class|/work|/home|/root|/tmp|/usr|\bdata_dir\b|exception|\d+\.\d+\.\d+",
    re.IGNORECASE,
)


PHRASES = {each.value: each.phrase for each in HTTPStatus}


def plain(line: str, *headers: str, body: bytes = b"") -> bytes:
    """A request that nobody signed."""
    head = [line, "Host: x", "Connection: close", *headers, *([f"Content-Length: {len(body)}"] if body else [])]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


STRANGE = [
    *BROKEN,
    *(plain(f"GET {path} HTTP/1.1") for path in (
        "/", "/webhooks", "/webhooks/", "/webhooks/nobody", "/webhooks/shop", "/webhooks/shop/../../etc/passwd",
        "/favicon.ico", "/robots.txt", "/.env", "/console", "/server-status", "/metrics", "/readyz", "/openapi.json",
        "/admin", "/validate/nobody", "/validate/shop", "/healthz/x", "/%00", "/%2e%2e/", "//webhooks/shop",
        "/webhooks/shop?" + "a" * 9000, "/?__debugger__=yes&cmd=resource&f=style.css", "/static/app.js",
    )),
    *(plain(f"{method} /webhooks/shop HTTP/1.1", body=b"{}") for method in
      ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PROPFIND", "XYZ")),
    *(plain(f"{method} /healthz HTTP/1.1", body=b"{}") for method in ("POST", "DELETE", "TRACE")),
    plain("POST /validate/shop HTTP/1.1", body=b"{"),
    plain("POST /webhooks/shop HTTP/1.1", "Content-Type: application/json", body=b"[" * 10_000),
    plain("POST /webhooks/shop HTTP/1.1", "Content-Encoding: gzip", body=gzip.compress(b"0" * 3_000_000)),
    plain("POST /webhooks/shop HTTP/1.1", "webhook-id: é", "webhook-timestamp: 1e9", "webhook-signature: v1,é"),
    plain("POST /webhooks/shop HTTP/1.1", "webhook-id: 1", "webhook-timestamp: " + "9" * 5000, "webhook-signature: x"),
    plain("POST /webhooks/shop HTTP/1.1", "Expect: 100-continue", "Content-Length: 99999999"),
    plain("POST /webhooks/shop HTTP/1.1", "Content-Type: ../../x", "Accept: text/html", "User-Agent: () { :; };"),
    plain("POST /webhooks/shop HTTP/1.1", *[f"X-{n}: y" for n in range(150)]),
    plain("POST /webhooks/shop HTTP/1.1", "X: " + "y" * 200_000),
]  # fmt: skip
SIGNED: list[tuple[bytes, tuple[str, ...]]] = [
    (b"", ()), (b"{", ()), (b'{"a": NaN}', ()), (b'{"a": 1, "a": 2}', ()), (b"[" * 5000, ()), (b"[1, 2]", ()),
    (b'{"id": "\\ud800", "type": "click"}', ()), (b"\xff\xfe", ()), (b'{"id": "1"}', ()), (b"1" * 5000, ()),
    (b"{}", ("Content-Encoding: gzip",)), (b"{}", ("Content-Encoding: br",)), (json.dumps([{}] * 1001).encode(), ()),
]  # fmt: skip


@pytest.mark.parametrize("raw", STRANGE, ids=lambda raw: repr(raw[:60]))
def test_no_answer_to_a_stranger_says_what_runs_here(ingest: Ingest, raw: bytes):
    look_at(ingest.send(raw, ends=True))


@pytest.mark.parametrize(("body", "lines"), SIGNED)
def test_no_answer_to_a_sender_says_what_runs_here(ingest: Ingest, body: bytes, lines: tuple[str, ...]):
    look_at(ingest.send(raw_post(body, "Connection: close", f"Content-Length: {len(body)}", *lines), ends=True))


def look_at(got: bytes) -> None:
    """Hold every byte of an answer, or of its absence, to what a stranger may know."""
    if not got:  # who stops in the middle of a request is closed without a word
        return
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    version, status, phrase = first.decode().split(" ", 2)
    assert version in {"HTTP/1.0", "HTTP/1.1"} and phrase.lower() == PHRASES[int(status)].lower()
    assert {line.partition(b":")[0].decode().lower() for line in lines} <= FIELDS
    dateless = b"\r\n".join(line for line in (*lines, body) if not line.lower().startswith(b"date:"))
    assert TELLING.search(dateless) is None
    if body and int(status) >= 400:
        (answer,) = answers(got)
        assert answer.json["code"] in REFUSALS


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/openapi.json", "/admin", "/"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_what_the_admin_port_has_is_not_on_the_public_one(ingest: Ingest, method: str, path: str):
    assert ingest.request(method, path).status == 404


def test_the_admin_port_listens_on_loopback_only_wherever_webhooks_come_in(tmp_path: Path):
    with Ingest(tmp_path, {"shop": {}}, host="0.0.0.0") as ingest:
        listening = {(host, port) for host, port in listeners() if port in (ingest.port, ingest.run_file["admin_port"])}
    assert listening == {("0.0.0.0", ingest.port), ("127.0.0.1", ingest.run_file["admin_port"])}


def listeners() -> list[tuple[str, int]]:
    """The addresses that this machine listens on (IPv4), as its kernel says."""
    found = []
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        host, _, port = local.partition(":")
        if state == "0A":
            found.append((socket.inet_ntoa(bytes.fromhex(host)[::-1]), int(port, 16)))
    return found


def test_an_error_of_ours_is_a_sentence_and_its_cause_stays_in_the_log(ingest: Ingest, tmp_path: Path):
    def broken() -> dict:
        raise RuntimeError("the secret is in /etc/whichad.toml")

    journal = Journal(tmp_path / "journal", "w1", 1000, 3600)
    try:
        client = create_app(Front(ingest.settings, journal, broken)).test_client()
        for path in ("/webhooks/shop", "/validate/shop"):
            answer = client.post(path, data=BODY, headers=signed(BODY))
            assert (answer.status_code, answer.json["code"]) == (500, "internal")
            assert b"secret" not in answer.data and TELLING.search(answer.data) is None
    finally:
        journal.close()


def test_whoever_has_no_secret_leaves_nothing_but_a_count(fresh_ingest: Ingest):
    marks = [f"stranger-{number}-mark".encode() for number in range(3)]
    for mark in marks:
        body = json.dumps({"id": mark.decode(), "type": "click"}).encode()
        fresh_ingest.request("POST", "/webhooks/shop", body, signed(body, "whsec_" + "AAAA" * 8) | {"x-mark": mark})
        fresh_ingest.request("POST", f"/validate/shop?{mark.decode()}", body)
        fresh_ingest.request("POST", f"/webhooks/{mark.decode()}", body, {"user-agent": mark.decode()})
    fresh_ingest.stop()
    fresh_ingest.load()
    stored = b"".join(path.read_bytes() for path in fresh_ingest.settings.data_dir.rglob("*") if path.is_file())
    assert not any(mark in stored + fresh_ingest.log.read_bytes() for mark in marks)
    counted = fresh_ingest.query("select code, sum(deliveries)::int from refusals group by code order by code")
    assert counted == [("sender_unknown", 3), ("signature_missing", 3), ("signature_wrong", 3)]
