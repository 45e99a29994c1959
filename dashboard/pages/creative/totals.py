"""This module owns the totals of the period: each number beside the comparison, with what mature days say of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from dashboard import numbers
from dashboard.look import Look
from dashboard.pages.creative import measures
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import Chosen, chosen
from dashboard.pages.creative.estimates import daily, estimate, pooled, rates_words, spread_of_days, within
from dashboard.pages.creative.sums import facts
from dashboard.panels.panel import Column, Rows
from dashboard.state import link
from dashboard.words import MEASURES

COLUMNS = (
    Column("title", "Number", width=150, tip="Leads to its receipt: the SQL and the rows behind it"),
    Column("now", "This period", width=120),
    Column("before", "Compared", width=120),
    Column("change", "Change", width=110, tip="On full days: a day that is not over is left out on both sides"),
    Column(
        "mature", "On mature clicks", width=130, tip="Of clicks of mature days: nearly all of their money has come in"
    ),
    Column("interval", "95 % interval", width=170),
    Column("formula", "How it is made", width=280, wrap=True),
)


def fill(look: Look) -> Rows:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    days = daily(look, creative)
    now, before = within(days, look.period), compared(look, creative)
    full = (closed(now, look), closed_before(before, look))
    sums, told = pooled(now), spread_of_days(days)
    shown = [{**_compared(key, now, full, look), **_estimated(key, sums, told, look)} for key in measures.shown(look)]
    columns = [column for column in COLUMNS if look.before is not None or column.field not in ("before", "change")]
    return Rows(columns, shown, note(look, bool(sums["maturing"].iloc[0])))


def compared(look: Look, creative: Chosen) -> pd.DataFrame | None:
    """The sums per day of the comparison, where there is one."""
    return None if look.before is None else facts(replace(look, period=look.before), creative, ("day",))


def closed(days: pd.DataFrame, look: Look) -> pd.DataFrame:
    """The days that are over."""
    return days[pd.to_datetime(days["day"]) < pd.Timestamp(look.fresh.today)]


def closed_before(days: pd.DataFrame | None, look: Look) -> pd.DataFrame | None:
    """The comparison's days that stand beside days that are over."""
    if days is None or look.before is None or look.period.last < look.fresh.today:
        return days
    behind = (look.period.last - look.fresh.today).days + 1
    return days[pd.to_datetime(days["day"]) <= pd.Timestamp(look.before.last - timedelta(days=behind))]


def _compared(
    key: str, now: pd.DataFrame, full: tuple[pd.DataFrame, pd.DataFrame | None], look: Look
) -> dict[str, object]:
    currency, measure = look.fresh.currency, MEASURES[key]
    current = measures.value(full[0], key)
    earlier = None if full[1] is None else measures.value(full[1], key)
    ratio = numbers.change(current, earlier)
    if ratio is not None:
        change = numbers.change_words(ratio)
    elif numbers.known(current) and numbers.known(earlier) and current is not None and earlier is not None:
        change = f"by {measures.written(current - earlier, key, currency)}"  # from nothing, or through zero
    else:
        change = numbers.NOTHING
    return {
        "id": key,
        "title": measure.title,
        "now": measures.written(measures.value(now, key), key, currency),
        "before": measures.written(earlier, key, currency),
        "change": change,
        "tone": measures.tone(measure, current, earlier),
        "formula": measure.formula,
        "href": link("/creative", look.state, creative=look.state.creative, of=key) + "#creative-receipt-panel",
    }


def _estimated(key: str, sums: pd.DataFrame, told: tuple[float, float], look: Look) -> dict[str, object]:
    """What mature clicks say; nothing of a plain sum, which has no uncertainty of its own."""
    if key not in measures.RATES or key == "cpc":
        return {"mature": "", "interval": ""}
    found = estimate(sums, key, *told)
    unit, currency = MEASURES[key].unit, look.fresh.currency
    value, low, high = (float(each[0]) for each in (found.value, found.low, found.high))
    return {
        "mature": numbers.in_unit(value, unit, currency),
        "interval": numbers.interval(low, high, unit, currency) or "too little to tell",
    }


def note(look: Look, maturing: bool) -> str:
    """Which days are summed, which are compared, and what is mature."""
    words = [f"{numbers.days_between(look.period.first, look.period.last)}"]
    if look.before is None:
        words[0] += ", compared with nothing: the data does not reach back that far, or no comparison is chosen"
    else:
        words[0] += f", compared with {numbers.days_between(look.before.first, look.before.last)}"
    if look.period.last >= look.fresh.today:
        words.append("Today is in this period's numbers, not in what is compared")
    return f"{'. '.join(words)}. {rates_words(look, maturing)}"


def cards(look: Look, creative: Chosen) -> Sequence[tuple[str, str, str, str]]:
    """(title, value, change, tone) of the numbers that stand at the top: money, and what verdicts judge by."""
    now = within(daily(look, creative), look.period)
    full = (closed(now, look), closed_before(compared(look, creative), look))
    goal = look.fresh.objective if look.fresh.objective in measures.shown(look) else "epc"
    keys = tuple(dict.fromkeys(("profit", "revenue", "spend", goal, "clicks")))
    rows = (_compared(key, now, full, look) for key in keys)
    return [(str(row["title"]), str(row["now"]), str(row["change"]), str(row["tone"])) for row in rows]
