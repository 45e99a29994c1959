"""This module owns what fuzzing holds about decoders: a documented refusal, or a value that every rule may rely on.

Each target takes any bytes and raises only where a promise is broken.
"""

import gzip
import zlib
from decimal import Decimal
from typing import Any

import hostile
from broken import BROKEN, CHUNKS, GOOD, WHOLE
from fuzz.pieces import Pieces, text_of
from waitress.adjustments import Adjustments

from ingest.auth.carrier import without_parameters
from ingest.auth.proof import AuthError
from ingest.bodies.decoding import DEPTH_MAX, decode, decode_form, decompress
from ingest.bodies.query import PARAMETERS_MAX, read_query
from ingest.creative import explain, identify, variant_id
from ingest.listening.wire import Parser
from ingest.rejection import DeliveryRefusedError

BYTES_MAX, ITEMS_MAX = 1 << 16, 100
STATUSES = {400, 413, 415}
TYPES = ("application/json", "application/x-ndjson", "text/json; charset=utf-8", "application/jsonl", "text/plain")
ENCODINGS = ("", "gzip", "deflate", "identity", "br", " GZIP ")
ADJUSTMENTS = Adjustments(max_request_header_size=16 << 10, max_request_body_size=8 * BYTES_MAX)


def bodies(data: bytes) -> None:
    """A JSON or NDJSON body: refused by name, or items whose numbers are exact and finite, and not too deep."""
    pieces = Pieces(data)
    kind, encoding = TYPES[pieces.number(len(TYPES))], ENCODINGS[pieces.number(len(ENCODINGS))]
    body = pieces.rest()
    items = _items(body, kind, encoding)
    if items is None:
        return
    assert len(items) <= ITEMS_MAX
    _check(items, 0)
    plain = decompress(body, encoding, BYTES_MAX)
    for packed, name in ((gzip.compress(plain, 1), "gzip"), (zlib.compress(plain), "deflate")):
        assert _items(packed, kind, name) == items  # how it was packed is not what it says


def _items(body: bytes, kind: str, encoding: str) -> list[Any] | None:
    try:
        return decode(body, kind, encoding, BYTES_MAX, ITEMS_MAX)
    except DeliveryRefusedError as error:
        assert error.refusal.status in STATUSES
        return None


def _check(value: Any, depth: int) -> None:
    assert depth <= DEPTH_MAX + 1  # NDJSON's lines and an array's elements are one list
    if isinstance(value, dict):
        assert all(type(key) is str for key in value)
        for each in value.values():
            _check(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check(each, depth + 1)
    elif isinstance(value, Decimal):
        assert value.is_finite()
    else:
        assert value is None or type(value) in {str, int, bool}
        assert type(value) is not int or len(str(abs(value))) <= 40


def packed(data: bytes) -> None:
    """What claims to be compressed: refused by name, or no larger than the limit, as zlib itself reads it."""
    pieces = Pieces(data)
    encoding, body = ("gzip", "deflate")[pieces.number(2)], pieces.rest()
    try:
        plain = decompress(body, encoding, BYTES_MAX)
    except DeliveryRefusedError as error:
        assert error.refusal.status in STATUSES
        return
    assert len(plain) <= BYTES_MAX
    windows = (31,) if encoding == "gzip" else (15, -15)
    assert plain in [_inflated(body, window) for window in windows]


def _inflated(body: bytes, window: int) -> bytes | None:
    stream = zlib.decompressobj(window)
    try:
        return stream.decompress(body) + stream.flush()
    except zlib.error:
        return None


def queries(data: bytes) -> None:
    """A query or form: parameters that can be written again byte for byte, and none beyond the limit."""
    try:
        found, odd = read_query(data)
    except ValueError:
        assert data.count(b"&") >= PARAMETERS_MAX
        return
    assert len(found) <= data.count(b"&") + 1 and all(isinstance(each, str) for each in odd)
    for name, value in found.items():
        (name + value).encode("utf-8", "surrogateescape")
    again = b"&".join(b"%s=%s" % (_quoted(name), _quoted(value)) for name, value in found.items())
    assert read_query(again)[0] == found
    assert read_query(data.decode("latin-1"))[0] == found  # WSGI's form of the same bytes
    try:
        assert decode_form(data, "", BYTES_MAX)[0] == read_query(data.strip())[0]
    except DeliveryRefusedError as error:
        assert error.refusal.code == "body_empty" and not data.strip()
    _without(data.decode("latin-1"))


def _quoted(text: str) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in text.encode("utf-8", "surrogateescape"))


