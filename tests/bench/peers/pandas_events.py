"""A peer, first part: the record as pandas frames, and every event in force with its click and its visitor.

Names are categories ("" where there is none), ids of clicks, visitors, sessions and transactions are numbered when they
are read (-1 where there is none), money is whole millionths: so that no text is compared after this, and what hangs on
a click is found by its number. `Record` is what the other parts read.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

AD = ["network", "account_id", "ad_id"]
PLACE = ["network", "account_id", "campaign_id", "adset_id", "ad_id", "placement", "country", "device"]
NAMES = ["sender", "type", "revenue_stage", *PLACE, "conversion_kind", "traffic"]
IDS = ["click_id", "visitor", "session_id", "transaction_id"]
MOMENTS = ["occurred_at", "stated_at"]
REPORT = ["sender", "network", "account_id", "campaign_id", "adset_id", "ad_id", "country"]


@dataclass
class Record:
    """`events` and `reports` in force; `creatives` names the numbers in their column `creative`."""

    events: pd.DataFrame
    reports: pd.DataFrame
    creatives: pd.Index
    clicks: int


def read(folder: Path) -> Record:
    """The record in force: the newest version of each key, names as categories of one sort in both tables."""
    events, reports = _table(folder, "interactions", [*NAMES, "variant_id"]), _table(folder, "reports", REPORT)
    texts = pd.read_parquet(folder / "creative_variants.parquet")
    aliases = pd.read_parquet(folder / "creative_aliases.parquet").set_index("creative_id")["canonical_id"]
    texts["creative_id"] = texts["creative_id"].map(aliases).fillna(texts["creative_id"])
    creatives = pd.Index(texts["creative_id"].dropna().unique())
    numbers = pd.Series(creatives.get_indexer(texts["creative_id"]), texts["variant_id"])
    by_variant = numbers.reindex(events["variant_id"].cat.categories).fillna(-1).to_numpy(np.int32)
    events["creative"] = np.append(by_variant, -1)[events.pop("variant_id").cat.codes]  # the code of none is -1
    clicks = 0
    for name in IDS:
        codes, found = pd.factorize(events[name])
        events[name], clicks = codes.astype(np.int32), len(found) if name == "click_id" else clicks
    for name in [*NAMES, *REPORT]:
        _alike(name, [frame for frame in (events, reports) if name in frame])
    events = _in_force(events)
    events["day"] = events["occurred_at"].dt.normalize()
    reports = reports.sort_values(["stated_at", "content_hash"]).drop_duplicates(["sender", "key_hash"], keep="last")
    return Record(_stitched(events), reports.reset_index(drop=True), creatives, clicks)


def _table(folder: Path, name: str, names: list[str]) -> pd.DataFrame:
    return pq.read_table(folder / f"{name}.parquet", read_dictionary=names).to_pandas(
        split_blocks=True, self_destruct=True
    )


def _alike(name: str, frames: list[pd.DataFrame]) -> None:
    """The same categories in all frames, in order, and "" in place of nothing."""
    known = sorted({"", *(word for frame in frames for word in frame[name].cat.categories)})
    for frame in frames:
        frame[name] = frame[name].cat.set_categories(known).fillna("")


def _in_force(events: pd.DataFrame) -> pd.DataFrame:
    """Of each key the version last stated, at the moment of the first one."""
    versions = events[events["key_hash"].duplicated(keep=False)].sort_values(["key_hash", "stated_at", "content_hash"])
    newest = versions.drop_duplicates("key_hash", keep="last")
    first = versions.groupby("key_hash")["occurred_at"].min()
    moments = events["occurred_at"].to_numpy(copy=True)
    moments[newest.index] = newest["key_hash"].map(first)
    events["occurred_at"] = moments
    return events.drop(index=versions.index.difference(newest.index)).reset_index(drop=True)


def _stitched(events: pd.DataFrame) -> pd.DataFrame:
    """Who has no visitor or click takes the only one of its session; a session nobody knows is a visitor itself."""
    in_session = events["session_id"] >= 0
    follows = ~events["type"].isin(["click", "impression"])
    no_visitor, no_click = in_session & (events["visitor"] < 0), in_session & (events["click_id"] < 0) & follows
    asked = events.loc[no_visitor | no_click, "session_id"].unique()
    told = events.loc[events["session_id"].isin(asked), ["session_id", "visitor", "click_id", "type"]]
    visitors = _only(told[told["visitor"] >= 0], "visitor")
    clicks = _only(told[(told["type"] == "click") & (told["click_id"] >= 0)], "click_id")
    nobody = pd.Index(asked).difference(told.loc[told["visitor"] >= 0, "session_id"])
    unknown = pd.Series(nobody + events["visitor"].max() + 1, nobody)
    who = pd.concat([visitors, unknown])
    events.loc[no_visitor, "visitor"] = events.loc[no_visitor, "session_id"].map(who).fillna(-1).astype(np.int32)
    events.loc[no_click, "click_id"] = events.loc[no_click, "session_id"].map(clicks).fillna(-1).astype(np.int32)
    return events


def _only(told: pd.DataFrame, what: str) -> pd.Series:
    spans = told.groupby("session_id")[what].agg(["min", "max"])
    return spans.loc[spans["min"] == spans["max"], "min"]
