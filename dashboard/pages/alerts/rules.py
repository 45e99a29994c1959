"""This module owns the panel of alert rules: the built-in ones, an editor's own thresholds, and the form for one."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.alerts import rules as store
from analytics.alerts.conditions import COMPARISONS, FILTERS, PER
from analytics.alerts.kinds import KINDS
from analytics.alerts.rules import Rule
from analytics.alerts.store import NAME, now_ms
from analytics.metrics import METRICS
from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.alerts.endpoints import KEPT, NAME_MAX
from dashboard.pages.alerts.rows import badge, button, only_editors, row, rows, when
from dashboard.panels.panel import Panel, Words
from dashboard.state import State

WHAT = {kind.name: kind.what for kind in KINDS}
UNKEPT = ("verdict", "text")  # filters of the page that no rule can keep
EACH = {"total": "All together", "creative": "Each creative", "network": "Each network", "campaign": "Each campaign",
        "country": "Each country", "sender": "Each sender"}  # fmt: skip


def fill(look: Look) -> Words:
    """The panel."""
    listed = [_row(each, look.visitor.may_edit) for each in store.listed(look.settings.data_dir)]
    form = _form(look.state) if look.visitor.may_edit else only_editors("add thresholds, snooze and remove them")
    return Words([rows(listed, "There is no rule."), form])


def taken(state: State) -> dict[str, str]:
    """The filters of the page that a new rule keeps."""
    return {name: str(getattr(state, name)) for name in state.filtered if name in FILTERS}


def _row(each: Rule, may_edit: bool) -> Component:
    until = max(each.snoozed.values(), default=0)
    whole = each.snoozed.get("", 0) > now_ms()
    state = badge("off", "quiet") if not each.is_on else badge("snoozed", "quiet") if whole else badge("on", "fine")
    built_in = each.condition is None
    lines: list[Sequence[Component | str]] = [[WHAT[each.type] if each.condition is None else each.condition.sentence]]
    if until > now_ms():
        lines.append([f"Quiet until {when(until)}" + ("." if whole else f": {', '.join(each.snoozed)}.")])
    if not each.is_on:
        deeds = [button("Switch on", "rule", "on", each.id, each.name)]
    else:
        deeds = [
            *([button("Wake", "rule", "wake", each.id, each.name)] if whole else [
                button("Snooze a day", "rule", "day", each.id, each.name),
                button("A week", "rule", "week", each.id, each.name),
            ]),
            button("Switch off", "rule", "off", each.id, each.name),
        ]  # fmt: skip
    deeds += [] if built_in else [button("Remove", "rule", "remove", each.id, each.name)]
    return row([html.Strong(each.name), state], lines, deeds if may_edit else [])


def _form(state: State) -> Component:
    return html.Div(
        [
            html.H3("Add a threshold", id="alerts-rule-legend"),
            html.Div(
                [
                    _select("metric", "Metric", _metrics(), "roas"),
                    _select("comparison", "Is", [(each, each) for each in COMPARISONS], "below"),
                    _text("value", "Value", "0.8"),
                    _text("days", "Over days", "7", "7"),
                    _select("per", "Of", [(name, EACH[name]) for name in PER], "total"),
                    _select("floor", "Only where", _metrics(), None),
                    _text("floor-value", "is at least", "100"),
                    _text("name", "Name", "its sentence"),
                ],
                className="alert-fields",
            ),
            dmc.Checkbox(id="alerts-rule-maturing", label="Also look at days whose conversions are still coming in",
                         checked=False, **KEPT),
            html.P(_filters(state), className="quiet"),
            html.Div(html.Button("Add", id="alerts-rule-do", type="button", className="tool")),
        ],
        className="alert-form", role="group", **aria(labelledby="alerts-rule-legend"),
    )  # fmt: skip


def _filters(state: State) -> str:
    found = ", ".join(f"{name} {value}" for name, value in taken(state).items())
    told = f"It keeps the filters set above: {found}." if found else "Set filters above, and it keeps them; now: none."
    left = [name for name in state.filtered if name in UNKEPT]
    return told + (f" It cannot keep the filter by {' and '.join(left)}." if left else "")


def _metrics() -> list[tuple[str, str]]:
    return [(each.metric, each.title) for each in METRICS]


def _select(name: str, label: str, options: Sequence[tuple[str, str]], value: str | None) -> Component:
    made: Component = dmc.Select(
        id=f"alerts-rule-{name}", label=label, value=value, clearable=value is None, allowDeselect=value is None,
        data=[{"value": given, "label": words} for given, words in options],
        placeholder="" if value else "no floor", clearButtonProps=aria(label=f"Clear: {label}"), **KEPT,
    )  # fmt: skip
    return made


def _text(name: str, label: str, placeholder: str, value: str = "") -> Component:
    made: Component = dmc.TextInput(
        id=f"alerts-rule-{name}", label=label, placeholder=placeholder, value=value, debounce=0,
        attributes={"input": {"maxLength": NAME_MAX}}, **KEPT,
    )  # fmt: skip
    return made


PANEL = Panel("alerts-rules", "Of what", "words", "", fill, says=True, kept_in=f"data/{NAME}")
