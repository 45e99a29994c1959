"""This module owns the declared experiments: decision, arms and lift; the panel is not there while none is declared."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.config import Settings
from dashboard.look import Look
from dashboard.panels.panel import Panel, Words
from dashboard.published import newest
from dashboard.reading import columns_of, frame, records, rows

_SQL = """
select experiment, arm_number, arm, is_control, status, decision, reason, metric, value, lift, lift_low, lift_high,
  share_intended, share_actual, winner
from experiments order by experiment, arm_number"""
_SHARES = ("cvr", "ctr")


def fill(look: Look) -> Words:
    """One table an experiment; nothing at all where none is declared."""
    if not columns_of(look.real, "experiments"):
        return Words([])
    found = records(frame(look.real, _SQL))
    return Words([
        part for name, arms in groupby(found, key=lambda row: str(row["experiment"]))
        for part in told(name, list(arms), look.fresh.currency)
    ])  # fmt: skip


def register(app: Dash, settings: Settings) -> None:
    """Add the callback that takes the panel away while no experiment is declared."""

    @app.callback(
        Output("overview-experiments-panel", "hidden"), Input("version", "data"), Input("overview-head", "id")
    )
    def hide(_version: str, _page: str) -> bool:
        """Whether there is none."""
        real = newest(settings.published_link)
        return not columns_of(real, "experiments") or not rows(real, "select 1 from experiments limit 1")


def told(name: str, arms: Sequence[Mapping[str, object]], currency: str) -> list[Component]:
    """The decision in words, and the arms beside their control."""
    first = arms[0]
    heads = ("Arm", "Share, intended", "Share, actual", str(first["metric"]).replace("_", " "), "Against the control")
    body = [html.Tr([html.Td(cell) for cell in _cells(arm, currency)]) for arm in arms]
    return [
        html.H3([html.Span(name), html.Span(f" {first['decision'] or first['status']}", className="badge")]),
        html.P(str(first["reason"] or ""), className="quiet"),
        html.Div(
            html.Table([html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(body)],
                       className="plain"),
            className="scrolled", tabIndex="0", role="region", **aria(label=f"Arms of {name}"),
        ),
    ]  # fmt: skip


def _cells(arm: Mapping[str, object], currency: str) -> list[str]:
    share = arm["metric"] in _SHARES

    def amount(key: str) -> str:
        value = arm[key]
        number = float(value) if isinstance(value, int | float) else None
        return numbers.percent(number) if share else numbers.money(number, currency, 3)

    lift = "control" if arm["is_control"] else numbers.NOTHING
    if arm["lift"] is not None and not arm["is_control"]:
        lift = f"{amount('lift')} [{amount('lift_low')} to {amount('lift_high')}]"
    shares = [_percent(arm[key]) for key in ("share_intended", "share_actual")]
    winner = " ▲ winner" if arm["winner"] else ""
    return [f"{arm['arm']}{winner}", *shares, amount("value"), lift]


def _percent(value: object) -> str:
    return numbers.percent(float(value)) if isinstance(value, int | float) else numbers.NOTHING


PANEL = Panel(
    "overview-experiments", "Experiments", "words", "experiments", fill,
    about="Declared with their split: here a difference is the doing of the ad. All else here is observational.",
)  # fmt: skip
