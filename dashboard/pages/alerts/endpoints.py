"""This module owns the panel of endpoints: who is told of what, how that stands, and an editor's way to change it."""

from dash import html
from dash.development.base_component import Component

from analytics.alerts import deliveries, endpoints
from analytics.alerts.deliveries import Standing
from analytics.alerts.endpoints import APPRISE, WEBHOOK, Endpoint
from analytics.alerts.store import NAME
from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.alerts import fields
from dashboard.pages.alerts.endpoint_deeds import OVERLAP_HOURS
from dashboard.pages.alerts.rows import badge, button, only_editors, opened, row, rows, when
from dashboard.panels.panel import Panel, Words

ADDRESS_MAX = 2000
NOBODY = "Nobody is told anything yet."
ROTATION = f"It is shown once. The one in use signs beside it for {OVERLAP_HOURS} hours: let its receiver know by then."
REMOVAL = "It is told nothing any more; what waits for it and its log go, too."
CHANNELS = {WEBHOOK: "webhook: signed, https://…", APPRISE: "apprise: Slack, e-mail and others"}


def fill(look: Look) -> Words:
    """The panel."""
    found, sent = endpoints.listed(look.settings.data_dir), deliveries.standings(look.settings.data_dir)
    listed = [_row(each, sent.get(each.id), look.visitor.may_edit) for each in found]
    form = (
        _form()
        if look.visitor.may_edit
        else only_editors("add endpoints, choose their events, switch them off and send a test")
    )
    return Words([rows(listed, NOBODY), form])


def state_of(each: Endpoint) -> tuple[str, str]:
    """In a word how an endpoint is, and the tone of it."""
    if each.disabled_at is not None:
        return "switched off", "quiet"
    return ("failing", "wrong") if each.failing_since is not None else ("on", "fine")


def _row(each: Endpoint, stands: Standing | None, may_edit: bool) -> Component:
    lines = [[f"{each.shown} over {each.channel} · {', '.join(each.events) or 'every event'}"], [_told(stands)]]
    if each.disabled_at is not None:
        lines.append([f"Switched off {when(each.disabled_at)}: {each.disabled_why or 'nobody said why'}."])
    elif each.failing_since is not None:
        lines.append([f"Has taken nothing since {when(each.failing_since)}; the log below says what it answered."])
    return row([html.Strong(each.name), badge(*state_of(each))], lines, _deeds(each) if may_edit else [])


def _told(stands: Standing | None) -> str:
    if stands is None:
        return "Nothing was sent yet."
    told = f"{stands.delivered:,} delivered, {stands.waiting:,} waiting, {stands.given_up:,} given up"
    return f"{told}; last attempt {when(stands.last_at) if stands.last_at else 'never'}"


def _deeds(each: Endpoint) -> list[Component]:
    if each.disabled_at is not None:
        deeds = [button("Switch on", "endpoint", "enable", each.id, each.name)]
    else:
        deeds = [
            button("Send a test", "endpoint", "test", each.id, each.name),
            button("Switch off", "endpoint", "disable", each.id, each.name),
        ]
    choice = [
        fields.events({"type": "alert-wanted", "id": each.id}, each.events),
        button("Keep", "choice", "events", each.id, f"events of {each.name}"),
    ]
    deeds.append(
        opened("Events…", each.name, "Of what it is told from now on; what waits is told all the same.", choice)
    )
    if each.channel == WEBHOOK:
        rotate = button("Make a new secret", "endpoint", "rotate", each.id, each.name)
        deeds.append(opened("New secret…", each.name, ROTATION, [rotate]))
    remove = button("Remove for good", "endpoint", "remove", each.id, each.name)
    return [*deeds, opened("Remove…", each.name, REMOVAL, [remove])]


def _form() -> Component:
    from analytics.alerts import channels  # loads what posts: only for who may add somebody

    found = [(name, CHANNELS.get(name, f"{name} (installed)")) for name in channels.names()]
    return html.Div(
        [
            html.H3("Tell somebody", id="alerts-endpoint-legend"),
            html.Div(
                [
                    fields.text("alerts-endpoint-name", "Name", "team"),
                    fields.text("alerts-endpoint-url", "Address", "https://…", most=ADDRESS_MAX),
                    fields.select("alerts-endpoint-channel", "Channel", found, None, "by the address"),
                ],
                className="alert-fields three",
            ),
            html.Details([html.Summary("Only some events"), fields.events("alerts-endpoint-events", [])]),
            html.Div(html.Button("Add", id="alerts-endpoint-do", type="button", className="tool")),
            html.P("A webhook is signed; its secret is shown once, when it is made. Slack, e-mail and others: an"
                   " address of apprise, such as slack://… What a package of others brings is chosen as channel.",
                   className="quiet"),
        ],
        className="alert-form", role="group", **aria(labelledby="alerts-endpoint-legend"),
    )  # fmt: skip


PANEL = Panel("alerts-endpoints", "Who is told", "words", "", fill, says=True, kept_in=f"data/{NAME}")
