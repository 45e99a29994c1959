"""This module owns what an editor does to the rules: add a threshold, switch, remove, snooze a rule or one subject."""

from collections.abc import Mapping
from typing import Any

from analytics.alerts import conditions, events, rules
from analytics.alerts.conditions import Condition
from analytics.alerts.rules import Rule
from analytics.alerts.store import now_ms
from dashboard.config import Settings
from dashboard.pages.alerts.deeds import UNKNOWN, Said, line, note
from dashboard.pages.alerts.rules import UNKEPT, taken
from dashboard.pages.alerts.snoozing import ENDED, SNOOZES
from dashboard.pages.alerts.subjects import in_words
from dashboard.people.refusal import Refused, check_may_edit
from dashboard.people.visitor import Visitor
from dashboard.state import State
from ingest.config import ConfigError

DAY_MS = 86_400_000


def add_rule(settings: Settings, who: Visitor, state: State, told: Mapping[str, Any]) -> Said:
    """Add a threshold with the filters of the page. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "add a threshold")
    if left := [name for name in state.filtered if name in UNKEPT]:
        raise Refused(f"A threshold cannot keep the filter by {' and '.join(left)}. Clear it above first.")
    floor = told.get("floor") or None
    condition = Condition(
        str(told.get("metric") or ""), str(told.get("comparison") or ""),
        conditions.number(line(told.get("value"), "Say which value it is held against, such as 0.8")),
        _days(told.get("days")), str(told.get("per") or "total"), floor,
        conditions.number(line(told.get("floor-value"), "Say how much the floor is at least, such as 100"))
        if floor else conditions.number("0"),
        taken(state), told.get("maturing") is True,
    )  # fmt: skip
    name = told.get("name")
    made = rules.add(settings.data_dir, name if isinstance(name, str) and name.isprintable() else "", condition)
    note(settings, who, "alerts.rule.add", made.name, None, {"when": condition.sentence})
    return Said(f"From the next version on it is watched: {condition.sentence}.")


def change_rule(settings: Settings, who: Visitor, deed: str, ident: str) -> Said:
    """Do to a rule what its button says. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "change a rule of alerts")
    data_dir = settings.data_dir
    before = rules.named(data_dir, ident)
    after: dict[str, object] | None = None
    if deed in SNOOZES or deed == ENDED:
        words, after = _snoozed(settings, before, deed, "")
    elif deed in ("on", "off"):
        rules.switch(data_dir, ident, deed == "on")
        words, after = f"is {deed}.", {"on": deed == "on"}
    elif deed == "remove" and before.condition is not None:
        rules.remove(data_dir, ident)
        words = "is removed."
    else:
        raise Refused(UNKNOWN)
    told = {"on": before.is_on, "when": before.condition.sentence if before.condition else None}
    note(settings, who, f"alerts.rule.{deed}", before.name, told, after)
    return Said(f"{before.name} {words}")


def snooze_event(settings: Settings, who: Visitor, deed: str, event: str) -> Said:
    """Say nothing for a time of what an event is about, or again. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "snooze what an event is about")
    found = events.one(settings.data_dir, event)
    if found is None:
        raise ConfigError("This event is not kept any more. Reload the page, or snooze the whole rule.")
    return _snooze(settings, who, deed, rules.named(settings.data_dir, found.rule_id), found.subject)


def wake_subject(settings: Settings, who: Visitor, rule: str, subject: str) -> Said:
    """End the snooze of one subject of a rule. Raises Refused, ConfigError, StoreError."""
    check_may_edit(who, "end a snooze")
    found = rules.named(settings.data_dir, rule)
    if subject not in found.snoozed:
        raise Refused("Its snooze is over already. Reload the page to see how it stands.")
    return _snooze(settings, who, ENDED, found, subject)


def _snooze(settings: Settings, who: Visitor, deed: str, rule: Rule, subject: str) -> Said:
    if deed not in SNOOZES and deed != ENDED:
        raise Refused(UNKNOWN)
    words, after = _snoozed(settings, rule, deed, subject)
    about = in_words(settings.data_dir, [(rule.id, subject)])[rule.id, subject]
    note(settings, who, f"alerts.subject.{deed}", f"{rule.name}: {about}", None, after)
    return Said(f"{rule.name}: {about} {words}")


def _snoozed(settings: Settings, rule: Rule, deed: str, subject: str) -> tuple[str, dict[str, object]]:
    if deed == ENDED:
        rules.snooze(settings.data_dir, rule.id, 0, subject)
        return "is awake.", {"quiet": "no"}
    days, words = SNOOZES[deed]
    rules.snooze(settings.data_dir, rule.id, now_ms() + days * DAY_MS, subject)
    return f"is quiet for {words}.", {"quiet": f"for {words}"}


def _days(value: object) -> int:
    try:
        return int(str(value).strip())
    except ValueError:
        raise ConfigError(f"{str(value)!r} is no number of days, such as 7") from None
