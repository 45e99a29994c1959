"""This module owns the cards above the ranking: a period's numbers beside those of the period before."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard import numbers
from dashboard.marts import Span
from dashboard.queries import COUNTS
from dashboard.words import MEASURES, MONEY_CARDS, Measure, kind_words


@dataclass(frozen=True)
class Kpi:
    """One card. `tone` is good, bad or flat; `compared` is empty where there is nothing to compare with or nothing
    changed; `series` has one value a day, None where there is none.
    """

    measure: Measure
    value: str
    change: str
    tone: str
    compared: str
    series: tuple[float | None, ...]


@dataclass(frozen=True)
class Pair:
    """What is compared: full days of now and of the period before; `running` says that today was left out."""

    now: pd.DataFrame
    before: pd.DataFrame | None
    running: bool


def complete(days: pd.DataFrame, goals: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """Every day from `first` to `last` once, with `profit`, `orders`, `leads` and `goals` beside the sums."""
    index = pd.date_range(first, last, name="day")
    frame = days.set_index(pd.DatetimeIndex(pd.to_datetime(days["day"]), name="day")).drop(columns="day")
    frame = frame.reindex(index, fill_value=0)
    frame["profit"] = frame["revenue"] - frame["cost"]
    for kind, name in (("purchase", "orders"), ("lead", "leads")):
        of_kind = goals[goals["conversion_kind"] == kind]
        by_day = of_kind.set_index(pd.DatetimeIndex(pd.to_datetime(of_kind["day"])))["conversions"]
        frame[name] = by_day.reindex(index, fill_value=0).astype("int64")
    frame["goals"] = frame["orders"] if frame["orders"].sum() else frame["leads"]
    return frame


def cards(frame: pd.DataFrame, span: Span, kind: str, currency: str, today: date) -> list[Kpi]:
    """The cards of a kind from a `complete` frame that reaches back over the period before.

    A day that is not over is in the values and not in the changes: spend comes in before what it earns.
    """
    now = frame.loc[pd.Timestamp(span.first) : pd.Timestamp(span.last)]
    back = span.before
    before = frame.loc[pd.Timestamp(back.first) : pd.Timestamp(back.last)] if back else None
    running = span.last >= today
    pair = Pair(now.iloc[:-1] if running else now, before.iloc[:-1] if running and before is not None else before,
                running)  # fmt: skip
    return [_card(MEASURES[key], now, pair, currency) for key in (*MONEY_CARDS, *kind_words(kind).cards)]


def cards_without_days(sums: pd.DataFrame, goals: pd.DataFrame, kind: str, currency: str) -> list[Kpi]:
    """The cards where there are no daily figures (a country is chosen): `sums` has one row a creative."""
    names = ["cost", "revenue", "profit", *COUNTS]
    frame = sums[names].sum().to_frame().T
    for name, of_kind in (("orders", "purchase"), ("leads", "lead")):
        frame[name] = goals.loc[goals["conversion_kind"] == of_kind, "conversions"].sum()
    frame["goals"] = frame["orders"] if frame["orders"].sum() else frame["leads"]
    measures = [MEASURES[key] for key in (*MONEY_CARDS, *kind_words(kind).cards)]
    return [Kpi(measure, _words(measure, frame, currency), "", "flat", "", ()) for measure in measures]


def value(measure: Measure, frame: pd.DataFrame) -> float | None:
    """The measure over the rows of a frame; None where there is nothing to divide by."""
    top = float(frame[measure.top].sum(min_count=1))
    if measure.bottom is None:
        return top if numbers.known(top) else None
    bottom = float(frame[measure.bottom].sum())
    return top / bottom if bottom and numbers.known(top) else None


def _words(measure: Measure, frame: pd.DataFrame, currency: str) -> str:
    return numbers.in_unit(value(measure, frame), measure.unit, currency)


def _card(measure: Measure, now: pd.DataFrame, pair: Pair, currency: str) -> Kpi:
    current = value(measure, pair.now)
    earlier = value(measure, pair.before) if pair.before is not None else None
    ratio = numbers.change(current, earlier)
    was = numbers.in_unit(earlier, measure.unit, currency)
    told = numbers.known(earlier) and (ratio is None or abs(ratio) >= numbers.UNCHANGED)
    series = tuple(value(measure, now.iloc[row : row + 1]) for row in range(len(now)))
    return Kpi(
        measure=measure,
        value=numbers.in_unit(value(measure, now), measure.unit, currency),
        change=numbers.change_words(ratio) if ratio is not None else "",
        tone=_tone(measure, current, earlier) if ratio is not None else "flat",
        compared=("on full days" if pair.running else f"was {was}") if told else "",
        series=series,
    )


def _tone(measure: Measure, current: float | None, earlier: float | None) -> str:
    if measure.better == "none" or current is None or earlier is None:
        return "flat"
    if abs(current - earlier) < numbers.UNCHANGED * abs(earlier):
        return "flat"
    if current == earlier:
        return "flat"
    return "good" if (current > earlier) == (measure.better == "up") else "bad"
