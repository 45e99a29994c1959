"""This module owns one POST to a webhook: to an address that was checked, signed, answered within a time.

No redirect is followed, no proxy is asked, and no connection is kept: events are few, and an address is checked anew.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from analytics.alerts.reachable import ForbiddenError, Network, Place, places
from ingest.relaying.forward import wait_seconds, words
from ingest.relaying.target import Target, target

ANSWER_BYTES_MAX = 2000
USER_AGENT = "whichad-alerts"


class UnansweredError(Exception):
    """No answer came; the message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said: its status, the beginning of its body, and its Retry-After in seconds."""

    status: int
    said: str
    wait_seconds: float | None


class _Pinned(http.client.HTTPConnection):
    """A connection to checked addresses alone, under the name that was asked for: the first that takes it."""

    def __init__(self, to: Target, places: Sequence[Place], timeout_seconds: float) -> None:
        super().__init__(to.host, places[0].port, timeout=timeout_seconds)
        self._to, self._places, self._deadline = to, places, time.monotonic() + timeout_seconds

    def connect(self) -> None:
        """Connect without asking the resolver again; the certificate is held against the name."""
        for left, place in zip(range(len(self._places) - 1, -1, -1), self._places, strict=True):
            try:
                seconds = max(0.05, self._deadline - time.monotonic())
                self.sock = socket.create_connection((place.host, place.port), seconds)
                break
            except OSError:
                if not left:
                    raise
        if self._to.is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._to.host)


def aim(url: str) -> Target:
    """The parts of an endpoint's address. Raises ForbiddenError."""
    try:
        return target(url)
    except ValueError:
        raise ForbiddenError("The address of a webhook begins with https:// and names a host.") from None


def post(
    url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network], timeout_seconds: float
) -> Answer:
    """Post a body; `timeout_seconds` bounds all of it. Raises ForbiddenError, UnansweredError."""
    to = aim(url)
    try:
        checked = places(to, allowed)
    except (OSError, UnicodeError) as error:
        raise UnansweredError(words(error, timeout_seconds)) from None
    connection = _Pinned(to, checked, timeout_seconds)
    overdue = threading.Timer(timeout_seconds, _cut, (connection,))  # an answer that drips byte by byte ends, too
    overdue.daemon = True
    overdue.start()
    began = time.monotonic()
    try:
        return _asked(connection, to, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() - began >= timeout_seconds
        raise UnansweredError(words(TimeoutError() if late else _known(error), timeout_seconds)) from None
    finally:
        overdue.cancel()
        connection.close()


def _asked(connection: _Pinned, to: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    path = (to.path or "/") + (f"?{to.query}" if to.query else "")
    login = {"authorization": to.authorization} if to.authorization else {}
    own = {"content-type": "application/json", "user-agent": USER_AGENT, **login, **headers}
    connection.request("POST", path, body=body, headers=own)
    response = connection.getresponse()
    said = b""
    with suppress(OSError, http.client.HTTPException):  # its status came, and that is all that counts
        said = response.read(ANSWER_BYTES_MAX)
    text = " ".join(said.decode("utf-8", "replace").split())
    return Answer(response.status, text, wait_seconds(response.getheader("retry-after")))


def _cut(connection: _Pinned) -> None:
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):  # it ended meanwhile
            sock.shutdown(socket.SHUT_RDWR)


def _known(error: Exception) -> OSError | http.client.HTTPException:
    """A header that cannot be written is the address's fault, and reads like one."""
    return error if isinstance(error, OSError | http.client.HTTPException) else http.client.HTTPException(str(error))
