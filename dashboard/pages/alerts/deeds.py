"""This module owns what an editor does to the alerts here: allowed, checked, done, then in the audit trail.

The trail never holds an address or a secret: either may let somebody in.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from analytics.alerts import conditions, deliveries, endpoints, rules
from analytics.alerts.conditions import Condition
from analytics.alerts.endpoints import Endpoint
from analytics.alerts.kinds import TEST
from analytics.alerts.store import now_ms
from dashboard.config import Settings
from dashboard.pages.alerts.rules import UNKEPT, taken
from dashboard.people import audit
from dashboard.people.refusal import Refused, check_may_edit
from dashboard.people.store import StoreError
from dashboard.people.visitor import Visitor
from dashboard.state import State
from ingest.config import ConfigError

log = logging.getLogger("whichad.dashboard")
DAY_MS = 86_400_000
SNOOZES = {"day": 1, "week": 7}


def add_endpoint(settings: Settings, who: Visitor, name: object, url: object, wanted: object) -> tuple[str, str]:
    """Tell somebody from now on: the sentence, and the secret to show this once ('' where there is none).

    Raises Refused, ConfigError, StoreError.
    """
    from analytics.alerts import channels  # what posts is loaded by whoever posts, and here by who adds somebody
    from analytics.alerts.reachable import networks

    check_may_edit(who, "add an endpoint")
    name, address = _line(name, "Give it a name, such as: team"), _line(url, "Say where to: https://…")
    events = tuple(str(each) for each in wanted) if isinstance(wanted, list) else ()
    if TEST in events:
        raise Refused("A test goes to whoever is asked; it is no event to choose.")
    channel = channels.channel_of(address, None)
    channels.check_address(channel, address, networks(settings.alerts.allow_private))
    made = endpoints.add(settings.data_dir, name, address, channel, events)
    _audit(settings, who, "alerts.endpoint.add", made.name, None, _told(made))
    words = f"{made.name} is told of {', '.join(made.events) or 'everything'} from now on."
    return words, made.secrets[0] if made.secrets else ""


def change_endpoint(settings: Settings, who: Visitor, deed: str, ident: str) -> str:
    """Switch one on or off, remove it, or send it a test; the sentence. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "change an endpoint")
    data_dir = settings.data_dir
    before = endpoints.named(data_dir, ident)
    if deed == "test":
        from analytics.alerts.testing import send_test

        send_test(data_dir, ident)
        _audit(settings, who, "alerts.endpoint.test", before.name, None, None)
        return f"A test waits for {before.name}; what it answers stands in the log below."
    changing: dict[str, tuple[Callable[[], Any], str]] = {
        "enable": (lambda: endpoints.enable(data_dir, ident), "is told again; what waited goes first."),
        "disable": (lambda: endpoints.disable(data_dir, ident, f"by {who.name}"), "is told nothing until then."),
        "remove": (lambda: endpoints.remove(data_dir, ident), "is removed."),
    }  # fmt: skip
    if deed not in changing:
        raise Refused("There is no such deed.")
    do, words = changing[deed]
    do()
    after = None if deed == "remove" else _told(endpoints.named(data_dir, ident))
    _audit(settings, who, f"alerts.endpoint.{deed}", before.name, _told(before), after)
    return f"{before.name} {words}"


def add_rule(settings: Settings, who: Visitor, state: State, told: dict[str, Any]) -> str:
    """Add a threshold with the filters of the page; the sentence. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "add a threshold")
    if left := [name for name in state.filtered if name in UNKEPT]:
        raise Refused(f"A threshold cannot keep the filter by {' and '.join(left)}. Clear it above first.")
    floor = told.get("floor") or None
    condition = Condition(
        str(told.get("metric") or ""), str(told.get("comparison") or ""),
        conditions.number(_line(told.get("value"), "Say which value it is held against, such as 0.8")),
        _days(told.get("days")), str(told.get("per") or "total"), floor,
        conditions.number(_line(told.get("floor_value"), "Say how much the floor is at least, such as 100"))
        if floor else conditions.number("0"),
        taken(state), told.get("maturing") is True,
    )  # fmt: skip
    name = told.get("name")
    made = rules.add(settings.data_dir, name if isinstance(name, str) and name.isprintable() else "", condition)
    _audit(settings, who, "alerts.rule.add", made.name, None, {"when": condition.sentence})
    return f"From the next version on it is watched: {condition.sentence}."


def change_rule(settings: Settings, who: Visitor, deed: str, ident: str) -> str:
    """Snooze a rule, wake it, switch it, or remove one's own; the sentence. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "change a rule of alerts")
    data_dir = settings.data_dir
    before = rules.named(data_dir, ident)
    until = now_ms() + SNOOZES.get(deed, 0) * DAY_MS
    after: dict[str, object]
    if deed in SNOOZES:
        rules.snooze(data_dir, ident, until)
        words, after = f"is quiet for a {deed}.", {"quiet": f"for a {deed}"}
    elif deed == "wake":
        rules.snooze(data_dir, ident, 0)
        words, after = "is awake.", {"quiet": "no"}
    elif deed in ("on", "off"):
        rules.switch(data_dir, ident, deed == "on")
        words, after = f"is {deed}.", {"on": deed == "on"}
    elif deed == "remove" and before.condition is not None:
        rules.remove(data_dir, ident)
        words, after = "is removed.", {}
    else:
        raise Refused("There is no such deed.")
    told = {"on": before.is_on, "when": before.condition.sentence if before.condition else None}
    _audit(settings, who, f"alerts.rule.{deed}", before.name, told, after or None)
    return f"{before.name} {words}"


def replay(settings: Settings, who: Visitor, endpoint: str, event: str) -> str:
    """Send an event to an endpoint again; the sentence. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "send an event again")
    deliveries.replay(settings.data_dir, event, None, endpoint)
    _audit(settings, who, "alerts.event.replay", event, None, {"to": endpoint})
    return f"It waits for {endpoint} again; what it answers stands in the log below."


def _audit(settings: Settings, who: Visitor, action: str, subject: str, before: Any, after: Any) -> None:
    try:
        audit.record(settings.data_dir, int(time.time()), who.name, action, subject, before, after)
    except StoreError as error:
        log.error("%s of %s is done, but the trail could not be written: %s", action, subject, error)


def _told(each: Endpoint) -> dict[str, object]:
    return {"to": each.shown, "events": ", ".join(each.events) or "all", "on": each.disabled_at is None}


def _line(value: object, missing: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or not text.isprintable():
        raise Refused(missing)
    return text


def _days(value: object) -> int:
    try:
        return int(str(value).strip())
    except ValueError:
        raise ConfigError(f"{str(value)!r} is no number of days, such as 7") from None
