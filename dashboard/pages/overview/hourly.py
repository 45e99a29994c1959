"""This module owns the trend by the hour: the last days only, and no spend where reports name a day and no hour."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.pages.overview import sums
from dashboard.reading import columns_of, frame
from dashboard.spans import Span
from dashboard.words import MEASURES, Measure

KEPT_DAYS = 8  # creative_hourly has today and the seven days before
_COSTED = frozenset({"cost", "profit"})


@dataclass(frozen=True)
class Hours:
    """The hours of a span: `sums` has a row per hour (and creative, if asked), `costed` says whether spend has one."""

    span: Span
    sums: pd.DataFrame
    costed: bool


def span_of(look: Look) -> Span | None:
    """The days of the period that are kept by the hour; None where there are none, or nobody keeps them."""
    if look.state.by != "hour" or not are_kept(look):
        return None
    return _kept(look.period, look.fresh.today)


def are_kept(look: Look) -> bool:
    """Whether the published file has hours at all."""
    return bool(columns_of(look.real, "creative_hourly"))


def before_of(look: Look) -> Span | None:
    """The comparison, where all of it is kept by the hour."""
    if look.before is None or _kept(look.before, look.fresh.today) != look.before:
        return None
    return look.before


def measure_of(measure: Measure, hours: Hours) -> Measure:
    """The measure, or revenue where it needs a spend that has no hour."""
    parts = {part for part in sums.parts_of(measure) if part}
    return measure if hours.costed or not parts & _COSTED else MEASURES["revenue"]


def hours_of(look: Look, span: Span, ids: tuple[str, ...] | None = None) -> Hours:
    """The sums per hour of the span; with `ids` per creative, else of everything."""
    condition = where(look, "creative_hourly")
    group = "creative_id, day, hour" if ids is not None else "day, hour"
    sql = f"""select {group}, sum(clicks)::bigint as clicks, sum(cost)::double as cost, sum(revenue)::double as revenue
      from creative_hourly where day between $first and $last
        and ($ids::varchar[] is null or creative_id in (select unnest($ids::varchar[]))) and {condition.sql}
      group by {group}"""  # noqa: S608 - our own names
    values = {**period_values(span), "ids": None if ids is None else list(ids), **condition.values}
    found = frame(look.real, sql, values)
    dayless = float(found.loc[found["hour"].isna(), "cost"].sum())
    timed = found[found["hour"].notna()]
    moments = pd.to_datetime(timed["day"]) + pd.to_timedelta(timed["hour"].astype(float), unit="h")
    timed = timed.assign(moment=moments, profit=timed["revenue"] - timed["cost"]).drop(columns=["day", "hour"])
    return Hours(span, timed, costed=dayless == 0)


def by_hour(hours: Hours, measure: Measure, look: Look, creative_id: str | None = None) -> pd.Series:
    """The measure per hour: 0 where nothing came, NaN in hours that are still to come."""
    own = hours.sums if creative_id is None else hours.sums[hours.sums["creative_id"] == creative_id]
    index = pd.date_range(hours.span.first, hours.span.last + timedelta(days=1), freq="h", inclusive="left")
    own = own.set_index(pd.DatetimeIndex(own["moment"]))[["clicks", "cost", "revenue", "profit"]]
    values = sums.values(measure, own.reindex(index, fill_value=0))
    now = pd.Timestamp(look.fresh.as_of.astimezone(look.fresh.zone).replace(tzinfo=None))
    return values.where(index <= now)


def _kept(span: Span, today: date) -> Span | None:
    first = max(span.first, today - timedelta(days=KEPT_DAYS - 1))
    return Span(first, span.last, span.oldest) if first <= span.last else None
