"""This module owns the panels of the page Funnel: what each asks, draws and says."""

from itertools import pairwise

import pandas as pd

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.look import Look
from dashboard.maturity import maturing_from, maturing_words
from dashboard.pages.funnel import steps, waiting
from dashboard.pages.funnel.step_figures import rates_figure, steps_figure
from dashboard.pages.funnel.waiting_figures import WHAT, curve_figure, days_figure, lag_figure
from dashboard.panels.panel import Column, Drawn, Panel, Rows
from dashboard.spans import Span

TREND_DAYS_MIN = 14
NO_STEPS = "No clicks in this period with these filters. A step appears with the first interaction that reports it."
NO_LAGS = "No goal in this period is credited to a click yet. The curve appears with the first one."
NO_CURVE = "Not enough closed days yet: maturity is learned once a day, from days that have lived long enough."
NO_DAYS = "No day has closed yet. The first one stands here after midnight in the reporting zone."
STEP_COLUMNS = (
    Column("title", "Step", width=150),
    Column("sessions", "Sessions", "count", 100, "Clicks that came this far"),
    Column("rate", "Rate", "share", 92, "Share of the sessions at the step before"),
    Column("interval", "95 % interval", width=150, tip="Wilson's interval of the rate, on sessions", sortable=False),
    Column("lost", "Did not come on", "count", 120),
    Column("of_first", "Of all clicks", "share", 104),
    Column("was", "Rate before", "share", 104, "The rate in the comparison period"),
    Column("change", "Change", width=92, sortable=False),
    Column("events", "Events", "count", 96, "Events of the step; one session may have several"),
    Column("name", "Called", width=140),
)


def fill_steps(look: Look) -> Drawn:
    """The funnel as bars, and where most are lost."""
    found = _steps(look)
    table = found.rename(columns={"title": "Step", "sessions": "Sessions", "rate": "Rate", "low": "Low", "high": "High",
                                  "lost": "Did not come on", "of_first": "Of all clicks"})  # fmt: skip
    kept = ["Step", "Sessions", "Rate", "Low", "High", "Did not come on", "Of all clicks"]
    return Drawn(steps_figure(found, look.scheme), steps_sentence(found), table[kept])


def steps_sentence(found: pd.DataFrame) -> str:
    """How far clicks come, and the step at which the largest share is lost."""
    if found.empty or not found["sessions"].iloc[0]:
        return NO_STEPS
    if len(found) == 1:
        return f"{numbers.count(found['sessions'].iloc[0])} clicks; nobody reports a step after the click."
    last = found.iloc[-1]
    words = f"{numbers.percent(last['of_first'])} of clicks come to the last step, {last['title'].lower()}."
    rated = found[found["rate"].notna()].sort_values("rate", kind="stable")
    if rated.empty:
        return words
    worst = rated.iloc[0]
    return (
        f"{words} The largest loss is before {worst['title'].lower()}: {numbers.percent(1 - worst['rate'])},"
        f" {numbers.count(worst['lost'])} sessions."
    )


def fill_step_rows(look: Look) -> Rows:
    """The same as rows, with intervals and the rate of the comparison period."""
    rows = []
    for row in _steps(look).to_dict("records"):
        ratio = numbers.change(row["rate"], row["was"])
        rows.append({
            **{name: row[name] for name in ("title", "sessions", "events", "rate", "lost", "of_first", "was")},
            "id": row["step"], "name": row["rate_name"] if isinstance(row["rate_name"], str) else "",
            "interval": numbers.interval(row["low"], row["high"], "share", ""),
            "change": "" if ratio is None else numbers.change_words(ratio),
        })  # fmt: skip
    note = "Rates are of sessions: the share of those at the step before. Observational: days and audiences differ."
    columns = [column for column in STEP_COLUMNS if look.before or column.field not in ("was", "change")]
    return Rows(columns, rows if rows and rows[0]["sessions"] else [], note, NO_STEPS)


