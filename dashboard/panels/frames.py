"""This module owns the frame around a panel: title, tools, loading, trouble, the figure's or grid's place, the foot."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.panels.grids import grid
from dashboard.panels.panel import Panel

GRAPH_CONFIG: Any = {
    "showSendToCloud": False,
    "displaylogo": False,
    "displayModeBar": False,  # the panel's own tools do what it did, by keyboard too, and cover nothing
    "responsive": True,
}
LOADING_MS = 250  # what comes sooner is not worth a flicker


def placed(panel: Panel) -> Component:
    """The panel's place on its page: its frame, or of a late one its title until it comes near the screen."""
    if not panel.late:
        return framed(panel)
    waiting = html.Section(
        html.H2(panel.title, id=f"{panel.name}-title"),
        id=f"{panel.name}-panel",
        className="card panel",
        style={"minHeight": panel.height},
        **aria(labelledby=f"{panel.name}-title"),
    )
    wide = "wide" if panel.wide else "half"
    told: Any = {"data-late": panel.name}  # assets/whichad.js asks for it when it comes near
    # `n_clicks` is set by the script alone: a click inside must not make the frame again.
    return html.Div(
        waiting, id={"late": panel.name}, className=f"late {wide}", n_clicks=0, disable_n_clicks=True, **told
    )


def framed(panel: Panel) -> Component:
    """The panel's section, empty; its callback fills it."""
    title = html.H2(panel.title, id=f"{panel.name}-title")
    head = html.Div([title, _tools(panel)], className="panel-head")
    parts: list[Component] = [head]
    if panel.about:
        parts.append(html.P(panel.about, className="about"))
    parts.append(html.Div(id=f"{panel.name}-trouble", role="alert", className="trouble"))
    parts.append(
        # Nothing is hidden, and nothing is covered by a mere live refresh: base.css, and whichad.js `touched`.
        dcc.Loading(
            _body(panel),
            delay_show=LOADING_MS,
            show_initially=False,
            overlay_style={"visibility": "visible"},
            custom_spinner=html.Div(className="waiting", **aria(hidden="true")),
            parent_className="waits",
        )
    )
    if panel.says:
        parts.append(html.Div(id=f"{panel.name}-said", role="status", className="said"))
    parts.append(html.P(id=f"{panel.name}-foot", className="foot"))
    wide = "wide" if panel.wide else "half"
    told: Any = {"data-unmoved": ""} if panel.unmoved else {}  # assets/carrying.js puts the ticks into its links
    return html.Section(
        parts,
        id=f"{panel.name}-panel",
        className=f"card panel {wide} {panel.shape}",
        **told,
        **aria(labelledby=f"{panel.name}-title"),
    )


def _body(panel: Panel) -> Component:
    if panel.shape == "grid":
        note = html.P(id=f"{panel.name}-caption", className="caption")
        return html.Div([grid(panel), note])
    if panel.shape == "words":
        return html.Div(id=panel.name, className="words")
    # The height is fixed: a responsive graph without one collapses.
    graph = dcc.Graph(id=panel.name, config=GRAPH_CONFIG, responsive=True, style={"height": panel.height})
    return html.Figure(
        [
            html.Div(graph, **aria(hidden="true")),  # the caption and the table say it to who does not see it
            html.Figcaption(id=f"{panel.name}-caption", className="caption"),
            html.Details(
                [html.Summary("Show as a table"), html.Div(id=f"{panel.name}-table", className="as-table")],
                className="alternative",
            ),
        ],
        className="figure",
        **aria(labelledby=f"{panel.name}-title", describedby=f"{panel.name}-caption"),
    )


def _tools(panel: Panel) -> Component | None:
    if panel.shape == "words":
        return None
    made = [_export(panel, kind) for kind in ("csv", "xlsx")]
    if panel.shape == "figure":
        made.append(
            html.Button(
                "PNG",
                type="button",
                className="tool",
                title="Save the chart as a picture",
                **{"data-png": panel.name, **aria(label=f"Save {panel.title} as a picture")},
            )
        )
    return html.Div(made, className="tools")


def _export(panel: Panel, kind: str) -> Component:
    # assets/export.js adds what the URL says at the moment of the click.
    return html.A(
        kind.upper(),
        href=f"/export/{panel.name}.{kind}",
        className="tool",
        title=f"Save what is shown as {kind.upper()}",
        **{"data-export": panel.name, **aria(label=f"Save {panel.title} as {kind.upper()}")},
    )
