"""A peer, second part: the creative of every event, by its text, by its ad's text of that day, or by the ad itself.

What follows a click takes the click's creative and place: `identified` hangs it on the first click of its click_id.
"""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas_events import AD, PLACE, Record

KNOWN = ["account_id", "campaign_id", "adset_id", "country"]
SHOWN = ["ad", "day", "creative", "traffic", "type", "click_id", "count", "occurred_at", "key_hash"]
SPINE = ["click_id", "sender", "key_hash", "occurred_at", "day", "visitor", "creative", "traffic", *PLACE]
NO_AD = r"[0\W_]*|.*\{\{.*"  # what stands where no id was


@dataclass
class Ads:
    """`table`: each ad with its creative, in the order of its number; `texts`: what it showed on a day."""

    table: pd.DataFrame
    texts: pd.DataFrame


def identify(record: Record) -> Ads:
    """Give every event, and report, its ad's number and its creative; then hang what follows on its click."""
    events, reports = record.events, record.reports
    _by_mates(events, record.clicks)
    _complete(events, reports)
    ads = _numbered(record)
    shown = _shown(events, reports, ads)
    _by_ad(events, ads, shown)
    _follow(events, record.clicks)
    return Ads(ads, shown)


def _by_mates(events: pd.DataFrame, clicks: int) -> None:
    """An event without a text takes the one text that the others of its click agree on."""
    told = events.loc[(events["creative"] >= 0) & (events["click_id"] >= 0), ["click_id", "creative"]]
    spans = told.groupby("click_id")["creative"].agg(["min", "max"])
    of_click = np.full(clicks + 1, -1, np.int32)
    agreed = spans[spans["min"] == spans["max"]]
    of_click[agreed.index] = agreed["min"]
    events["creative"] = np.where(events["creative"] < 0, of_click[events["click_id"]], events["creative"])


def _complete(events: pd.DataFrame, reports: pd.DataFrame) -> None:
    """Who names an ad without its account, campaign, ad set (a report: country) takes the only one it is known with."""
    keys = ["network", "ad_id"]
    said = events.loc[events["ad_id"] != "", [*keys, *KNOWN, "traffic"]].drop_duplicates()
    said["country"] = said["country"].where(said["traffic"] == "human", "")
    mentions = pd.concat([said, reports[[*keys, *KNOWN]]], ignore_index=True)
    for name in KNOWN:
        once = mentions.loc[mentions[name] != "", [*keys, name]].drop_duplicates()
        alone = once[~once.duplicated(keys, keep=False)]
        for frame in (reports,) if name == "country" else (events, reports):
            gaps = frame.index[(frame[name] == "") & (frame["ad_id"] != "")]
            if len(gaps):
                found = frame.loc[gaps, keys].merge(alone, on=keys, how="left")[name].fillna("")
                frame.loc[gaps, name] = found.to_numpy()


def _numbered(record: Record) -> pd.DataFrame:
    """Every ad with its number and its own creative, which joins `record.creatives`; -1 for an id that is none."""
    events, reports = record.events, record.reports
    named = events.loc[events["ad_id"] != "", AD].drop_duplicates()
    ads = pd.concat([named, reports[AD]]).drop_duplicates().reset_index(drop=True)
    real = ~ads["ad_id"].astype(str).str.fullmatch(NO_AD)
    hashed = [_identity(*ad) for ad in ads.loc[real, AD].itertuples(index=False)]  # a few thousand, whatever comes
    ads["creative"] = np.where(real, len(record.creatives) + real.cumsum() - 1, -1)
    record.creatives = record.creatives.append(pd.Index(hashed, dtype=record.creatives.dtype))
    ads["ad"] = np.arange(len(ads), dtype=np.int32)
    for frame in (events, reports):
        with_ad = (frame["ad_id"] != "").to_numpy()
        number = np.full(len(frame), -1, np.int32)
        number[with_ad] = frame.loc[with_ad, AD].merge(ads[[*AD, "ad"]], on=AD, how="left")["ad"]
        frame["ad"] = number
    return ads


def _identity(network: str, account: str, ad: str) -> str:
    words = json.dumps([network or None, account or None, ad])
    return "ad1_" + hashlib.sha256(f"ad1\0{words}".encode()).hexdigest()[:32]


