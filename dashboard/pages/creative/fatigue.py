"""This module owns the panels of fatigue: whether the creative fell against its own baseline, and since when."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_drawn, nothing_listed, scope_words
from dashboard.pages.creative.chosen import Chosen, Row, alone, chosen
from dashboard.pages.creative.fatigue_figure import Fall, fatigue_figure
from dashboard.panels.panel import Column, Drawn, Rows
from dashboard.reading import frame, records

DAYS_MAX = 60  # as many as the mart compares
METRICS = {"ctr": "CTR", "epc_capped": "EPC", "cvr": "CVR"}
_UNITS = {"ctr": "share", "epc_capped": "money", "cvr": "share"}
_FALLS = """select f.*, s.cost::double as cost from creative_fatigue as f left join creative_scorecard as s
  on s.creative_id = f.creative_id and s.window_days = 0 and s.scope = 'campaign'
  and s.network is not distinct from f.network and s.campaign_id is not distinct from f.campaign_id
  and s.country is not distinct from f.country
where f.creative_id = $creative and {filters}
order by f.fatigued desc nulls last, s.cost desc nulls last, f.metric desc, f.network, f.campaign_id, f.country"""
_CTR = """select day, sum(reported_clicks)::double as top, sum(reported_impressions)::double as bottom
from facts_daily where {scope} and day > $since group by day having sum(reported_impressions) > 0 order by day"""
# Of each click the oldest age that the day's clicks have all reached; see sums.py.
_CLICKS = """
with own as (select click_day as day, age_bucket, sum(clicks) as clicks, sum(revenue) as revenue,
    sum(converted) as converted from click_cohorts where {scope} and click_day > $since group by 1, 2),
oldest as (select day, max(age_bucket) as age_bucket from own
  where clicks = (select max(every.clicks) from own as every where every.day = own.day) group by day)
select day, {top}::double as top, clicks::double as bottom from own join oldest using (day, age_bucket)
where clicks > 0 order by day"""
_SCOPE = """creative_id = $creative and network is not distinct from $network
  and campaign_id is not distinct from $campaign and ($country::varchar is null or country = $country)"""
COLUMNS = (
    Column("scope", "Where", width=230, wrap=True),
    Column("metric", "Of", width=70),
    Column("says", "What it says", width=330, wrap=True),
    Column("decline", "Fell by", "share", 86),
    Column("interval", "95 % interval", width=140, sortable=False),
    Column("since", "Since", "date", 104),
    Column("between", "Could be", width=150, tip="The days that could as well be the day of the change"),
    Column(
        "chance", "By chance", "share", 96, tip="q-value: the share of false ones among all called fatigued up to it"
    ),
    Column("net", "Net per click since", "money", 130, places=3, tip="Above 0 it still meets its target"),
    Column("compared", "Compared with", width=140),
    Column("days", "Mature days", "count", 96),
    Column("note", "Beware", width=330, wrap=True),
)


@dataclass(frozen=True)
class Scope:
    """Where a fall was looked for."""

    network: str | None
    campaign: str | None
    country: str | None

    @property
    def words(self) -> str:
        """`facebook · 2384 · US`."""
        return scope_words(self.network, self.campaign, self.country)


def fill(look: Look) -> Drawn:
    """The clearest fall, drawn; else the level of the largest scope."""
    creative = chosen(look)
    if creative is None:
        return nothing_drawn(look)
    found = falls(look, creative)
    if found.empty:
        return Drawn(nothing_drawn(look).figure, _TOO_YOUNG)
    row = records(found.head(1))[0]
    scope = Scope(*(_text(row[name]) for name in ("network", "campaign_id", "country")))
    fall = fall_of(row)
    days = series(look, creative, scope, str(row["metric"]))
    caption = f"{scope.words}: {fall.title} per day. {says(row)}. {row['note'] or ''}"
    return Drawn(fatigue_figure(days, fall, look.scheme, look.fresh.currency), caption.strip(), table(days, fall))


def every(look: Look) -> Rows:
    """Every scope and metric that was old enough to be looked at."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    shown = [_row(row, at) for at, row in enumerate(records(falls(look, creative)))]
    note = "Of those called fatigued at most one in ten is expected to be false. Mature days only, of the last 60."
    return Rows(COLUMNS, shown, note if shown else "", _TOO_YOUNG)


