"""A peer, fifth part: what every click led to, the reports' cost shared among texts, and the facts."""

import numpy as np
import pandas as pd
from pandas_events import PLACE, REPORT, Record
from pandas_goals import Journeys
from pandas_identity import Ads

STEPS = {"impression": "impressions", "click": "clicks", "landing_view": "landing_views",
         "search_click": "search_clicks", "results_view": "results_views", "ad_click": "ad_clicks"}  # fmt: skip
SESSIONS = ["sessions", "search_sessions", "results_sessions", "ad_click_sessions", "conversion_sessions"]
REPORTED = {"impressions": "reported_impressions", "clicks": "reported_clicks",
            "platform_conversions": "reported_conversions", "platform_revenue": "reported_revenue"}  # fmt: skip
MONEY = ["cost_direct", "cost_allocated", "revenue_settled", "revenue_provisional", "refunds"]
MEASURES = [*STEPS.values(), "conversions", *SESSIONS, *REPORTED.values(), *MONEY]
FACT = ["day", "creative", "sender", *PLACE, "conversion_kind"]
COUNTED = ["day", "creative", "sender", *PLACE, "type", "click_id", "is_first", "count", "occurred_at", "key_hash"]
CLICK = ["creative", "sender", *PLACE]


def report_shares(record: Record, ads: Ads) -> pd.DataFrame:
    """Each report's measures shared among the texts its ad showed that day, by their clicks, to the last millionth."""
    reports = record.reports.sort_values("stated_at", ascending=False)
    reports = reports.drop_duplicates(["network", "account_id", "ad_id", "day", "country"]).reset_index(names="report")
    shown = reports.merge(ads.texts, on=["ad", "day"], how="left", suffixes=("", "_seen"))
    of_ad = ads.table["creative"].to_numpy()[shown["ad"]]
    shown["creative"] = shown["creative"].fillna(pd.Series(of_ad)).astype(np.int32)
    weight = shown["clicks_seen"].fillna(1).to_numpy(np.int64)
    weight = np.where(shown.assign(w=weight).groupby("report")["w"].transform("sum") > 0, weight, 1)
    shared = {name: _shared(shown[name].to_numpy(), weight, shown["report"]) for name in ("cost", *REPORTED)}
    several = (shown["texts"] > 1).to_numpy()
    money = {
        "cost_direct": np.where(several, 0, shared["cost"]),
        "cost_allocated": np.where(several, shared["cost"], 0),
    }
    counted = {column: shared[name] for name, column in REPORTED.items()}
    return shown[["day", "creative", *REPORT]].assign(**money, **counted)


def _shared(whole: np.ndarray, weight: np.ndarray, report: pd.Series) -> np.ndarray:
    """By largest remainder: the shares of one report add up to its whole."""
    weights = pd.Series(weight).groupby(report).transform("sum").to_numpy()
    base, rest = whole * weight // weights, whole * weight % weights
    left = whole - pd.Series(base).groupby(report).transform("sum").to_numpy()
    order = np.lexsort((-weight, -rest, report))
    claim = np.empty(len(order), np.int64)
    claim[order] = report.iloc[order].groupby(report.iloc[order]).cumcount()
    return base + (claim < left)


def counted(record: Record) -> pd.DataFrame:
    """What people did, each step as often as it counts."""
    counts = (record.events["traffic"] == "human") & record.events["counts"]
    return record.events.loc[counts, COUNTED]