def _shown(events: pd.DataFrame, reports: pd.DataFrame, ads: pd.DataFrame) -> pd.DataFrame:
    """(ad, day, creative, clicks, texts): what was seen that day; else the only text ever, or those seen around it."""
    with_ad = events.loc[events["ad"] >= 0, SHOWN]
    needed = pd.concat([with_ad[["ad", "day"]], reports[["ad", "day"]]]).drop_duplicates()
    told = with_ad[(with_ad["creative"] >= 0) & (with_ad["traffic"] == "human")]
    told = told.sort_values(["occurred_at", "key_hash"])
    first = (told["type"] == "click") & ((told["click_id"] < 0) | ~told.duplicated(["type", "click_id"]))
    seen = told.assign(clicks=told["count"].where(first, 0)).groupby(["ad", "day", "creative"])["clicks"].sum()
    seen = seen.reset_index()
    spans = seen.groupby(["ad", "creative"])["day"].agg(["min", "max"]).reset_index()
    spans["ever"] = spans.groupby("ad")["creative"].transform("size")
    silent = needed.merge(seen[["ad", "day"]].drop_duplicates(), how="left", on=["ad", "day"], indicator="there")
    around = silent[silent["there"] == "left_only"].merge(spans, on="ad")
    around = around[(around["ever"] == 1) | around["day"].between(around["min"], around["max"])]
    shown = pd.concat([seen, around[["ad", "day", "creative"]].assign(clicks=0)], ignore_index=True)
    shown = shown[ads["creative"].to_numpy()[shown["ad"]] >= 0]
    return shown.assign(texts=shown.groupby(["ad", "day"])["creative"].transform("size"))


def _by_ad(events: pd.DataFrame, ads: pd.DataFrame, shown: pd.DataFrame) -> None:
    asking = events.index[(events["creative"] < 0) & (events["ad"] >= 0)]
    single = shown.loc[shown["texts"] == 1, ["ad", "day", "creative"]]
    found = events.loc[asking, ["ad", "day"]].merge(single, on=["ad", "day"], how="left")["creative"]
    itself = ads["creative"].to_numpy()[events.loc[asking, "ad"]]
    events.loc[asking, "creative"] = found.fillna(pd.Series(itself)).to_numpy(np.int32)


def _follow(events: pd.DataFrame, clicks: int) -> None:
    """What follows a click takes its creative, place and visitor; `counts` is false for a click another sender told."""
    told = events.loc[(events["type"] == "click") & (events["click_id"] >= 0), SPINE]
    spine = told.sort_values(["occurred_at", "key_hash"]).drop_duplicates("click_id")
    row = np.full(clicks + 1, -1, np.int32)
    row[spine["click_id"]] = np.arange(len(spine), dtype=np.int32)
    at = row[events["click_id"]]
    is_click, hangs = (events["type"] == "click").to_numpy(), at >= 0
    first = spine["key_hash"].to_numpy()[at] == events["key_hash"].to_numpy()
    same_sender = spine["sender"].cat.codes.to_numpy()[at] == events["sender"].cat.codes.to_numpy()
    events["counts"] = ~is_click | ~hangs | same_sender
    events["is_first"] = is_click & (first | ~hangs)
    events["has_click"] = hangs & (~is_click | first)
    takes = hangs & ~is_click
    for name, asks in (("creative", takes), ("visitor", takes & (events["visitor"] < 0).to_numpy())):
        clicked = spine[name].to_numpy()[at]
        events[name] = np.where(asks & (clicked >= 0), clicked, events[name])
    for name in (*PLACE, "traffic"):
        own, clicked = events[name].cat.codes.to_numpy(), spine[name].cat.codes.to_numpy()[at]
        names = events[name].cat.categories
        if name == "traffic":
            human = names.get_loc("human")
            taken = takes & (own == human) & (clicked != human)
        else:
            taken = takes & (clicked != names.get_loc(""))
        events[name] = pd.Categorical.from_codes(np.where(taken, clicked, own), dtype=events[name].dtype)
    events["click_day"] = pd.Series(spine["day"].to_numpy()[at]).where(hangs)
