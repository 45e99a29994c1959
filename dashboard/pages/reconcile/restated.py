"""This module owns what changed of closed days since they were closed, and why."""

import pandas as pd

from dashboard import reading
from dashboard.filtering import bound, period_values
from dashboard.look import Look

CAUSES = {
    "late_data": "data came late",
    "revision": "an amount was revised",
    "refund": "money was taken back",
    "settlement": "the feed settled",
    "ad_text": "an ad's text became known",
    "merge": "creatives were merged or parted",
    "new_settings": "the settings changed",
    "new_models": "a new version of whichad",
    "replay": "quarantined items were replayed",
    "forget": "a visitor was forgotten",
    "clock": "a clock was mended",
    "unknown": "nothing that was found explains it",
}
MEASURES = {
    "impressions": ("Impressions", "count"),
    "clicks": ("Clicks", "count"),
    "sessions": ("Sessions", "count"),
    "ad_clicks": ("Ad clicks", "count"),
    "conversions": ("Conversions", "count"),
    "reported_impressions": ("Reported impressions", "count"),
    "reported_clicks": ("Reported clicks", "count"),
    "cost_direct": ("Spend, direct", "money"),
    "cost_allocated": ("Spend, allocated", "money"),
    "revenue_provisional": ("Revenue, provisional", "money"),
    "revenue_settled": ("Revenue, settled", "money"),
    "refunds": ("Refunds", "money"),
}
_SQL = """select day, measure, causes, currency, sum(change)::double as change, count(*)::bigint as cells,
  max(noted_at) as noted_at, sum(abs(change))::double as moved
from restatements where day between $first and $last and {where}
group by day, measure, causes, currency
order by moved desc, day desc, measure, causes, currency limit 500"""
_CLOSED = """select count(*)::bigint from closed_days where day between $first and $last"""


def changes(look: Look) -> pd.DataFrame:
    """One row per day, measure, cause and currency: `change` (net), `cells`, `noted_at`; the largest first."""
    return reading.frame(look.real, *bound(look, "restatements", _SQL))


def closed(look: Look) -> int:
    """How many days of the period are closed."""
    return int(str(reading.rows(look.real, _CLOSED, period_values(look.period))[0][0]))


def cause_words(causes: str) -> str:
    """`late_data,refund` → `data came late; money was taken back`."""
    return "; ".join(CAUSES.get(each.strip(), each.strip()) for each in causes.split(","))
