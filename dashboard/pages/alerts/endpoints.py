"""This module owns the panel of endpoints: who is told of what, how that stands, and an editor's way to change it."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.alerts import deliveries, endpoints
from analytics.alerts.deliveries import Standing
from analytics.alerts.endpoints import Endpoint
from analytics.alerts.kinds import KINDS, TEST
from analytics.alerts.store import NAME
from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.alerts.rows import ago, badge, button, only_editors, row, rows, sure, when
from dashboard.panels.panel import Panel, Words

NAME_MAX, ADDRESS_MAX = 60, 2000
NOBODY = "Nobody is told anything yet."
KEPT = {"persistence": True, "persistence_type": "memory"}  # what is half typed outlives the next version of the data


def fill(look: Look) -> Words:
    """The panel."""
    found, sent = endpoints.listed(look.settings.data_dir), deliveries.standings(look.settings.data_dir)
    listed = [_row(each, sent.get(each.id), look.visitor.may_edit) for each in found]
    form = _form() if look.visitor.may_edit else only_editors("add endpoints, switch them off and send a test")
    return Words([rows(listed, NOBODY), form])


def state_of(each: Endpoint) -> tuple[str, str]:
    """In a word how an endpoint is, and the tone of it."""
    if each.disabled_at is not None:
        return "switched off", "quiet"
    return ("failing", "wrong") if each.failing_since is not None else ("on", "fine")


def _row(each: Endpoint, stands: Standing | None, may_edit: bool) -> Component:
    off = each.disabled_at is not None
    lines = [[f"{each.shown} over {each.channel} · {', '.join(each.events) or 'every event'}"], [_told(stands)]]
    if each.disabled_at is not None:
        lines.append([f"Switched off {when(each.disabled_at)}: {each.disabled_why or 'nobody said why'}."])
    elif each.failing_since is not None:
        lines.append([f"Has taken nothing since {when(each.failing_since)}; the log below says what it answered."])
    return row([html.Strong(each.name), badge(*state_of(each))], lines, _deeds(each, off) if may_edit else [])


def _told(stands: Standing | None) -> str:
    if stands is None:
        return "Nothing was sent yet."
    told = f"{stands.delivered:,} delivered, {stands.waiting:,} waiting, {stands.given_up:,} given up"
    return f"{told}; last attempt {ago(stands.last_at)}"


def _deeds(each: Endpoint, off: bool) -> list[Component]:
    deeds = [button("Switch on", "endpoint", "enable", each.id, each.name)] if off else [
        button("Send a test", "endpoint", "test", each.id, each.name),
        button("Switch off", "endpoint", "disable", each.id, each.name),
    ]  # fmt: skip
    question = "It is told nothing any more; what waits for it and its log go, too."
    return [*deeds, sure("Remove…", question, button("Remove for good", "endpoint", "remove", each.id, each.name))]


def _form() -> Component:
    return html.Div(
        [
            html.H3("Tell somebody", id="alerts-endpoint-legend"),
            html.Div(
                [
                    dmc.TextInput(id="alerts-endpoint-name", label="Name", placeholder="team", debounce=0,
                                  attributes={"input": {"maxLength": NAME_MAX}}, **KEPT),
                    dmc.TextInput(id="alerts-endpoint-url", label="Address", placeholder="https://…", debounce=0,
                                  attributes={"input": {"maxLength": ADDRESS_MAX, "autoComplete": "off"}}, **KEPT),
                ],
                className="alert-fields two",
            ),
            html.Details([html.Summary("Only some events"), dmc.CheckboxGroup(
                id="alerts-endpoint-events", label="None ticked: all of them", value=[], **KEPT,
                children=html.Div(_events(), className="alert-ticks"),
            )]),
            html.Div(html.Button("Add", id="alerts-endpoint-do", type="button", className="tool")),
            html.P("A webhook is signed; its secret is shown once, when it is added. Slack, e-mail and others: an"
                   " address of apprise, such as slack://…", className="quiet"),
        ],
        className="alert-form", role="group", **aria(labelledby="alerts-endpoint-legend"),
    )  # fmt: skip


def _events() -> Sequence[Component]:
    return [dmc.Checkbox(value=kind.name, label=f"{kind.name}: {kind.what}") for kind in KINDS if kind.name != TEST]


PANEL = Panel("alerts-endpoints", "Who is told", "words", "", fill, says=True, kept_in=f"data/{NAME}")
