"""This module owns one keep-alive connection to ingest, over which signed webhooks are posted and retried."""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from urllib.parse import urlsplit

from ingest.signature import sign
from ingest.world.batches import Delivery

RETRIED = frozenset({429, 500, 502, 503, 504})
WAIT_SECONDS, WAIT_SECONDS_MAX = 0.05, 5.0


class PostError(Exception):
    """A webhook was refused for good, or nobody answered for too long; the message says which and why."""


class StoppedError(Exception):
    """The caller asked to stop while a webhook waited for its retry."""


@dataclass(frozen=True)
class Answer:
    """What ingest said about one delivery, and how often it had to be asked."""

    accepted: int
    quarantined: int
    retries: int


class Line:
    """One connection. Not for use by several threads."""

    def __init__(self, base_url: str, clock: Callable[[], float], stop: Event, give_up_seconds: float) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{base_url!r} is not an http(s) URL")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=30)
        self._prefix = parts.path.rstrip("/")
        self._clock, self._stop, self._give_up_seconds = clock, stop, give_up_seconds

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def post(self, delivery: Delivery, secret: str) -> Answer:
        """Post until it is answered with 200, with the same id each time.

        Raises PostError for any other final answer or after `give_up_seconds` without one, StoppedError.
        """
        waited, retries = 0.0, 0
        while True:
            status, retry_after, text = self._once(delivery, secret)
            if status == 200:
                answer = json.loads(text)
                return Answer(answer["accepted"], answer["quarantined"], retries)
            if status not in RETRIED and status != 0:
                raise PostError(f"{delivery.sender}: ingest answered {status} to {delivery.message_id}: {text[:300]}")
            wait = min(max(retry_after, WAIT_SECONDS * 2**retries), WAIT_SECONDS_MAX)
            if waited + wait > self._give_up_seconds:
                raise PostError(
                    f"{delivery.sender}: no answer after {waited:.0f} s, the last was {status}: {text[:300]}"
                )
            if self._stop.wait(wait):
                raise StoppedError
            waited += wait
            retries += 1

    def _once(self, delivery: Delivery, secret: str) -> tuple[int, float, str]:
        """One attempt: (status, seconds to wait, text); status 0 where the connection failed."""
        timestamp = int(self._clock())
        headers = {
            "Content-Type": delivery.content_type,
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret, delivery.message_id, timestamp, delivery.body),
        }
        try:
            self._connection.request("POST", f"{self._prefix}/webhooks/{delivery.sender}", delivery.body, headers)
            response = self._connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()  # the next request opens a new one
            return 0, 0.0, f"{type(error).__name__}: {error}"
        after = response.getheader("Retry-After") or ""
        return response.status, float(after) if after.isdigit() else 0.0, text