def falls(look: Look, creative: Chosen) -> pd.DataFrame:
    """The rows of `creative_fatigue`, the fatigued first, then by spend."""
    filters = where(alone(look), "creative_fatigue", "f")
    values = {"creative": creative.creative_id, **filters.values}
    return frame(look.real, _FALLS.format(filters=filters.sql), values)


def says(row: Row) -> str:
    """What a row of `creative_fatigue` means for who has to decide."""
    title = METRICS.get(str(row["metric"]), str(row["metric"]))
    if row["fatigued"] is not True:
        return f"No fall of {title} that stands out from how days differ"
    fell = f"{title} fell {numbers.percent(_number(row['decline']))} since {_day(row['since'])}"
    still = row["still_meets_target"]
    if still is True:
        return f"{fell}: decayed but profitable, keep it and prepare the next one"
    return f"{fell}: replace it now" if still is False else f"{fell}: no cost is known, so whether it still pays is not"


def series(look: Look, creative: Chosen, scope: Scope, metric: str) -> pd.DataFrame:
    """`day, value` of a scope, closed days only, of the last DAYS_MAX."""
    sql = _CTR if metric == "ctr" else _CLICKS
    values = {
        "creative": creative.creative_id, "network": scope.network, "campaign": scope.campaign,
        "country": scope.country, "since": look.fresh.today - pd.Timedelta(days=DAYS_MAX + 1),
    }  # fmt: skip
    days = frame(look.real, sql.format(scope=_SCOPE, top="converted" if metric == "cvr" else "revenue"), values)
    days = days.assign(value=days["top"] / days["bottom"])
    return days[pd.to_datetime(days["day"]) < pd.Timestamp(look.fresh.today)][["day", "value"]]


def fall_of(row: Row) -> Fall:
    """What is drawn of a row."""
    metric = str(row["metric"])
    days = (_day(row["since"]), _day(row["since_low"]), _day(row["since_high"]))
    levels = (_number(row["before"]), _number(row["after"]))
    return Fall(METRICS.get(metric, metric), _UNITS.get(metric, "number"), *days, *levels, row["fatigued"] is True)


def table(days: pd.DataFrame, fall: Fall) -> pd.DataFrame:
    """The figure as text."""
    after = [fall.since is not None and pd.Timestamp(day).date() >= fall.since for day in days["day"]]
    made = pd.DataFrame({"Day": pd.to_datetime(days["day"]).dt.date, fall.title: days["value"]})
    if fall.is_sure:
        made["Since the change"] = ["yes" if late else "no" for late in after]
        made["As its baseline went on"] = [fall.before if late else None for late in after]
    return made


def _row(row: Row, at: int) -> dict[str, object]:
    unit = _UNITS.get(str(row["metric"]), "number")
    sure = row["fatigued"] is True
    low, high = _day(row["since_low"]), _day(row["since_high"])
    return {
        "id": str(at),
        "scope": scope_words(row["network"], row["campaign_id"], row["country"]),
        "metric": METRICS.get(str(row["metric"]), row["metric"]),
        "says": says(row),
        "decline": _number(row["decline"]),
        "interval": numbers.interval(_number(row["decline_low"]), _number(row["decline_high"]), "share", unit),
        "since": _day(row["since"]) if sure else None,
        "between": numbers.days_between(low, high) if sure and low and high else "",
        "chance": _number(row["q_value"]),
        "net": _number(row["net_after"]),
        "compared": "the rest of its campaign" if row["compared_with"] == "scope" else "its own weekdays",
        "days": row["days"],
        "note": row["note"],
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and numbers.known(float(value)) else None


_TOO_YOUNG = "Not looked at yet: it takes 14 mature days in a campaign before one can tell a fall from how days differ."
