"""This module owns the steps of the funnel: their columns, their counts per day, and the rate from one to the next."""

from dataclasses import dataclass

import pandas as pd

from analytics.inference.proportions import wilson
from dashboard import reading, words
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.spans import Span


@dataclass(frozen=True)
class Step:
    """One step: its name in `funnel_daily`, its columns in `facts_daily`, and what one of its events is called."""

    name: str
    sessions: str
    events: str
    one: str

    @property
    def title(self) -> str:
        """As all pages call it."""
        return words.STEPS[self.name]


STEPS = {
    step.name: step
    for step in (
        Step("click", "clicks", "clicks", "click"),
        Step("landing_view", "landing_sessions", "landing_views", "landing view"),
        Step("search_click", "search_sessions", "search_clicks", "search"),
        Step("results_view", "results_sessions", "results_views", "results view"),
        Step("ad_click", "ad_click_sessions", "ad_clicks", "ad click"),
        Step("conversion", "conversion_sessions", "conversions", "conversion"),
    )
}
_COUNTS = ", ".join(
    [f"sum({step.sessions})::bigint as {step.name}" for step in STEPS.values()]
    + [f"sum({step.events})::bigint as {step.name}_events" for step in STEPS.values() if step.name != "conversion"]
)
# Conversions of several kinds are never added: the events are those of the main kind.
_DAILY = """select day, {counts}, coalesce(sum(conversions) filter
    (where conversion_kind = (select conversion_kind from freshness)), 0)::bigint as conversion_events
from facts_daily where day between $first and $last and {where} group by day order by day"""


def reported(look: Look) -> tuple[Step, ...]:
    """The steps that somebody reports, in their order; the others do not exist here."""
    found = reading.rows(look.real, "select distinct step, step_order from funnel_daily order by step_order", {})
    return tuple(STEPS[str(name)] for name, _order in found if name in STEPS)


def daily(look: Look, span: Span) -> pd.DataFrame:
    """One row per day of the span with data: sessions under each step's name, events under `<name>_events`.

    The facts have every filter's column; without one these are the sums that `funnel_daily` publishes.
    """
    kept = where(look, "facts_daily")
    sql = _DAILY.format(counts=_COUNTS, where=kept.sql)
    return reading.frame(look.real, sql, {**kept.values, **period_values(span)})


def rate_name(before: Step, step: Step) -> str:
    """What the rate between two steps is called: `CTR1`, or `Landing views → Conversions`."""
    return words.STEP_RATES.get((before.name, step.name), f"{before.title} → {step.title}")


def table(days: pd.DataFrame, steps: tuple[Step, ...], earlier: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per step: `sessions, events, rate, low, high, lost, of_first`, and `was`, the rate of the earlier days.

    Rates are of sessions: a share of those that reached the step before, with Wilson's 95 % interval.
    """
    rows = []
    for place, step in enumerate(steps):
        sessions = int(days[step.name].sum())
        row = {"step": step.name, "title": step.title, "sessions": sessions,
               "events": int(days[f"{step.name}_events"].sum()),
               "of_first": _share(sessions, int(days[steps[0].name].sum()))}  # fmt: skip
        if place:
            row |= _passage(days, steps[place - 1], step, earlier)
        rows.append(row)
    names = ["step", "title", "rate_name", "sessions", "events", "rate", "low", "high", "lost", "of_first", "was"]
    return pd.DataFrame(rows, columns=names)


def per_day(days: pd.DataFrame, before: Step, step: Step) -> pd.DataFrame:
    """The rate between two steps on each day, with its interval: `day, n, value, low, high` (NaN where n is 0)."""
    found = wilson(days[step.name].to_numpy(), days[before.name].to_numpy())
    return pd.DataFrame(
        {"day": days["day"], "n": days[before.name], "value": found.value, "low": found.low, "high": found.high}
    )


def _passage(days: pd.DataFrame, before: Step, step: Step, earlier: pd.DataFrame | None) -> dict[str, object]:
    came, of = int(days[step.name].sum()), int(days[before.name].sum())
    found = wilson([came], [of])
    rate, low, high = (float(each[0]) for each in (found.value, found.low, found.high))
    was = None if earlier is None else _share(int(earlier[step.name].sum()), int(earlier[before.name].sum()))
    return {"rate_name": rate_name(before, step), "rate": rate, "low": low, "high": high,
            "lost": of - came, "was": was}  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
