"""This module owns alerts for tests: a receiver that verifies as a stranger would, events by hand, a quick schedule."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import standardwebhooks
from relaying import Got, Headers, Target

from analytics.alerts import endpoints, events
from analytics.alerts.endpoints import Endpoint
from analytics.alerts.events import Event, Step, event_id
from analytics.alerts.lane import Lane
from analytics.alerts.reachable import networks
from analytics.alerts.store import now_ms
from ingest.relaying.patience import Patience

LOOPBACK = networks(["127.0.0.0/8", "::1"])
QUICK = Patience(steps=(0.05, 0.05, 0.1), pauses=(0.05,), misses_borne=50, give_up=5 * 86_400, timeout=5, jitter=0)


def verified(got: Got, secret: str) -> dict[str, Any]:
    """The event, as the `standardwebhooks` library reads it; raises where the signature is not right."""
    return dict(standardwebhooks.Webhook(secret).verify(got.body, dict(got.headers)))


def ids(target: Target) -> list[str]:
    """The ids of what arrived, in order."""
    return [got.headers["webhook-id"] for got in target.got]


def note(data_dir: Path, count: int = 1, kind: str = "sender.silent", first: int = 0, **data: Any) -> list[Event]:
    """Events as an evaluation writes them down, `count` of them."""
    made = [
        Event(
            event_id(kind, str(at), "1"), kind, kind, str(at), now_ms() + at, "v1", f"Number {at}.", {"n": at, **data}
        )
        for at in range(first, first + count)
    ]
    return events.note(data_dir, Step(made), now_ms())


def lane(data_dir: Path, endpoint: Endpoint, patience: Patience = QUICK) -> Lane:
    """The lane of an endpoint; what it narrates is dropped."""
    return Lane(data_dir, endpoint.id, LOOPBACK, patience, lambda _: None)


def to(data_dir: Path, target: Target, name: str = "team", *wanted: str) -> Endpoint:
    """An endpoint for a target."""
    return endpoints.add(data_dir, name, target.url, events=wanted)


def answers(*statuses: int | tuple[int, Headers]) -> Any:
    """The answers of a target, one request after the other; the last one for all that follow."""
    left = list(statuses)

    def answer(_got: Got) -> tuple[int, Mapping[str, str]]:
        told = left.pop(0) if len(left) > 1 else left[0]
        return told if isinstance(told, tuple) else (told, {})

    return answer


def body(got: Got) -> dict[str, Any]:
    """What was posted."""
    return dict(json.loads(got.body))
