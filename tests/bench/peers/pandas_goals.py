"""A peer, third part: goals with the money of their transactions, and the touches of their journeys.

A transaction's key is one number: its transaction id, else its click, else the row itself, times three and apart.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas_events import PLACE, Record

STAGES = {"pre_estimated": 1, "estimated": 2, "final": 3, "adjusted": 4}
PROVISIONAL = ["pre_estimated", "estimated"]
GOALS = ["conversion", "ad_click"]
TOUCH = ["occurred_at", "day", "creative", "sender", *PLACE, "key_hash"]
UNPAID = ["direct", "organic", "email", "referral", "none"]


@dataclass
class Journeys:
    """Goals of people, their touches in order, and per visitor whether it is a crowd and when it first clicked."""

    goals: pd.DataFrame
    touches: pd.DataFrame
    visitors: pd.DataFrame


def goals(record: Record, kind: str) -> pd.DataFrame:
    """Every goal that counts, and money without one, with `amount` and `refunds` in millionths."""
    events = record.events
    money = events[events["type"].isin([*GOALS, "revenue", "refund"])].sort_values(["occurred_at", "key_hash"])
    money = money.reset_index(drop=True)
    money["key"] = _keys(money, record.clicks)
    told = money[money["type"].isin(GOALS)]
    named = told["conversion_kind"].astype(str).replace("", "purchase")
    told = told.assign(kind=named.where(told["type"] == "conversion", "ad_click"))
    once = (told["transaction_id"] < 0) | ~told.duplicated(["kind", "transaction_id"])
    told = told[once]
    told = told.assign(carries=~told.duplicated("key"), conversions=told["count"])
    orphans = money[~money["key"].isin(told["key"])].drop_duplicates("key")
    without = orphans["conversion_kind"].astype(str).replace("", "revenue_only")
    made = pd.concat([told, orphans.assign(kind=without, carries=True, conversions=0)], ignore_index=True)
    made = made.merge(_transactions(money), on="key", how="left")
    made["settled"] = made["settled"].fillna(True).astype(bool) | ~made["carries"]
    for name in ("amount", "refunds"):
        made[name] = made[name].where(made["carries"]).fillna(0).astype(np.int64)
    made["kind"] = made["kind"].astype("category")
    made["booked_day"] = made["click_day"].fillna(made["day"]) if kind == "arbitrage" else made["day"]
    return made


def _keys(money: pd.DataFrame, clicks: int) -> pd.Series:
    """By transaction, else by click: its one transaction, else its first goal without one; further ones stand alone."""
    told = money[money["type"].isin(GOALS) & (money["click_id"] >= 0)]
    spans = told.groupby("click_id")["transaction_id"].agg(["min", "max"])
    alone = spans[(spans["min"] == spans["max"]) & (spans["min"] >= 0)]
    of_click = np.full(clicks + 1, -1, np.int64)
    of_click[alone.index] = alone["min"]
    unnamed = told[told["transaction_id"] < 0].drop_duplicates("click_id")
    first = np.full(clicks + 1, -1, np.int64)
    first[unnamed["click_id"]] = unnamed.index
    click, transaction = money["click_id"].to_numpy(), money["transaction_id"].to_numpy(np.int64)
    is_goal = money["type"].isin(GOALS).to_numpy()
    by_click = np.where(is_goal, -1, of_click[click])
    is_later = is_goal & (first[click] >= 0) & (first[click] != np.arange(len(money)))
    return np.select(
        [transaction >= 0, by_click >= 0, (click < 0) | is_later],
        [transaction * 3, by_click * 3, np.arange(len(money)) * 3 + 2],
        click.astype(np.int64) * 3 + 1,
    )


def _transactions(money: pd.DataFrame) -> pd.DataFrame:
    """Per key the amount last set, by stage, then time; and what was taken back."""
    stated = money[money["revenue"].notna()]
    is_refund = stated["type"] == "refund"
    refunds = stated[is_refund].groupby("key")["revenue"].sum()
    ranked = stated[~is_refund].assign(rank=lambda one: one["revenue_stage"].astype(object).map(STAGES).fillna(0))
    last = ranked.sort_values(["rank", "stated_at", "content_hash"]).drop_duplicates("key", keep="last")
    amounts = pd.DataFrame({"amount": last["revenue"].to_numpy(),
                            "settled": ~last["revenue_stage"].isin(PROVISIONAL).to_numpy()}, last["key"])  # fmt: skip
    return amounts.join(refunds.rename("refunds"), how="outer").rename_axis("key").reset_index()


def journeys(record: Record, made: pd.DataFrame, settings: dict) -> Journeys:
    """The goals of people with their clicks within the widest window, numbered from the first."""
    events = record.events
    of_visitors = (events["type"] == "click") & (events["visitor"] >= 0)
    clicks = events.loc[of_visitors, ["visitor", "traffic", "creative", "occurred_at"]]
    visitors = _visitors(clicks, settings["visitor_clicks_max"])
    wanted = made[made["traffic"] == "human"].reset_index(drop=True)
    wanted["crowd"] = wanted["visitor"].isin(visitors.index[visitors["crowd"]])
    offered = events["is_first"] & (events["traffic"] == "human") & (events["creative"] >= 0)
    touches = events.loc[offered, [*TOUCH, "click_id", "visitor"]]
    touches = touches.sort_values(["occurred_at", "key_hash"]).reset_index(drop=True)
    pairs = _pairs(wanted, touches, pd.Timedelta(days=max(settings["windows"])))
    joined = touches.loc[pairs["touch"], TOUCH].rename(columns={"day": "touch_day"}).reset_index(drop=True)
    goal = pairs["goal"].to_numpy()
    joined["goal"] = goal
    joined["same_click"] = pairs["by_click"]
    joined["paid"] = ~joined["network"].isin(UNPAID)
    lag = wanted["occurred_at"].to_numpy()[goal] - joined["occurred_at"].to_numpy()
    joined["lag"] = np.maximum(lag.astype("timedelta64[us]").astype(np.int64), 0)
    joined["before_lead"] = joined["occurred_at"].to_numpy() <= _leads(wanted, settings["lead_kind"])[goal]
    return Journeys(wanted, joined, visitors)


def _visitors(clicks: pd.DataFrame, most: int) -> pd.DataFrame:
    human = clicks[clicks["traffic"] == "human"]
    visitors = clicks.groupby("visitor").size().gt(most).to_frame("crowd")
    visitors["first_click"] = human.groupby("visitor")["occurred_at"].min()
    visitors["first_touch"] = human[human["creative"] >= 0].groupby("visitor")["occurred_at"].min()
    return visitors


def _pairs(wanted: pd.DataFrame, touches: pd.DataFrame, widest: pd.Timedelta) -> pd.DataFrame:
    """(goal, touch, by_click), each pair once, in order: by the visitor where it is no crowd, and by the click."""
    asking = wanted.loc[(wanted["visitor"] >= 0) & ~wanted["crowd"], ["visitor", "occurred_at"]]
    offered = touches.loc[touches["visitor"] >= 0, ["visitor", "occurred_at"]]
    one = asking.rename_axis("goal").reset_index().merge(offered.rename_axis("touch").reset_index(), on="visitor")
    lag = one["occurred_at_x"] - one["occurred_at_y"]
    one = one.loc[(lag >= pd.Timedelta(0)) & (lag <= widest), ["goal", "touch"]]
    asking = wanted.loc[wanted["click_id"] >= 0, ["click_id", "occurred_at"]]
    offered = touches.loc[touches["click_id"] >= 0, ["click_id", "occurred_at"]]
    other = asking.rename_axis("goal").reset_index().merge(offered.rename_axis("touch").reset_index(), on="click_id")
    other = other.loc[other["occurred_at_x"] - other["occurred_at_y"] <= widest, ["goal", "touch"]]
    pairs = pd.concat([other.assign(by_click=True), one.assign(by_click=False)], ignore_index=True)
    return pairs.drop_duplicates(["goal", "touch"]).sort_values(["goal", "touch"], ignore_index=True)


def _leads(wanted: pd.DataFrame, lead_kind: str) -> np.ndarray:
    """Per goal the moment of its visitor's first lead, if that was before; else NaT."""
    asks = wanted[(wanted["visitor"] >= 0) & ~wanted["crowd"]]
    first = asks[asks["kind"] == lead_kind].groupby("visitor")["occurred_at"].min()
    lead = asks["visitor"].map(first)
    lead = lead[(lead <= asks["occurred_at"]) & (asks["kind"] != lead_kind)]
    return lead.reindex(wanted.index).to_numpy()
