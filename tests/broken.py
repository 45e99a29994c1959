"""This module owns requests that are not HTTP, as bytes, and the good one that each was made from by one change."""

import json

from running import raw_post

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
BODY = json.dumps(CLICK).encode()


def chunked(body: bytes, size: int) -> bytes:
    """A body as chunks of `size` bytes, with its end."""
    pieces = [body[n : n + size] for n in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


LENGTH = f"Content-Length: {len(BODY)}"
CHUNKS = raw_post(b"", "Transfer-Encoding: chunked")
WHOLE = chunked(BODY, 50)
GOOD = raw_post(BODY, LENGTH)  # signed when this was imported: for what is never authenticated
BROKEN = [
    raw_post(BODY, LENGTH, LENGTH),
    raw_post(BODY, LENGTH, "Content-Length: 1"),
    raw_post(BODY, f"Content-Length: {len(BODY)}, {len(BODY)}"),
    raw_post(BODY, "Content-Length: -1"),
    raw_post(BODY, f"Content-Length: +{len(BODY)}"),
    raw_post(BODY, "Content-Length: 1e2"),
    raw_post(BODY, "Content-Length: x"),
    raw_post(BODY, "Content-Length: "),
    raw_post(BODY, "Content-Length: " + "9" * 5000),
    raw_post(WHOLE, "Transfer-Encoding: chunked", LENGTH),
    raw_post(WHOLE, LENGTH, "transfer-encoding: Chunked"),
    raw_post(WHOLE, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    raw_post(WHOLE, "Transfer-Encoding: chunked, chunked"),
    raw_post(WHOLE, "Transfer-Encoding: gzip, chunked"),
    raw_post(WHOLE, "Transfer-Encoding: xchunked"),
    raw_post(WHOLE, "Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0"),
    raw_post(BODY, "Transfer-Encoding: gzip"),
    raw_post(BODY, "Transfer-Encoding: "),
    raw_post(BODY, "Transfer-Encoding\x0b: chunked", LENGTH),
    CHUNKS + b"zz\r\n" + BODY,
    CHUNKS + b"-1\r\n" + BODY,
    CHUNKS + BODY,
    CHUNKS + b"\r\n" + WHOLE,
    CHUNKS + WHOLE.replace(b"\r\n", b"\n", 1),
    CHUNKS + WHOLE.replace(b"\r\n", b" \r\n", 1),
    CHUNKS + WHOLE.replace(b"\r\n", b";a\nb\r\n", 1),
    CHUNKS + b"1" + WHOLE + b"x" * 400,
    CHUNKS + WHOLE.replace(b"32\r\n", b"31\r\n", 1),
    CHUNKS + b"0" * 16 + b"5\r\n",
    CHUNKS + b"5;" + b"x" * 2000,
    CHUNKS + WHOLE[:-2] + b"not a field\r\n\r\n",
    CHUNKS + WHOLE[:-2] + b"X: " + b"y" * 9000 + b"\r\n\r\n",
    raw_post(BODY, "A header without a colon", LENGTH),
    raw_post(BODY, "A-Space : a", LENGTH),
    raw_post(BODY, "Folded: a\r\n b", LENGTH),
    raw_post(BODY, "Folded: a\r\n\tb", LENGTH),
    raw_post(BODY, "Nul: a\x00b", LENGTH),
    raw_post(BODY, "Loose: a\nNext: b", LENGTH),
    raw_post(BODY, "Loose: a\rNext: b", LENGTH),
    GOOD[: -len(BODY)].replace(b"\r\n", b"\n") + BODY,
    b" " + GOOD,
    b"\r\n " + GOOD,
    GOOD.replace(b"POST", b"post", 1),
    GOOD.replace(b"POST ", b"POST  ", 1),
    GOOD.replace(b" HTTP/1.1", b"", 1),
    GOOD.replace(b" HTTP/1.1", b" HTTP/2.0", 1),
    GOOD.replace(b" HTTP/1.1", b" HTTP/1.1 ", 1),
    GOOD.replace(b"/shop", b"/sh\0op", 1),
    GOOD.replace(b"/shop", b"/sh\top", 1),
    GOOD.replace(b"/webhooks/shop", b"http://[", 1),
    b"GARBAGE\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
]


def good() -> bytes:
    """A good request, signed now."""
    return raw_post(BODY, LENGTH)
