"""A peer: the core marts as a pandas engineer would make them, from the record as Parquet files into Parquet files.

Vectorised throughout: names are categories, ids are numbers, joins are merges or look-ups by number; no loop runs over
rows. It reads what the synthetic record holds and no more: nobody states settlements, views, costs of single clicks,
foreign currencies, click ids of networks or reports above the ad, and no goal names a creative of its own.
`python peers/pandas_marts.py FOLDER BYTES` reads FOLDER/settings.json, takes so much memory at most, and prints the
seconds and the peak of memory as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd
from pandas_events import PLACE, Record, read
from pandas_facts import facts_daily, outcomes, report_shares
from pandas_goals import Journeys, goals, journeys
from pandas_identity import identify
from pandas_rules import attribution_ledger, creative_credit, credits
from pandas_sums import AD, CREATIVE, click_cohorts, daily, funnel_daily, with_totals


def main(folder: Path, memory_bytes: int) -> None:
    """Make every mart in FOLDER/marts, and say what it took. Raises MemoryError past the limit."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    (folder / "marts").mkdir(exist_ok=True)
    began = time.perf_counter()
    for name, mart in marts(folder, settings):
        mart.to_parquet(folder / "marts" / f"{name}.parquet")
    print(json.dumps({"seconds": time.perf_counter() - began, "peak_mb": _peak_mb()}))


def marts(folder: Path, settings: dict):
    """Yields (name, mart), each as soon as it is made."""
    record = read(folder)
    ads = identify(record)
    made = goals(record, settings["kind"])
    of_people = journeys(record, made, settings)
    shares = credits(of_people, settings)
    yield "creative_credit", named(creative_credit(shares, of_people.goals), record)
    yield "attribution_ledger", attribution_ledger(of_people, shares)
    headline = credited(shares[settings["headline_days"]], of_people, settings["headline_rule"])
    del shares
    main_kind = _main_kind(of_people.goals)
    clicks, reported = outcomes(record, headline, main_kind)
    facts = facts_daily(record, of_people, headline, clicks, report_shares(record, ads))
    yield "facts_daily", named(facts, record)
    facts = with_totals(facts, main_kind)
    yield "creative_daily", named(daily(facts, CREATIVE), record)
    yield "ad_daily", named(daily(facts, AD), record)
    yield "funnel_daily", funnel_daily(facts, reported)
    ages_by = "ad_click" if settings["kind"] == "arbitrage" else main_kind
    cohorts = click_cohorts(clicks, headline, pd.Timestamp(settings["as_of"]), ages_by)
    yield "click_cohorts", named(cohorts, record)


def credited(within: pd.DataFrame, of: Journeys, rule: str) -> pd.DataFrame:
    """The one touch that the headline rule credits each goal to, with the goal's kind, conversions and money."""
    touch = within.loc[within[rule] == 1, ["goal", "key_hash", "creative", "sender", *PLACE, "occurred_at",
                                           "touch_day", "lag"]]  # fmt: skip
    goal = of.goals.iloc[touch["goal"]]
    return touch.assign(kind=goal["kind"].array, conversions=goal["conversions"].to_numpy(),
                        net=(goal["amount"] - goal["refunds"]).to_numpy())  # fmt: skip


def named(mart: pd.DataFrame, record: Record) -> pd.DataFrame:
    """With the creatives' ids for their numbers."""
    ids = pd.Categorical.from_codes(mart["creative"], record.creatives)
    return mart.drop(columns="creative").assign(creative_id=ids)


def _main_kind(wanted: pd.DataFrame) -> str:
    """Purchases, else leads, else what is most frequent."""
    kinds = wanted.loc[wanted["type"] == "conversion", "kind"].value_counts()
    kinds = kinds[kinds > 0]
    return next((kind for kind in ("purchase", "lead") if kind in kinds.index), kinds.index[0] if len(kinds) else "")


def _peak_mb() -> float:
    """The most that this process ever held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
