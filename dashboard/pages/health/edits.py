"""This module owns the panel of who changed what on the dashboard: the last edits of the audit trail, for everybody.

The rows are people's deeds in data/dashboard.sqlite, not numbers of a mart, so neither period nor filters apply.
"""

from typing import Any

from dashboard.look import Look
from dashboard.panels.panel import Column, Panel, Rows
from dashboard.people import audit
from dashboard.people.audit import Entry
from dashboard.people.store import NAME
from dashboard.people.visitor import Visitor

EDITS_MAX = 200
NOBODY = "Nobody has changed anything yet: merges, annotations, saved views and users stand here from the first one on."
NOTE = "Times are UTC. The trail is only ever added to; views that others keep to themselves are not listed."
ACTIONS = {
    "merge": "Merged a creative",
    "unmerge": "Set a creative apart",
    "annotation.add": "Wrote an annotation",
    "annotation.change": "Changed an annotation",
    "annotation.delete": "Deleted an annotation",
    "view.save": "Saved a view",
    "view.rename": "Renamed a view",
    "view.delete": "Deleted a view",
    "user.add": "Added a user",
    "user.remove": "Removed a user",
    "user.role": "Changed a role",
    "user.password": "Set a user's password",
    "password": "Changed their own password",
    "alerts.endpoint.add": "Added an endpoint of alerts",
    "alerts.endpoint.enable": "Switched an endpoint on",
    "alerts.endpoint.disable": "Switched an endpoint off",
    "alerts.endpoint.remove": "Removed an endpoint",
    "alerts.endpoint.rotate": "Made an endpoint's new secret",
    "alerts.endpoint.events": "Chose an endpoint's events",
    "alerts.endpoint.test": "Sent a test to an endpoint",
    "alerts.rule.add": "Added a threshold",
    "alerts.rule.day": "Snoozed a rule of alerts",
    "alerts.rule.week": "Snoozed a rule of alerts",
    "alerts.rule.month": "Snoozed a rule of alerts",
    "alerts.rule.wake": "Woke a rule of alerts",
    "alerts.rule.on": "Switched a rule of alerts on",
    "alerts.rule.off": "Switched a rule of alerts off",
    "alerts.rule.remove": "Removed a threshold",
    "alerts.subject.day": "Snoozed one subject of a rule",
    "alerts.subject.week": "Snoozed one subject of a rule",
    "alerts.subject.month": "Snoozed one subject of a rule",
    "alerts.subject.wake": "Woke one subject of a rule",
    "alerts.event.replay": "Sent an event again",
}
COLUMNS = (
    Column("at", "When (UTC)", "moment", 140),
    Column("who", "Who", width=150),
    Column("what", "What", width=180),
    Column("subject", "Of what", width=300, wrap=True),
    Column("before", "Before", width=260, wrap=True, sortable=False),
    Column("after", "After", width=260, wrap=True, sortable=False),
)


def fill(look: Look) -> Rows:
    """The last edits, the newest first."""
    found = [each for each in audit.edits(look.settings.data_dir, EDITS_MAX) if is_open(each, look.visitor)]
    rows = [
        {
            "id": str(each.id),
            "at": each.at.replace(tzinfo=None),
            "who": each.who,
            "what": ACTIONS.get(each.action, each.action),
            "subject": each.subject,
            "before": told(each.before),
            "after": told(each.after),
        }
        for each in found
    ]
    return Rows(COLUMNS, rows, NOTE if rows else "", NOBODY)


def is_open(entry: Entry, visitor: Visitor) -> bool:
    """Whether everybody may read it: a view that is not shared is its owner's alone, its name and its filters, too."""
    if not entry.action.startswith("view.") or entry.who == visitor.name:
        return True
    return any(isinstance(state, dict) and state.get("shared") is True for state in (entry.before, entry.after))


def told(state: Any) -> str:
    """How it was, as words: `role: editor`, `shared: yes, url: /…`."""
    if isinstance(state, dict):
        return ", ".join(f"{name}: {_word(value)}" for name, value in state.items() if value is not None)
    return "" if state is None else _word(state)


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


PANEL = Panel("health-edits", "Who changed what", "grid", "", fill, 360, row_height=56, kept_in=f"data/{NAME}")