def _without(query: str) -> None:
    """Taking a token out leaves all other bytes, and leaves no token."""
    try:
        values, kept = without_parameters(query, {b"token", b"k"})
    except AuthError:
        return
    assert without_parameters(kept, {b"token", b"k"}) == ([], kept)
    assert len(kept) <= len(query) and (values or kept == query)


def texts(data: bytes) -> None:
    """An ad text: settled is settled, the key is the text's, and every step ends."""
    raw = text_of(data)
    found = identify(raw)
    again = identify(found.text)
    assert again.text == found.text, (raw, found.text, again.text)
    assert again.key == found.key and again.creative_id == found.creative_id, (raw, found, again)
    assert (found.key is None) is (found.status not in {"ok", "partial_macro"})
    assert len(variant_id(raw)) == 32
    for _, text in explain(raw):
        text.encode("utf-8", "surrogatepass")


def requests(data: bytes) -> None:
    """Bytes of HTTP: one reading of them, however the network cuts them, and no error but a refusal."""
    pieces = Pieces(data)
    step, raw = 1 + pieces.number(64), pieces.rest()
    whole, cut = _parsed(raw, len(raw) or 1), _parsed(raw, step)
    assert whole[:2] == cut[:2], (whole, cut)
    assert whole[1] is not None or whole[2] == cut[2]


def _parsed(raw: bytes, step: int) -> tuple[bool, int | None, bytes]:
    parser = Parser(ADJUSTMENTS, headers_max=20, body_bytes_max=BYTES_MAX)
    for start in range(0, len(raw), step):
        left = raw[start : start + step]
        while left and not parser.completed:
            left = left[parser.received(left) :]
    code = parser.error.code if parser.error else None
    assert code in {None, 400, 413, 431}
    return parser.completed, code, parser.get_body_stream().read()


TARGETS = {"bodies": bodies, "packed": packed, "queries": queries, "texts": texts, "requests": requests}
_JSON = [each.encode("utf-8", "surrogatepass") for each in (*hostile.NUMBERS, *hostile.CONTAINERS, *hostile.INSIDE)]
SEEDS: dict[str, list[bytes]] = {
    "bodies": [b"\0\0" + each for each in _JSON if len(each) < 900] + [b'\1\0{"a": 1}\n{"a": 1.5e3}\n'],
    "packed": [b"\0" + gzip.compress(b"{}"), b"\1" + zlib.compress(b"{}"), b"\1" + zlib.compress(b"{}")[2:-4]],
    "queries": [each.encode("latin-1") for each in hostile.PERCENT] + [b"k=a&token=b&%6b=c&a=1&a=2&a"],
    "texts": [each.encode("utf-8", "surrogatepass") for each in hostile.TEXTS] + [
        b"Quiet%2520SUVs+of+2026%21", b"&amp;lt;b&gt; %E2%80%9CSUV%E2%80%9D", "ＦＵＬＬ … Straße İ ﬁ é".encode(),
        b"{{ad.name}} SUV", b"%u2019 &#x2019; \\u2019", b"Learn More", b"100%25+off+%26+more"],
    "requests": [b"\7" + each for each in (*BROKEN, GOOD, CHUNKS + WHOLE)],
}  # fmt: skip
