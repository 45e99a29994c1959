"""This module owns HTTP as bytes: waitress's parser, made strict where two readers of one request could differ.

A proxy in front of us and waitress behind it must never see two different requests (request smuggling, RFC 9112
§11.2). So a length is said once, lines end in CRLF, nothing is folded, a chunk is exactly a chunk; the rest is 400.
"""

import re
import time
from typing import Any

from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

_REQUEST_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Z]+ [^\x00-\x20\x7f]+ HTTP/1\.([01])")
_LENGTH = re.compile(rb"[0-9]{1,18}")  # int() refuses to read more than 4300 digits, with an error of its own
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_FRAMING = (b"content-length", b"transfer-encoding")
CHUNK_LINE_BYTES_MAX = 1024
TRAILER_BYTES_MAX = 8192
# A chunk of one byte takes six on the wire. What a chunked body weighs is counted by Chunks, exactly.
CHUNKED_WEIGHT = 8


class Chunks:
    """Receives a chunked body and takes the chunks apart; waitress asks it for the whole in the end."""

    def __init__(self, buffer: OverflowableBuffer, bytes_max: int) -> None:
        """`buffer` takes the content, of which there may be `bytes_max` bytes."""
        self.completed, self.error = False, None
        self._buffer, self._bytes_max = buffer, bytes_max
        self._line, self._expects = b"", self._on_size
        self._remaining = self._trailer_bytes = 0

    def __len__(self) -> int:
        return int(self._buffer.__len__())

    def received(self, data: bytes) -> int:
        """Take what belongs to this body; returns how many bytes that were."""
        at = 0
        while at < len(data) and not (self.completed or self.error):
            if self._remaining:
                piece = data[at : at + self._remaining]
                self._buffer.append(piece)
                self._remaining -= len(piece)
            else:
                end = data.find(b"\n", at) + 1
                piece = data[at:end] if end else data[at:]
                self._line += piece
                self._expects()
            at += len(piece)
        return at

    def getfile(self) -> Any:
        """The content as a file."""
        return self._buffer.getfile()

    def getbuf(self) -> OverflowableBuffer:
        """The buffer, for waitress to close."""
        return self._buffer

    def _on_size(self) -> None:
        found = _CHUNK.fullmatch(self._line)
        if found is None:
            begins_well = self._line[:1] in b"0123456789abcdefABCDEF"
            if self._line.endswith(b"\n") or not begins_well or len(self._line) > CHUNK_LINE_BYTES_MAX:
                self._fail(BadRequest("A chunk does not begin with its size."))
            return
        self._line, self._remaining = b"", int(found[1], 16)
        if len(self) + self._remaining > self._bytes_max:
            self._fail(RequestEntityTooLarge("chunked"))
        self._expects = self._on_end if self._remaining else self._on_trailer

    def _on_end(self) -> None:
        if self._line == b"\r\n":
            self._line, self._expects = b"", self._on_size
        elif self._line != b"\r":
            self._fail(BadRequest("A chunk is not as long as it says."))

    def _on_trailer(self) -> None:
        if len(self._line) + self._trailer_bytes > TRAILER_BYTES_MAX:
            self._fail(BadRequest("The trailer is too long."))
        elif self._line == b"\r\n":
            self.completed = True
        elif self._line.endswith(b"\n"):
            if not _FIELD.fullmatch(self._line.removesuffix(b"\r\n")):
                self._fail(BadRequest("The trailer is not made of header fields."))
            self._trailer_bytes += len(self._line)
            self._line = b""  # nobody reads trailers here, and none may change what the header said

    def _fail(self, error: Error) -> None:
        self.error, self._remaining = error, 0


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request as it arrives. `refusal` is the code of REFUSALS where waitress's error says less."""

    path = ""  # until a request line was read
    refusal: str | None = None

    def __init__(self, adjustments: Adjustments, headers_max: int = 100, body_bytes_max: int = 1 << 20) -> None:
        """`headers_max` header fields at most; waitress makes one at the first byte of each request."""
        super().__init__(adjustments)
        self._headers_max, self._body_bytes_max = headers_max, body_bytes_max
        self.started_at = time.monotonic()

    def refuse(self, code: str) -> None:
        """End this request, whatever is missing, with a refusal."""
        self.refusal, self.error, self.completed = code, BadRequest(""), True

    def received(self, data: bytes) -> int:
        """Take the next bytes; returns how many were of this request, all of them where it is refused."""
        if self.body_rcv is None and _has_loose_lines(self.header_plus + data):
            self.error, self.completed = BadRequest("A line of the header does not end in CR LF."), True
            return len(data)
        taken = int(super().received(data))
        if self.completed:  # to a request without a body, or a refused one, waitress would send a 100 and wait on
            self.expect_continue = False
        return len(data) if self.error else taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the request line and the header fields. Raises ParsingError."""
        line, _, rest = header_plus.partition(b"\r\n")
        found = _REQUEST_LINE.fullmatch(line)
        if not found:
            raise ParsingError("The request line is not METHOD target HTTP/1.1.")
        fields = self._fields([field for field in rest.split(b"\r\n") if field])
        _check_framing(fields, is_old=found[1] == b"0")
        # Postbacks bring texts that nobody encoded; urlsplit takes ASCII only.
        line = _NOT_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], line)
        # waitress's own pattern takes a minute over 100 KiB of blanks: it gets values that were read and stripped here.
        plain = b"".join(name + b":" + value + b"\r\n" for name, value in fields)
        try:
            super().parse_header(line + b"\r\n" + plain)
        except (ValueError, TransferEncodingNotImplemented) as error:  # urlsplit on http://[
            raise ParsingError(f"The request cannot be read ({error}).") from None
        if self.content_length > self._body_bytes_max:
            self.error, self.completed = RequestEntityTooLarge("length"), True
        elif self.chunked:
            self.body_rcv = Chunks(OverflowableBuffer(self.adj.inbuf_overflow), self._body_bytes_max)

    def _fields(self, lines: list[bytes]) -> list[tuple[bytes, bytes]]:
        if len(lines) > self._headers_max:
            self.refusal = "headers_too_large"
            raise ParsingError(f"There are more than {self._headers_max} header fields.")
        found = [_FIELD.fullmatch(line) for line in lines]  # a folded line has no name
        if None in found:
            raise ParsingError("A line of the header is no `Name: value`.")
        return [(field[1], field[2].strip(b" \t")) for field in found if field]


def _check_framing(fields: list[tuple[bytes, bytes]], is_old: bool) -> None:
    """How long the body is must be said once, and plainly. Raises ParsingError."""
    framing = [(name.lower(), value) for name, value in fields if name.lower() in _FRAMING]
    if len(framing) > 1:
        raise ParsingError("Content-Length and Transfer-Encoding: one of them, once.")
    for name, value in framing:
        if name == b"content-length" and not _LENGTH.fullmatch(value):
            raise ParsingError("The Content-Length is no number.")
        if name == b"transfer-encoding" and (is_old or value.lower() != b"chunked"):
            raise ParsingError("The only Transfer-Encoding is chunked, and HTTP/1.0 has none.")


def _has_loose_lines(text: bytes) -> bool:
    """Whether a header, as far as it is here, has a bare LF, or blanks before its request line."""
    end = text.find(b"\r\n\r\n")
    head = text if end < 0 else text[: end + 4]
    return head.count(b"\n") != head.count(b"\r\n") or head.lstrip(b"\r\n")[:1].isspace()
