"""This module owns the panels of what to fix next, and of how whichad runs: ingest, refresh, the published file."""

import json
from datetime import UTC, datetime

from dash import html
from dash.development.base_component import Component

from analytics.status.cycle import STATUS_FILE
from dashboard import ingest_state, numbers, reading
from dashboard.config import Settings
from dashboard.look import Look
from dashboard.panels.panel import Column, Panel, Rows, Words
from ingest.terminal.called import as_called

_FIXES = """select rank, kind, detail, who, days, items, revenue::double as revenue, cost::double as cost,
  at_stake::double as at_stake, sentence, action
from next_fixes order by rank"""
_FRESH = """select newest_event, newest_delivery, built_at, as_of, version, interactions, statements, deliveries,
  duplicates, corroborating_clicks, quarantined from freshness"""
NOTHING = "Nothing to fix: every cent of the last 28 days has its place, and every sender's items can be used."


def fill_fixes(look: Look) -> Rows:
    """What is wrong and what to do about it, the most urgent first."""
    found = reading.rows(look.real, _FIXES, {})
    names = ("rank", "kind", "detail", "who", "days", "items", "revenue", "cost", "at_stake", "sentence", "action")
    rows = [
        {**dict(zip(names, row, strict=True)), "id": str(row[0]), "action": as_called(str(row[-1]))} for row in found
    ]
    columns = (
        Column("sentence", "What is wrong", width=450, wrap=True, sortable=False),
        Column("action", "What to do", width=420, wrap=True, sortable=False),
        Column(
            "at_stake",
            "At stake",
            "money",
            100,
            "What is lost or may be counted wrong: the order of the list",
            places=2,
        ),
        Column("revenue", "Revenue behind it", "money", 118, places=2),
        Column("cost", "Spend behind it", "money", 110, places=2),
        Column("items", "Items", "count", 90),
        Column("days", "Days", "count", 76, "On how many of the last 28 days"),
        Column("rank", "Rank", "count", 76, "1 is what to fix first"),
    )
    note = ("Of the last 28 days, by the money at stake; before it what hits a tenth of a sender's items, after it what"
            " may well be as it should be.")  # fmt: skip
    return Rows(columns, rows, note if rows else "", NOTHING)


def fill_running(look: Look) -> Words:
    """Whether webhooks are taken, how the last refresh went, and what the published file says of itself."""
    now = datetime.now(UTC)
    door = ingest_state.standing(look.settings)
    ingest = _fact("Ingest", door.detail if door.ok else as_called(f"{door.detail}. {door.hint}"), door.ok)
    return Words([html.Dl([ingest, *refresh_facts(look.settings, now), *_published(look, now)], className="facts")])


def refresh_facts(settings: Settings, now: datetime) -> list[Component]:
    """What `status.json` says of the last cycle, and of a failed check its name and first rows."""
    said = _status(settings)
    if not said:
        return [_fact("Last refresh", as_called("has not run yet: start it with `whichad up`"), ok=False)]
    ok = said.get("ok") is True
    words = str(said.get("sentence") or "said nothing")
    facts = [_fact("Last refresh", f"{words}{_ago(said.get('at'), now)}{_took(said.get('cycle_seconds'))}", ok)]
    if "check" not in said:
        return [*facts, _fact("Checks", "all passed at the last publish", True)] if ok else facts
    rows = said.get("rows")
    told = [" · ".join(map(str, row)) for row in rows if isinstance(row, list)][:5] if isinstance(rows, list) else []
    failed = f"{said['check']} failed; the version before it stays published"
    return [*facts, _fact("Checks", failed + "".join(f"\n{line}" for line in told), ok=False)]


def _published(look: Look, now: datetime) -> list[Component]:
    event, delivery, built, as_of, version, *counts = reading.rows(look.real, _FRESH, {})[0]
    names = ("interactions", "statements", "deliveries", "repeats", "clicks told twice", "in quarantine")
    told = ", ".join(f"{int(str(count)):,} {name}" for name, count in zip(names, counts, strict=True) if count)
    moments = (("Published", built), ("Data as of", as_of), ("Newest event", event), ("Newest delivery", delivery))
    facts = [_fact(title, _moment(value, look, now)) for title, value in moments]
    return [*facts, _fact("Version", str(version)), _fact("Made of", told or "nothing yet")]


def _fact(title: str, words: str, ok: bool | None = None) -> Component:
    mark = {None: "", True: "✓ ", False: "✗ "}[ok]
    tone = {None: "", True: " fine", False: " wrong"}[ok]
    return html.Div([html.Dt(title), html.Dd(f"{mark}{words}", className=f"fact{tone}")])


def _moment(value: object, look: Look, now: datetime) -> str:
    if not isinstance(value, datetime):
        return "nothing yet"
    aware = value.replace(tzinfo=UTC)
    local = aware.astimezone(look.fresh.zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S} ({look.fresh.zone.key}), {numbers.age(aware, now)}"


def _ago(at: object, now: datetime) -> str:
    try:
        moment = datetime.fromisoformat(str(at).replace("Z", "+00:00"))
    except ValueError:
        return ""
    return f", {numbers.age(moment, now)}" if moment.tzinfo else ""


def _took(seconds: object) -> str:
    return f", took {seconds:.1f} s" if isinstance(seconds, int | float) else ""


def _status(settings: Settings) -> dict[str, object]:
    try:
        said = json.loads((settings.data_dir / STATUS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


PANELS = (
    Panel("health-fixes", "What to fix first", "grid", "next_fixes", fill_fixes, 420, row_height=66),
    Panel("health-running", "How it runs", "words", "freshness", fill_running),
)
