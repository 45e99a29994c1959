"""This module owns the verdicts' track record beside the verdicts: what held of what was said; silent until it can."""

from collections.abc import Mapping
from datetime import date

from dash import html
from dash.development.base_component import Component

from analytics.track_record.cohorts import JUDGED_AFTER
from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.components.chips import chip
from dashboard.look import Look
from dashboard.pages.overview.window import USUAL, window_of
from dashboard.panels.panel import Panel, Words
from dashboard.reading import columns_of, frame, records, rows
from dashboard.words import VERDICTS

NEEDED = 10  # verdicts of a kind, before the record says anything
_CALIBRATED = {"fits": "as promised", "too_sure": "promised too much", "too_cautious": "promised too little"}
_CLAIMS = {
    "winner": "surely meets its target and surely beats the rest of its campaign; false winners and false cuts "
    "together are at most {error_rate} of a campaign's, however often one looks",
    "promising": "at least {promising} likely to do both",
    "average": "neither clearly good nor clearly bad",
    "fatigued": "fell against its own earlier days, season and weekdays taken out",
    "needs_work": "less than {needs_work} likely to meet its target, or far fewer conversions than its spend asks for",
    "cut": "surely misses its target, and the rest of its campaign surely does better",
    "unattributable": "more than {allocated_share_max} of its cost is shared out, or its text is no text",
    "too_early": "fewer than {clicks_min} mature clicks, or too few conversions",
}
_NUMBERS = ("held_share", "held_share_low", "held_share_high", "expected_share")
_HELD = """
select judged_after_days, claim, what, sentence, held_share, held_share_low, held_share_high, expected_share, judged,
  calibration
from verdict_track_record where window_days = $window and held_share is not null
order by what not in ('winner', 'cut', 'promising', 'needs_work'), what, claim, judged_after_days"""
_FIRST = """
select coalesce(
  (select min(said_first + judged_after_days) from verdict_track_record where window_days = $window and said > 0),
  (select max(day) + $after from verdicts where window_days = $window)) + $matures"""


def fill(look: Look) -> Words:
    """What held, as bars with sentences; or when it will be known."""
    window = window_of(look)
    window = USUAL if window is None else window
    if not columns_of(look.real, "verdict_track_record"):
        return Words([html.P(waiting(None), className="quiet")])
    held = frame(look.real, _HELD, {"window": window})
    if held.empty:
        return Words([html.P(waiting(first_day(look, window)), className="quiet"), *words(look)])
    items = [_item(row) for row in records(held)]
    return Words([html.Ul(items, className="record", **aria(label="What held of what was said")), *words(look)])


def words(look: Look) -> list[Component]:
    """What each word claims, by the thresholds in force."""
    sql = "select name, value from thresholds where version = (select max(version) from thresholds)"
    limits = {str(name): float(str(value)) for name, value in rows(look.real, sql)}
    if not limits:
        return []
    parts: list[Component] = [html.H3("What each word claims")]
    claims = [(verdict, _CLAIMS[verdict].format(**_Limits(limits))) for verdict in VERDICTS if verdict in _CLAIMS]
    parts.append(html.Ul([html.Li([chip(verdict), html.Span(claim)]) for verdict, claim in claims], className="claims"))
    return parts


class _Limits(dict[str, str]):
    """The thresholds as they are written: shares in percent, counts as they are; a new one's name until it is known."""

    def __init__(self, limits: Mapping[str, float]) -> None:
        super().__init__({name: f"{value:,.0f}" if value > 1 else f"{value:.0%}" for name, value in limits.items()})

    def __missing__(self, name: str) -> str:
        return name


def first_day(look: Look, window: int) -> date | None:
    """The day on which the first verdict of the window can be judged; None before one was said."""
    values = {"window": window, "matures": look.fresh.maturity_days, "after": min(JUDGED_AFTER)}
    found = rows(look.real, _FIRST, values)[0][0]
    return found if isinstance(found, date) else None


def waiting(first: date | None) -> str:
    """The one quiet sentence."""
    if first is None:
        return "Each verdict will be held against what happens after it. None has been said on a closed day yet."
    day = f"{first.day} {first:%b %Y}"
    return (f"Each verdict is held against what happens after it. The first can be judged on {day}; from {NEEDED} of a "
            "kind on, this says how many held.")  # fmt: skip


def _item(row: Mapping[str, object]) -> Component:
    share, low, high, promised = (float(str(row[name])) for name in _NUMBERS)
    ends = f"{numbers.percent(low)}–{numbers.percent(high)}"
    words = _CALIBRATED.get(str(row["calibration"]), "")
    return html.Li(
        [
            html.Div([
                html.B(numbers.percent(share)),
                html.Span(f" held [{ends}], {numbers.percent(promised)} promised: {words}", className="quiet"),
            ]),
            _bar(low, share, high, promised),
            html.Div(str(row["sentence"]), className="why"),
        ]
    )  # fmt: skip


def _bar(low: float, mid: float, high: float, promised: float) -> Component:
    places = [round(100 * min(1.0, max(0.0, each)), 1) for each in (low, mid, high, promised)]
    return html.Div(
        [
            html.I(className="range", style={"left": f"{places[0]}%", "width": f"{places[2] - places[0]}%"}),
            html.I(className="target", style={"left": f"{places[3]}%"}),
            html.I(className="dot", style={"left": f"{places[1]}%"}),
        ],
        className="bar",
        **aria(hidden="true"),
    )


PANEL = Panel("overview-record", "Can you trust the verdicts?", "words", "verdict_track_record", fill, wide=False,
              unmoved=True)  # fmt: skip
