"""This module owns the fit's benchmark: what each of its steps costs at a number of visitors, in seconds and memory.

`python tests/bench/fits.py 100000 [memory_limit]` makes that many visitors with some three clicks each on 1,500
creatives, three in ten of them with an order, runs the models before the fit, and then every step of it, once.
"""

import resource
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb

from analytics.build import Inputs, run_model
from analytics.config import AnalyticsSettings
from analytics.inputs.joined import settings_tables

NOW = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 (naive UTC, as everywhere)
STEPS = (
    "goal_touches", "credit_scopes", "path_touches", "fit_paths()", "paths()", "markov_weights()", "shapley_weights()",
    "creative_removal_effects()", "fits()", "credits", "touch_credits", "creative_rules()",
)  # fmt: skip
NAMES = ("account_id", "campaign_id", "adset_id", "ad_id", "placement", "country", "device", "term", "click_id")
_NONE = ", ".join(f"cast(null as varchar) as {name}" for name in NAMES)
CLICKS = f"""
create table laddered as
with visits as (
  select v, unnest(range(1 + least(cast(-2 * ln(1 - u) as bigint), 30))) as k
  from (select v, (hash(v) % 1000003) / 1000003.0 as u from range($visitors) t(v))),
drawn as (select v, k, v * 64 + k as key_hash, (hash(v, k) % 1000003) / 1000003.0 as u from visits)
select key_hash, 'shop' as sender, cast(key_hash as varchar) as id, 'click' as type, 'human' as traffic,
  md5(cast(v as varchar)) as visitor, 'rac1_' || md5(cast(cast(1500 * u * u * u as bigint) as varchar)) as creative_id,
  timestamp '2026-10-25' + to_seconds(v % 1900000 + k * 20000) as occurred_at,
  epoch_us(timestamp '2026-10-25' + to_seconds(v % 1900000 + k * 20000)) as occurred_us,
  cast(timestamp '2026-10-25' + to_seconds(v % 1900000 + k * 20000) as date) as day, 'facebook' as network,
  {_NONE}
from drawn
"""
GOALS = f"""
create table goals as
with last as (select visitor, max(occurred_us) + 3600000000 as us, max(key_hash) as k from laddered group by visitor)
select k as goal_id, 'shop' as sender, cast(k as varchar) as id, 'conversion' as type, 'purchase' as kind,
  'human' as traffic,
  visitor, make_timestamp(us) as occurred_at, us as occurred_us, cast(make_timestamp(us) as date) as day,
  cast(make_timestamp(us) as date) as booked_day, 'facebook' as network, {_NONE}, cast(null as varchar) as creative_id,
  false as has_click, cast(1 as bigint) as conversions, cast(10 + k % 90 as decimal(38, 6)) as amount,
  cast(0 as decimal(38, 6)) as refunds
from last where hash(visitor, 1) % 10 < 3
"""
OTHERS = (
    "create table click_spine (click_id varchar, sender varchar, id varchar)",
    "create view identified as select * from laddered",
    "create table facts_daily as select creative_id, day, cast(1 as decimal(38, 6)) as cost_direct,"
    " cast(0 as decimal(38, 6)) as cost_allocated from laddered group by creative_id, day",
)


def main(visitors: int, memory_limit: str) -> None:
    """Make the data in a folder of its own, and print what every step takes."""
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "work.duckdb"))
        connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set preserve_insertion_order = false")
        settings = AnalyticsSettings(data_dir=Path(folder))
        settings_tables(connection, settings, ())
        connection.execute(CLICKS, {"visitors": visitors})
        connection.execute(GOALS)
        for statement in OTHERS:
            connection.execute(statement)
        clicks, goals = connection.execute("select (select count(*) from laddered), count(*) from goals").fetchall()[0]
        print(f"{visitors:,} visitors, {clicks:,} clicks, {goals:,} conversions")
        for step in STEPS:
            started = time.perf_counter()
            run_model(connection, step, Inputs(NOW, settings))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{step:28} {time.perf_counter() - started:7.2f} s   peak so far {peak:6,.0f} MB", flush=True)
        print(connection.execute("select * from fits").fetchall())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else "3GB")
