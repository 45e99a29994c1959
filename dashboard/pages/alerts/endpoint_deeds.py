"""This module owns what an editor does to the endpoints: add, choose events, a new secret, switch, test, send again."""

from collections.abc import Callable, Mapping
from typing import Any

from analytics.alerts import deliveries, endpoints
from analytics.alerts.endpoints import OVERLAP_MS, Endpoint
from analytics.alerts.kinds import TEST
from dashboard.config import Settings
from dashboard.pages.alerts.deeds import UNKNOWN, Said, line, note
from dashboard.people.refusal import Refused, check_may_edit
from dashboard.people.visitor import Visitor
from dashboard.state import State

OVERLAP_HOURS = OVERLAP_MS // 3_600_000
DONE = {
    "test": "A test waits for {name}; what it answers stands in the log below.",
    "rotate": f"{{name}} has a new secret. The one before signs beside it for {OVERLAP_HOURS} hours.",
    "enable": "{name} is told again; what waited goes first.",
    "disable": "{name} is told nothing until it is switched on.",
    "remove": "{name} is removed.",
}


def add_endpoint(settings: Settings, who: Visitor, _state: State, told: Mapping[str, Any]) -> Said:
    """Tell somebody from now on, over the channel that is chosen or that the address asks for.

    Raises Refused, ConfigError, StoreError.
    """
    from analytics.alerts import channels  # what posts is loaded by whoever posts, and here by who adds somebody
    from analytics.alerts.reachable import networks

    check_may_edit(who, "add an endpoint")
    name = line(told.get("name"), "Give it a name, such as: team")
    address = line(told.get("url"), "Say where to: https://…")
    events = _wanted(told.get("events"))
    chosen = told.get("channel")
    channel = channels.channel_of(address, chosen if isinstance(chosen, str) else None)
    channels.check_address(channel, address, networks(settings.alerts.allow_private))
    made = endpoints.add(settings.data_dir, name, address, channel, events)
    note(settings, who, "alerts.endpoint.add", made.name, None, _as_noted(made))
    return Said(f"{made.name} is told of {_of(made)} from now on, over {made.channel}.", *made.secrets[:1])


def change_endpoint(settings: Settings, who: Visitor, deed: str, ident: str) -> Said:
    """Do to one what its button says. Raises Refused, ConfigError, StoreError."""
    from analytics.alerts.testing import send_test

    check_may_edit(who, "change an endpoint")
    data_dir, before = settings.data_dir, endpoints.named(settings.data_dir, ident)
    doing: dict[str, Callable[[], object]] = {
        "test": lambda: send_test(data_dir, ident),
        "rotate": lambda: endpoints.rotate(data_dir, ident),
        "enable": lambda: endpoints.enable(data_dir, ident),
        "disable": lambda: endpoints.disable(data_dir, ident, f"by {who.name}"),
        "remove": lambda: endpoints.remove(data_dir, ident),
    }
    if deed not in doing:
        raise Refused(UNKNOWN)
    made = doing[deed]()
    after = made if isinstance(made, Endpoint) and deed != "remove" else None
    told = None if deed == "test" else _as_noted(before)
    note(settings, who, f"alerts.endpoint.{deed}", before.name, told, _as_noted(after) if after else None)
    secret = after.secrets[0] if after and deed == "rotate" else ""
    return Said(DONE[deed].format(name=before.name), secret)


def choose_events(settings: Settings, who: Visitor, ident: str, wanted: object) -> Said:
    """Let one be told of these events alone; of all where none is chosen. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "change what an endpoint is told of")
    if not isinstance(wanted, list):  # of no row of the page: nothing ticked would be every event
        raise Refused(UNKNOWN)
    before, events = endpoints.named(settings.data_dir, ident), _wanted(wanted)
    after = endpoints.change(settings.data_dir, before.id, events)
    note(settings, who, "alerts.endpoint.events", after.name, _as_noted(before), _as_noted(after))
    return Said(f"{after.name} is told of {_of(after)} from now on.")


def replay(settings: Settings, who: Visitor, endpoint: str, event: str) -> Said:
    """Send an event to an endpoint again. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "send an event again")
    deliveries.replay(settings.data_dir, event, None, endpoint)
    note(settings, who, "alerts.event.replay", event, None, {"to": endpoint})
    return Said(f"It waits for {endpoint} again; what it answers stands in the log below.")


def _wanted(events: object) -> tuple[str, ...]:
    found = tuple(str(each) for each in events) if isinstance(events, list) else ()
    if TEST in found:
        raise Refused("A test goes to whoever is asked; it is no event to choose.")
    return found


def _of(each: Endpoint) -> str:
    return ", ".join(each.events) or "every event"


def _as_noted(each: Endpoint) -> dict[str, object]:
    return {"to": each.shown, "events": ", ".join(each.events) or "all", "on": each.disabled_at is None}