def fill_rates(look: Look) -> Drawn:
    """Each rate day by day with its interval; days that goals may still reach are marked."""
    span = look.period.at_least(TREND_DAYS_MIN)
    days, reported = steps.daily(look, span), steps.reported(look)
    pairs = list(pairwise(reported))
    rates = [(steps.rate_name(before, step), steps.per_day(days, before, step)) for before, step in pairs]
    figure = rates_figure(rates, span, maturing_from(look), look.scheme)
    unfinished.opened(figure, look.fresh.today.isoformat())
    tables = [frame.assign(rate=name) for name, frame in rates]
    table = pd.concat(tables)[["day", "rate", "value", "low", "high", "n"]] if tables else None
    if table is not None:
        table.columns = ["Day", "Rate", "Value", "Low", "High", "Sessions before"]
    words = "" if rates and len(days) else NO_STEPS
    return Drawn(figure, words or _days_words(look, span), table)


def _days_words(look: Look, span: Span) -> str:
    told = [f"Per day, {numbers.days_between(span.first, span.last)}, each rate with its 95 % interval."]
    if span.last >= look.fresh.today:
        told.append(unfinished.words())
    return " ".join(filter(None, [*told, maturing_words(look, span, hatched=True)]))


def fill_lags(look: Look) -> Drawn:
    """How long goals took, from the click that earns them and from the first one."""
    found = waiting.lags(look)
    table = pd.DataFrame({
        "Goal": found["conversion_kind"].map(waiting.kind_title),
        "Counted": found["touch_basis"].map(waiting.BASES), "Up to": found["lag_hours_to"].map(waiting.within),
        "Goals": found["conversions"], "Share so far": found["share"],
    })  # fmt: skip
    said = " ".join(waiting.lag_sentences(found)) or NO_LAGS
    return Drawn(lag_figure(found, look.scheme), said, table)


def fill_curves(look: Look) -> Drawn:
    """How much of the final amount is there after so many days, and where the setting is wrong, what would hold."""
    found = waiting.curves(look)
    said = []
    for what, rows in found.groupby("what", sort=False):
        top = rows.iloc[0]
        said.append(
            f"{WHAT.get(str(what), str(what))}: 95 % has come after {_after(top['age_95'])}; when a day counts as"
            f" mature, {numbers.percent(top['share_at_maturity'])} has."
        )
        if isinstance(top["note"], str):
            said.append(top["note"])
    table = pd.DataFrame({
        "What": found["what"].map(lambda what: WHAT.get(str(what), str(what))),
        "Days after the click": found["age_days"], "Has come": found["share"], "Low": found["share_low"],
        "High": found["share_high"], "Days learned from": found["days_learned"],
    })  # fmt: skip
    return Drawn(curve_figure(found, look.fresh.maturity_days, look.scheme), " ".join(said) or NO_CURVE, table)


def _after(age: float | None) -> str:
    if age is None or not numbers.known(age):
        return "more days than are known"
    return {0: "its own day", 1: "one more day"}.get(int(age), f"{age:.0f} more days")


def fill_days(look: Look) -> Drawn:
    """The last closed days by the day of the click: what has come, and apart from it what is expected."""
    found = waiting.days(look)
    said = NO_DAYS
    if len(found):
        first, last = (pd.Timestamp(day).date() for day in (found["day"].min(), found["day"].max()))
        said = "By the day of the click: bars are what has come. "
        said += maturing_words(look, Span(first, last, first), hatched=True) or "Every day is mature."
        said += " Open diamonds: what is expected at the end, with its 95 % range; it is added to nothing."
    table = found.drop(columns=["conversions_share", "revenue_share"]).rename(
        columns={name: str(name).replace("_", " ").capitalize() for name in found}
    )
    return Drawn(days_figure(found, look.fresh.currency, look.scheme), said, table)


def _steps(look: Look) -> pd.DataFrame:
    earlier = steps.daily(look, look.before) if look.before else None
    return steps.table(steps.daily(look, look.period), steps.reported(look), earlier)


PANELS = (
    Panel("funnel-steps", "How far clicks come", "figure", "facts_daily", fill_steps, 320, wide=False),
    Panel("funnel-lags", "How long goals take", "figure", "lags", fill_lags, 320, wide=False),
    Panel("funnel-rows", "Steps, rates and losses", "grid", "facts_daily", fill_step_rows, 290),
    Panel("funnel-rates", "Rates day by day", "figure", "facts_daily", fill_rates, 540, timeline=True),
    Panel("funnel-maturity", "How much has come after so many days", "figure", "maturity_curves", fill_curves, 360,
          wide=False),
    Panel("funnel-days", "Days still maturing", "figure", "maturity_daily", fill_days, 360, wide=False),
)  # fmt: skip
