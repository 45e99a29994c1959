"""This module owns the panel of alert rules: the built-in ones, an editor's own thresholds, and the form for one."""

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.alerts import rules as store
from analytics.alerts.conditions import COMPARISONS, FILTERS, PER
from analytics.alerts.kinds import KINDS
from analytics.alerts.rules import Rule
from analytics.alerts.store import NAME
from analytics.metrics import METRICS
from dashboard.components.aria import aria
from dashboard.look import Look
from dashboard.pages.alerts import fields
from dashboard.pages.alerts.rows import badge, button, only_editors, row, rows, when
from dashboard.pages.alerts.snoozing import ENDED, snooze
from dashboard.pages.alerts.subjects import Key, in_words
from dashboard.panels.panel import Panel, Words
from dashboard.state import State

WHAT = {kind.name: kind.what for kind in KINDS}
UNKEPT = ("verdict", "text")  # filters of the page that no rule can keep
EACH = {"total": "All together", "creative": "Each creative", "network": "Each network", "campaign": "Each campaign",
        "country": "Each country", "sender": "Each sender"}  # fmt: skip


def fill(look: Look) -> Words:
    """The panel."""
    data_dir = look.settings.data_dir
    found = store.listed(data_dir)
    about = in_words(data_dir, [(each.id, subject) for each in found for subject in each.snoozed if subject])
    listed = [_row(each, about, look.visitor.may_edit) for each in found]
    form = _form(look.state) if look.visitor.may_edit else only_editors("add thresholds, snooze and remove them")
    return Words([rows(listed, "There is no rule."), form])


def taken(state: State) -> dict[str, str]:
    """The filters of the page that a new rule keeps."""
    return {name: str(getattr(state, name)) for name in state.filtered if name in FILTERS}


def _row(each: Rule, about: Mapping[Key, str], may_edit: bool) -> Component:
    whole = each.snoozed.get("")
    state = badge("off", "quiet") if not each.is_on else badge("snoozed", "quiet") if whole else badge("on", "fine")
    lines: list[Sequence[Component | str]] = [[WHAT[each.type] if each.condition is None else each.condition.sentence]]
    if whole:
        lines.append([f"Quiet until {when(whole)}."])
    for subject in sorted(each.snoozed.keys() - {""}):
        words = about[each.id, subject]
        told: list[Component | str] = [html.Span(words, dir="auto"), f": quiet until {when(each.snoozed[subject])} "]
        lines.append([*told, button("Wake", "subject", each.id, subject, words)] if may_edit else told)
    return row([html.Strong(each.name), state], lines, _deeds(each, bool(whole)) if may_edit else [])


def _deeds(each: Rule, is_snoozed: bool) -> list[Component]:
    if not each.is_on:
        deeds = [button("Switch on", "rule", "on", each.id, each.name)]
    else:
        wake = button("Wake", "rule", ENDED, each.id, each.name)
        deeds = [
            wake if is_snoozed else snooze("rule", each.id, each.name),
            button("Switch off", "rule", "off", each.id, each.name),
        ]
    return deeds if each.condition is None else [*deeds, button("Remove", "rule", "remove", each.id, each.name)]


def _form(state: State) -> Component:
    return html.Div(
        [
            html.H3("Add a threshold", id="alerts-rule-legend"),
            html.Div(
                [
                    fields.select("alerts-rule-metric", "Metric", _metrics(), "roas"),
                    fields.select("alerts-rule-comparison", "Is", [(each, each) for each in COMPARISONS], "below"),
                    fields.text("alerts-rule-value", "Value", "0.8"),
                    fields.text("alerts-rule-days", "Over days", "7", "7"),
                    fields.select("alerts-rule-per", "Of", [(name, EACH[name]) for name in PER], "total"),
                    fields.select("alerts-rule-floor", "Only where", _metrics(), None, "no floor"),
                    fields.text("alerts-rule-floor-value", "is at least", "100"),
                    fields.text("alerts-rule-name", "Name", "its sentence"),
                ],
                className="alert-fields",
            ),
            dmc.Checkbox(id="alerts-rule-maturing", label="Also look at days whose conversions are still coming in",
                         checked=False, **fields.KEPT),
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


PANEL = Panel("alerts-rules", "Of what", "words", "", fill, says=True, kept_in=f"data/{NAME}")
