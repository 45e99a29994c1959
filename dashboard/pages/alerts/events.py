"""This module owns the panels of what was told: the last events with their deliveries, the log, and the digest."""

from collections.abc import Collection, Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from analytics.alerts import deliveries, endpoints, events, rules
from analytics.alerts.deliveries import GIVEN_UP, Logged
from analytics.alerts.events import Event
from analytics.alerts.kinds import DIGEST
from analytics.alerts.rules import Rule
from analytics.alerts.store import NAME, moment
from dashboard.look import Look
from dashboard.pages.alerts.rows import badge, button, row, rows, when
from dashboard.pages.alerts.snoozing import ENDED, snooze
from dashboard.panels.panel import Column, Panel, Rows, Words

EVENTS_MAX, ATTEMPTS_MAX = 25, 300
NOTHING = "Nothing has happened yet that a rule speaks of."
STATES = {"delivered": ("delivered", "fine"), "waiting": ("waiting", "quiet"), GIVEN_UP: ("given up", "wrong")}
COLUMNS = (
    Column("at", "When (UTC)", "moment", 160),
    Column("endpoint", "Endpoint", width=130),
    Column("type", "Event", width=200),
    Column("came", "Came to", width=120),
    Column("status", "HTTP", "count", 72),
    Column("took", "Took (ms)", "count", 90),
    Column("said", "What was answered", width=300, wrap=True),
    Column("next", "Next try (UTC)", "moment", 160),
    Column("event", "Event's id", width=200),
)


def fill_events(look: Look) -> Words:
    """The newest events, each with how its deliveries went, and for an editor what can be done about it."""
    data_dir = look.settings.data_dir
    last = _last(deliveries.log(data_dir, limit=ATTEMPTS_MAX))
    known, ruled = set[str](), dict[str, Rule]()
    if look.visitor.may_edit:
        known = {each.name for each in endpoints.listed(data_dir)}
        ruled = {each.id: each for each in rules.listed(data_dir)}
    found = []
    for each in events.listed(data_dir, limit=EVENTS_MAX):
        told = [one for one in last if one.event_id == each.id]
        found.append(_row(each, told, [*_again(each, told, known), *_snooze(each, ruled.get(each.rule_id))]))
    return Words([rows(found, NOTHING)])


def fill_log(look: Look) -> Rows:
    """Every attempt of late, the newest first."""
    found = deliveries.log(look.settings.data_dir, limit=ATTEMPTS_MAX)
    made = [
        {
            "id": str(number), "at": moment(each.at).replace(tzinfo=None), "endpoint": each.endpoint, "type": each.type,
            "came": "delivered" if each.ok else "not delivered", "status": each.status, "took": each.took_ms,
            "said": each.said, "next": moment(each.next_at).replace(tzinfo=None) if each.next_at else None,
            "event": each.event_id, "strong": not each.ok,
        }
        for number, each in enumerate(found)
    ]  # fmt: skip
    return Rows(COLUMNS, made, "", "Nothing was sent yet.")


def fill_digest(look: Look) -> Words:
    """The newest digest, as it was sent."""
    found = events.listed(look.settings.data_dir, DIGEST, limit=1)
    if not found:
        return Words([html.P("No digest was made yet: it comes once a day, after the day before is closed.",
                             className="quiet")])  # fmt: skip
    parts: list[Component] = [html.P(when(found[0].at), className="quiet")]
    return Words([*parts, html.P(found[0].sentence, className="alert-digest", dir="auto")])


def _last(found: Iterable[Logged]) -> list[Logged]:
    """Of each delivery its newest attempt."""
    made: dict[tuple[str, str], Logged] = {}
    for each in found:
        made.setdefault((each.event_id, each.endpoint), each)
    return list(made.values())


def _row(each: Event, told: list[Logged], deeds: Sequence[Component]) -> Component:
    lines: list[list[Component | str]] = [[f"{when(each.at)} · {each.type}"]]
    for one in told:
        answer = f" · {one.status}" if one.status else ""
        later = f" · next try {when(one.next_at)}" if one.next_at and one.state == "waiting" else ""
        lines.append([f"{one.endpoint} ", badge(*STATES.get(one.state, (one.state, "quiet"))), f"{answer}{later}"])
    if not told:
        lines.append(["No attempt yet, or nobody wants it."])
    first, *more = each.sentence.splitlines() or [""]  # a digest has several; it stands whole below
    return row([html.Span(f"{first} …" if more else first, dir="auto")], lines, deeds)


def _again(each: Event, told: list[Logged], known: Collection[str]) -> list[Component]:
    return [
        button(f"Send again to {one.endpoint}", "event", one.endpoint, each.id, _about(each))
        for one in told if one.state == GIVEN_UP and one.endpoint in known
    ]  # fmt: skip


def _snooze(each: Event, rule: Rule | None) -> list[Component]:
    """What snoozes the subject of an event, or ends that; nothing where its rule is gone or says nothing anyway."""
    if rule is None or not rule.is_on or "" in rule.snoozed:
        return []
    if each.subject in rule.snoozed:
        return [button("Wake", "snooze", ENDED, each.id, _about(each))]
    return [snooze("snooze", each.id, _about(each))]


def _about(each: Event) -> str:
    return each.sentence[:60]


PANELS = (
    Panel("alerts-events", "What was told", "words", "", fill_events, says=True, kept_in=f"data/{NAME}"),
    Panel("alerts-log", "Every attempt", "grid", "", fill_log, 360, row_height=44, kept_in=f"data/{NAME}"),
    Panel("alerts-digest", "The last digest", "words", "", fill_digest, kept_in=f"data/{NAME}"),
)
