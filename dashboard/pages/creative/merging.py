"""This module owns the panel of merges: what counts as this creative and why, and an editor's way to change that."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.creative.aliases import Alias, aliases_of, targets
from dashboard.pages.creative.choosing import nothing_said
from dashboard.pages.creative.chosen import Chosen, chosen
from dashboard.pages.creative.deciding import REASON_MAX, Pending, is_mergeable, pending
from dashboard.pages.creative.texts import moment, opening
from dashboard.panels.panel import Words

KINDS = {
    "truncated": "derived: it is this text, cut off",
    "headline": "derived: it is a part of this text, and its ad had only this one",
    "merge": "merged by a person",
    "unmerge": "set apart by a person",
}


def fill(look: Look) -> Words:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_said()
    found = aliases_of(look, creative)
    waiting = pending(look.settings, look.real, creative.creative_id)
    return Words([
        *_waiting(waiting, look.fresh.as_of),
        *_in_force([alias for alias in found if alias.in_force and alias.kind != "unmerge"], look),
        *_past([alias for alias in found if not alias.in_force or alias.kind == "unmerge"], look),
        _forms(look, creative, [alias for alias in found if alias.in_force and alias.kind != "unmerge"]),
    ])  # fmt: skip


def _waiting(waiting: Sequence[Pending], as_of: datetime) -> list[Component]:
    """What was decided and is not applied yet; if that takes long, what to look at."""
    said: list[Component] = []
    for one in waiting:
        late = (as_of - one.at).total_seconds() > 60
        words = f"Pending: {one.words}, decided by {one.who} at {one.at.astimezone(UTC):%H:%M:%S} UTC. "
        words += (
            "Newer data was published without it: see whether the refresh loop reports trouble."
            if late
            else "The refresh loop applies it within seconds; the numbers change with the version it publishes then."
        )
        said.append(html.P(words, className="pending", role="status"))
    return said


def _in_force(found: Sequence[Alias], look: Look) -> list[Component]:
    if not found:
        return [html.P("No other creative counts as this one.", className="quiet")]
    head = f"{len(found)} {'creative counts' if len(found) == 1 else 'creatives count'} as this one:"
    return [html.P(head), html.Ul([_told(alias, look) for alias in found], className="aliases")]


def _past(found: Sequence[Alias], look: Look) -> list[Component]:
    if not found:
        return []
    items = html.Ul([_told(alias, look) for alias in found], className="aliases")
    return [html.Details([html.Summary(f"{len(found)} earlier decisions and creatives set apart"), items])]


def _told(alias: Alias, look: Look) -> Component:
    """One alias: its text, how it came to count, who decided, when and why."""
    text = opening(alias.text) if alias.text else alias.alias_id
    who = f" · {alias.actor}, {moment(alias.decided_at, look)}" if alias.actor else ""
    return html.Li([
        html.Div(text + ("" if text == alias.text or not alias.text else " …"), className="alias-text", dir="auto"),
        html.Div(f"{KINDS.get(alias.kind, alias.kind)}{who}", className="quiet"),
        html.Div([html.Span("Why: ", className="quiet"), alias.reason], dir="auto"),
    ])  # fmt: skip


def _forms(look: Look, creative: Chosen, found: Sequence[Alias]) -> Component:
    if not look.visitor.may_edit:
        return html.P("Editors can merge creatives here, and undo it; you can look.", className="quiet")
    if not is_mergeable(creative.creative_id):
        return html.P("It is named by its ad, not by a text: only texts can be merged.", className="quiet")
    parts = [_merge_form(look, creative)]
    if found:
        parts.append(_unmerge_form(creative, found))
    parts.append(
        html.P("Nothing is rewritten: a merge only says how texts are counted, for all days, and can be undone.",
               className="quiet")
    )  # fmt: skip
    return html.Div(parts, className="decisions")


def _merge_form(look: Look, creative: Chosen) -> Component:
    return _form(
        "creative-merge", "Merge this creative into another one", "The creative it shall count as",
        targets(look, creative), creative.creative_id, "Merge",
    )  # fmt: skip


def _unmerge_form(creative: Chosen, found: Sequence[Alias]) -> Component:
    options = [(alias.alias_id, _option(alias.text or alias.alias_id)) for alias in found]
    return _form("creative-unmerge", "Set one apart again", "The creative to set apart", options, creative.creative_id,
                 "Set apart")  # fmt: skip


def _form(name: str, legend: str, which: str, options: Sequence[tuple[str, str]], key: str, do: str) -> Component:
    """A choice, a reason and a button. What is typed outlives the next version of the data (`persistence`)."""
    kept = {"persistence": key, "persistence_type": "memory"}
    return html.Div(
        [
            html.Strong(legend, id=f"{name}-legend"),
            dmc.Select(
                id=f"{name}-which", data=[{"value": value, "label": label} for value, label in options],
                searchable=True,
                placeholder=which, nothingFoundMessage="None of that name", limit=50, **kept, **aria(label=which),
            ),
            dmc.TextInput(
                id=f"{name}-reason", placeholder="Why: it is kept with the decision", debounce=0,
                inputProps={"maxLength": REASON_MAX}, **kept, **aria(label=f"Why ({do.lower()})"),
            ),
            html.Button(do, id=f"{name}-do", type="button", className="tool"),
        ],
        className="decide", role="group", **aria(labelledby=f"{name}-legend"),
    )  # fmt: skip


def _option(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 90 else words[:89] + "…"
