"""This module owns the CloudEvents 1.0 HTTP binding: binary, structured and batched become one shape of record.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md; the handshake is
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from ingest.bodies.decoding import SHOWN_CHARS, decode, kind_of
from ingest.door.request import Request
from ingest.rejection import DeliveryRefusedError

_ATTRIBUTE = re.compile(r"ce-([a-z0-9]{1,64})")
STRUCTURED, BATCHED = "application/cloudevents", "application/cloudevents-batch"


def events(request: Request, content_type: str, encoding: str, bytes_max: int, items_max: int) -> list[Any]:
    """The events of a request, each a JSON object with its attributes and `data`. Raises DeliveryRefusedError."""
    kind = kind_of(content_type)
    if kind.startswith(STRUCTURED):
        if kind not in (f"{STRUCTURED}+json", f"{BATCHED}+json"):
            raise DeliveryRefusedError("type_unknown", f"content type {kind[:SHOWN_CHARS]!r}")
        return decode(request.body, "application/json", encoding, bytes_max, items_max)
    if not any(_ATTRIBUTE.fullmatch(name) for name in request.headers):
        raise DeliveryRefusedError("not_an_event", "There are no ce- headers, and the content type is none of ours.")
    data = decode(request.body, kind, encoding, bytes_max, items_max) if request.body.strip() else [None]
    if len(data) != 1:
        raise DeliveryRefusedError("not_an_event", "In binary mode the body is the data of one event.")
    return [{**_attributes(request.headers), "data": data[0]}]


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        found[1]: _value(value) for name, value in headers.items() if (found := _ATTRIBUTE.fullmatch(name)) is not None
    }


def _value(text: str) -> str:
    """A header's value: unquoted, then percent-decoded once; what is no UTF-8 then must be refused."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise DeliveryRefusedError("bad_encoding", "A ce- header is not UTF-8 after percent-decoding.") from None


def allowed(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that answer an OPTIONS handshake: whoever asks may post, at any rate."""
    origin = headers.get("webhook-request-origin")
    if not origin:
        return {}
    rate = headers.get("webhook-request-rate", "")
    safe = origin if re.fullmatch(r"[A-Za-z0-9._:*-]{1,253}", origin) else "*"
    return {
        "WebHook-Allowed-Origin": safe,
        "WebHook-Allowed-Rate": rate if rate.isdecimal() and len(rate) < 10 else "*",
    }
