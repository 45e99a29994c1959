"""This module owns the context of a payload: what the sender's configuration and the moment add to it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Context:
    """What the sender's configuration and the moment add to a payload."""

    sender: str
    zone: ZoneInfo
    currency: str
    network: str | None
    now: datetime
    visitor_key: bytes
    message_id: str = ""
    traffic: str | None = None
    repeats: str | None = None  # the profile's policy for another payload under a known key