def outcomes(record: Record, headline: pd.DataFrame, main_kind: str) -> tuple[pd.DataFrame, dict[str, bool]]:
    """Every human click with the steps its session reached and what is credited to it; and which steps are reported."""
    events = counted(record)
    reported = {step: bool((events["type"] == step).any()) for step in [*STEPS, "conversion"]}
    clicks = events[events["type"] == "click"]
    follows = events[(events["click_id"] >= 0) & (events["count"] > 0)]
    reached = {}
    for step in ("landing_view", "search_click", "results_view", "ad_click"):
        flags = np.zeros(record.clicks + 1, bool)
        flags[follows.loc[follows["type"] == step, "click_id"]] = True
        reached[step] = flags[clicks["click_id"]] & clicks["is_first"].to_numpy()
    search, results, ad_click = (reached[step] for step in ("search_click", "results_view", "ad_click"))
    landing = reached["landing_view"]
    if not reported["landing_view"]:
        landing = landing | search | results | ad_click
    found = landing & (search | (not reported["search_click"]))
    listed = found & (results | (not reported["results_view"]))
    converted = headline.loc[(headline["kind"] == main_kind) & (headline["conversions"] > 0), "key_hash"]
    converts = clicks["key_hash"].isin(converted).to_numpy() & (landing | (not reported["landing_view"]))
    sessions = [landing, landing & search, found & results, listed & ad_click, converts]
    made = clicks[["occurred_at", "day", *CLICK, "count"]].rename(columns={"count": "clicks"})
    return made.assign(
        **{name: flags.astype(np.int8) for name, flags in zip(SESSIONS, sessions, strict=True)}
    ), reported


def facts_daily(
    record: Record, journeys: Journeys, headline: pd.DataFrame, clicks: pd.DataFrame, shares: pd.DataFrame
) -> pd.DataFrame:
    """Counts and money per day, creative, sender, place and kind: parts are added up apart, then together."""
    events = counted(record)
    parts = [clicks.groupby(["day", *CLICK], observed=True, sort=False)[SESSIONS].sum().reset_index()]
    for step, column in STEPS.items():
        of_step = events[events["type"] == step].groupby(["day", *CLICK], observed=True, sort=False)["count"].sum()
        parts.append(of_step.rename(column).reset_index())
    parts += [shares, _of_goals(journeys.goals, headline)]
    told = pd.concat([_placed(part, record.events.dtypes) for part in parts], ignore_index=True)
    measures = [*MEASURES]
    made = told.groupby(FACT, observed=True, sort=False)[measures].sum().astype(np.int64).reset_index()
    return made[(made[measures] != 0).any(axis=1)]


def _placed(part: pd.DataFrame, dtypes: pd.Series) -> pd.DataFrame:
    """With every column that is missing: "" of the names, 0 of the measures."""
    names = {name: pd.Categorical([""], dtype=dtypes[name]).repeat(len(part)) for name in FACT if name not in part}
    return part.assign(**names, **{name: 0 for name in MEASURES if name not in part})[[*FACT, *MEASURES]]


def _of_goals(goals: pd.DataFrame, headline: pd.DataFrame) -> pd.DataFrame:
    """Conversions and money of goals, where the headline rule's touch stood, else where the goal did."""
    touch = headline.set_index("goal").reindex(goals.index)
    part = pd.DataFrame({"day": goals["booked_day"], "sender": goals["sender"]})
    part["creative"] = touch["creative"].fillna(-1).astype(np.int32)
    for name in PLACE:
        own, dtype = goals[name].cat.codes.to_numpy(), goals[name].dtype
        there = touch[name].cat.codes.to_numpy()
        stated = (there >= 0) & (there != dtype.categories.get_loc(""))
        part[name] = pd.Categorical.from_codes(np.where(stated, there, own), dtype=dtype)
    is_conversion = goals["type"] == "conversion"
    kinds = goals["kind"].astype(str).where(goals["kind"] != "ad_click", "")
    part["conversion_kind"] = pd.Categorical(kinds, dtype=goals["conversion_kind"].dtype)
    part["conversions"] = goals["conversions"].where(is_conversion, 0)
    part["revenue_settled"] = goals["amount"].where(goals["settled"], 0)
    part["revenue_provisional"] = goals["amount"].where(~goals["settled"], 0)
    part["refunds"] = goals["refunds"]
    return part.groupby(FACT, observed=True, sort=False).sum().reset_index()
