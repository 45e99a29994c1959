"""This module owns one delivery's way to its target: the same request again, and what the target said to it.

Method, body and kept headers are the sender's. What the original connection knew (the caller's address, its user
agent, the token that was ours) is not passed on.
"""

import email.utils
import http.client
import socket
import ssl
import time
from dataclasses import dataclass

from ingest.door.request import Request
from ingest.relaying.target import Target, address

ANSWER_BYTES_MAX = 1 << 16
_LATER = frozenset({408, 425, 429})
_WAIT_FOR_ALL = frozenset({429, 503})


class UnreachableError(Exception):
    """No connection: the target is away, whatever the delivery is."""


class UnansweredError(Exception):
    """The connection stood, and no answer came: the target's fault or this delivery's."""


class UnspeakableError(Exception):
    """This delivery cannot be written as a request."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a target answered. `wait_seconds` is its Retry-After."""

    status: int
    wait_seconds: float | None = None

    @property
    def is_delivered(self) -> bool:
        """2xx; a redirect is followed nowhere and counts as a failure."""
        return 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same request could be taken later."""
        return self.status in _LATER or self.status >= 500

    @property
    def is_for_all(self) -> bool:
        """Whether the target asks to be left alone, by other deliveries as well."""
        return self.status in _WAIT_FOR_ALL and self.wait_seconds is not None


class Messenger:
    """One kept-alive connection to a target; not thread-safe."""

    def __init__(self, to: Target, timeout_seconds: float) -> None:
        """`timeout_seconds` bounds connecting, and each wait for bytes of an answer."""
        self._to, self._timeout_seconds = to, timeout_seconds
        if to.is_tls:
            context = ssl.create_default_context()
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                to.host, to.port, timeout=timeout_seconds, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(to.host, to.port, timeout=timeout_seconds)

    def send(self, request: Request, receipt: str) -> Said:
        """Send a request. Raises UnreachableError, UnansweredError, UnspeakableError."""
        was_open = self._connection.sock is not None
        try:
            return self._send(request, receipt)
        except (ConnectionError, http.client.BadStatusLine) as error:
            self.close()
            if not was_open:
                raise UnansweredError(words(error, self._timeout_seconds)) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnansweredError(words(error, self._timeout_seconds)) from None
        try:  # the target had closed a connection that was kept alive: that is no answer to this request
            return self._send(request, receipt)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnansweredError(words(error, self._timeout_seconds)) from None

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        self._connection.close()

    def _send(self, request: Request, receipt: str) -> Said:
        connection = self._connection
        if connection.sock is None:
            try:
                connection.connect()
            except (OSError, UnicodeError) as error:
                self.close()
                raise UnreachableError(words(error, self._timeout_seconds)) from None
        try:
            self._put_head(request, receipt)
        except (ValueError, http.client.InvalidURL) as error:
            self.close()
            raise UnspeakableError(f"it cannot be sent on ({type(error).__name__})") from None
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        wait = wait_seconds(response.getheader("retry-after"))
        self._read_out(response)
        return Said(response.status, wait)

    def _put_head(self, request: Request, receipt: str) -> None:
        connection = self._connection
        connection.putrequest(request.method, address(self._to, request), skip_accept_encoding=True)
        headers = {**request.headers, "user-agent": "whichad-relay", "whichad-relay": "1", "whichad-receipt": receipt}
        if self._to.authorization:
            headers["authorization"] = self._to.authorization
        if request.method != "GET":
            headers["content-length"] = str(len(request.body))
        for name, value in headers.items():
            connection.putheader(name, value)

    def _read_out(self, response: http.client.HTTPResponse) -> None:
        """Read a short answer to its end, so that the connection can be used again; drop a long or slow one."""
        deadline, size = time.monotonic() + self._timeout_seconds, 0
        try:
            while not response.isclosed() and size < ANSWER_BYTES_MAX and time.monotonic() < deadline:
                size += len(response.read1(ANSWER_BYTES_MAX))
                if response.length == 0:  # all is there, and only `read` notices
                    response.read()
        except (OSError, http.client.HTTPException):  # its status came, and that is all that counts
            self.close()
        if not response.isclosed():
            response.close()
            self.close()


def wait_seconds(text: str | None) -> float | None:
    """A Retry-After in seconds, whether it is a number or a date (RFC 9110, 10.2.3); None for neither."""
    if not text:
        return None
    if text.strip().isdecimal() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def words(error: Exception, timeout_seconds: float) -> str:
    """An error for people: never with an address in it, which may hold a password."""
    if isinstance(error, TimeoutError):
        return f"it did not answer within {timeout_seconds:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, socket.gaierror | UnicodeError):
        return "its name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "it refuses connections"
    if isinstance(error, ConnectionError | http.client.HTTPException):
        return "it closed the connection without an answer"
    return f"it cannot be reached ({getattr(error, 'strerror', None) or type(error).__name__})"
