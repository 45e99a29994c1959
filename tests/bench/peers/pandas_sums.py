"""A peer, last part: the marts that add up facts and clicks: per creative, per ad, by age, and the funnel."""

import numpy as np
import pandas as pd
from pandas_facts import CLICK, MEASURES, MONEY

CREATIVE = ["day", "creative", "sender", "network", "campaign_id"]
AD = ["day", "creative", "network", "account_id", "campaign_id", "adset_id", "ad_id"]
BUCKETS = np.array([0, 1, 2, 3, 7, 14, 28])
COUNTS = [name for name in MEASURES if name not in (*MONEY, "conversions")]
# Each step of the funnel, the counts of its events and of its sessions, and whose report it needs.
FUNNEL = [("click", "clicks", "clicks"), ("landing_view", "landing_views", "sessions"),
          ("search_click", "search_clicks", "search_sessions"), ("results_view", "results_views", "results_sessions"),
          ("ad_click", "ad_clicks", "ad_click_sessions"), ("conversion", "main", "conversion_sessions")]  # fmt: skip


def with_totals(facts: pd.DataFrame, main_kind: str) -> pd.DataFrame:
    """The facts with cost, revenue, and the conversions of the main kind."""
    return facts.assign(
        cost=facts["cost_direct"] + facts["cost_allocated"],
        revenue=facts["revenue_settled"] + facts["revenue_provisional"] - facts["refunds"],
        main=facts["conversions"].where(facts["conversion_kind"] == main_kind, 0),
    )


def daily(facts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Counts and money per day and `keys`."""
    columns = [*COUNTS, "main", "refunds", "cost", "revenue"]
    made = facts.groupby(keys, observed=True, sort=False)[columns].sum().reset_index()
    return made.rename(columns={"main": "conversions"})


def click_cohorts(clicks: pd.DataFrame, headline: pd.DataFrame, as_of: pd.Timestamp, kind: str) -> pd.DataFrame:
    """Clicks by their day, and what they had brought in at each age that they have reached."""
    keys = ["day", *CLICK]
    old = clicks.assign(reached=_reached(clicks["occurred_at"], as_of))
    counted = old.groupby([*keys, "reached"], observed=True, sort=False)["clicks"].sum().reset_index()
    earned = headline.rename(columns={"touch_day": "day"})
    earned = earned.assign(reached=_reached(earned["occurred_at"], as_of), age=earned["lag"] // 86_400_000_000,
                           conversions=earned["conversions"].where(earned["kind"] == kind, 0))  # fmt: skip
    parts = []
    for nth, bucket in enumerate(BUCKETS):
        of_bucket = counted[counted["reached"] >= nth].groupby(keys, observed=True, sort=False)["clicks"].sum()
        at_age = earned[(earned["reached"] >= nth) & (earned["age"] <= bucket)]
        by_click = at_age.groupby("key_hash")[["conversions", "net"]].sum()
        once = at_age.drop_duplicates("key_hash").set_index("key_hash")[keys]
        money = by_click["net"] / 1_000_000
        found = once.assign(converted=by_click["conversions"] > 0, revenue=by_click["net"], revenue_squared=money**2)
        sums = found.groupby(keys, observed=True, sort=False).sum()
        parts.append(of_bucket.to_frame().join(sums).fillna(0).assign(age_bucket=bucket).reset_index())
    return pd.concat(parts, ignore_index=True).rename(columns={"day": "click_day"})


def _reached(moments: pd.Series, as_of: pd.Timestamp) -> np.ndarray:
    """The place of the oldest bucket that a click is old enough for; -1 for a click of the future."""
    age = (as_of - moments).to_numpy().astype("timedelta64[us]").astype(np.int64)
    return np.searchsorted(BUCKETS * 86_400_000_000, age, side="right") - 1


def funnel_daily(facts: pd.DataFrame, reported: dict[str, bool]) -> pd.DataFrame:
    """The steps that somebody reports per day, as events and as sessions that reached them."""
    keys = ["day", "network", "campaign_id"]
    columns = list(dict.fromkeys(name for _, *names in FUNNEL for name in names))
    sums = facts.groupby(keys, observed=True, sort=False)[columns].sum().reset_index()
    parts, before = [], None
    for nth, (step, events, sessions) in enumerate(FUNNEL, start=1):
        if step == "click" or reported[step]:
            parts.append(sums[keys].assign(step=step, step_order=nth, events=sums[events], sessions=sums[sessions],
                                           sessions_before=before))  # fmt: skip
            before = sums[sessions]
    return pd.concat(parts, ignore_index=True)
