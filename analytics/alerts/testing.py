"""This module owns the test event: one endpoint is sent one event, whatever it wants, to see whether it takes it."""

import secrets
from pathlib import Path

from analytics.alerts import deliveries, endpoints, events
from analytics.alerts.events import Event
from analytics.alerts.kinds import TEST
from analytics.alerts.store import now_ms, writing
from ingest.config import ConfigError

SENTENCE = "This is a test from whichad: alerts reach you."


def send_test(data_dir: Path, name: str) -> Event:
    """Queue a test event for one endpoint. Raises ConfigError where it is not there or switched off, StoreError."""
    endpoint = endpoints.named(data_dir, name)
    if endpoint.disabled_at is not None:
        raise ConfigError(f"{endpoint.name} is switched off. First: whichad alerts endpoints enable {endpoint.name}")
    made = events.event_id(TEST, endpoint.id, secrets.token_hex(8))
    event = Event(made, TEST, TEST, endpoint.id, now_ms(), None, SENTENCE, {"endpoint": endpoint.name})
    with writing(data_dir) as store:
        events.insert(store, event)
        deliveries.put(store, [(made, endpoint.id, now_ms())])
    return event
