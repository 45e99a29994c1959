"""This module owns the promise that the peer in pandas makes our marts, row by row: only then may it race."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from bench.building import LEAST_ROWS, OutOfMemoryError, export, held, peer
from bench.finding import Finding
from bench.synthetic import AS_OF, SENDERS, write

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.inputs.exchange_rates import rates

ROWS = 4_000
KINDS = ("shop", "arbitrage")
PLACE = ("network", "account_id", "campaign_id", "adset_id", "ad_id", "placement", "country", "device")
SESSIONS = ("sessions", "search_sessions", "results_sessions", "ad_click_sessions", "conversion_sessions")
COUNTS = ("impressions", "clicks", "landing_views", "search_clicks", "results_views", "ad_clicks", "conversions",
          *SESSIONS, "reported_impressions", "reported_clicks", "reported_conversions")  # fmt: skip
# Each mart's grain, its counts, and its money, which the peer tells in millionths.
MARTS = {
    "facts_daily": (
        ("day", "creative_id", "sender", *PLACE, "conversion_kind"), COUNTS,
        ("reported_revenue", "cost_direct", "cost_allocated", "revenue_settled", "revenue_provisional", "refunds"),
    ),
    "creative_daily": (
        ("day", "creative_id", "sender", "network", "campaign_id"), COUNTS,
        ("reported_revenue", "refunds", "cost", "revenue"),
    ),
    "ad_daily": (
        ("day", "creative_id", "network", "account_id", "campaign_id", "adset_id", "ad_id"), COUNTS,
        ("reported_revenue", "refunds", "cost", "revenue"),
    ),
    "click_cohorts": (
        ("click_day", "creative_id", "sender", *PLACE, "age_bucket"), ("clicks", "converted", "revenue_squared"),
        ("revenue",),
    ),
    "funnel_daily": (("day", "network", "campaign_id", "step"), ("step_order", "events", "sessions"), ()),
    "creative_credit": (
        ("rule", "window_days", "date_basis", "day", "creative_id", "network", "campaign_id", "ad_id",
         "conversion_kind"), ("conversions",), ("revenue",),
    ),
    "attribution_ledger": (
        ("rule", "window_days", "conversion_kind", "bucket", "reason"), ("conversions",), ("revenue",),
    ),
}  # fmt: skip
LEFT_OUT = "('markov', 'shapley')"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module", params=KINDS)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Our work file as `ours`, and the folder of the peer's marts in the variable `peer`."""
    folder = tmp_path_factory.mktemp("building")
    settings = AnalyticsSettings(data_dir=folder / "data", kind=request.param, senders=SENDERS)
    settings.data_dir.mkdir()
    write(settings.record_path, ROWS)
    build(settings.work_path, settings.record_path, Inputs(AS_OF, settings, None, rates(settings)))
    export(settings, folder / "exported")
    peer(folder / "exported")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.work_path}' as ours (read_only)")
        connection.execute(f"set variable peer = '{folder / 'exported' / 'marts'}'")
        yield connection


@pytest.mark.parametrize("mart", MARTS)
def test_the_peer_in_pandas_makes_the_same_mart(both: duckdb.DuckDBPyConnection, mart: str) -> None:
    """Every row of either: counts to a thousandth (a share is a fraction there, and whole millionths here), cents."""
    grain, counts, money = MARTS[mart]
    keys = ", ".join(f"coalesce(cast({name} as varchar), '') as {name}" for name in grain)
    dated = keys.replace("cast(day as", "cast(cast(day as date) as").replace(
        "cast(click_day", "cast(cast(click_day as date)"
    )
    sums = ", ".join(f"sum({name}) as {name}" for name in (*counts, *money))
    told = ", ".join(
        (*(f"sum({name}) as {name}" for name in counts), *(f"sum({name}) / 1e6 as {name}" for name in money))
    )
    only = f" where rule not in {LEFT_OUT}" if "rule" in grain else ""
    both.execute(f"create or replace temp table one as select {dated}, {sums} from ours.{mart}{only} group by all")
    both.execute(
        f"create or replace temp table other as select {dated}, {told}"
        f" from read_parquet(getvariable('peer') || '/{mart}.parquet') group by all"
    )
    apart = [f"abs(coalesce(one.{name}, 0) - coalesce(other.{name}, 0)) > 0.001" for name in counts]
    apart += [f"abs(coalesce(one.{name}, 0) - coalesce(other.{name}, 0)) > 0.005" for name in money]
    differing = both.execute(
        f"select * from one full join other using ({', '.join(grain)}) where {' or '.join(apart)} limit 5"
    ).fetchall()
    ((rows,),) = both.execute("select count(*) from one").fetchall()
    assert rows > 0
    assert differing == []


def test_a_peer_that_needs_more_memory_than_there_is_says_so(tmp_path: Path) -> None:
    settings = AnalyticsSettings(data_dir=tmp_path / "data", kind="shop", senders=SENDERS)
    settings.data_dir.mkdir()
    write(settings.record_path, ROWS)
    export(settings, tmp_path / "exported")
    with pytest.raises(OutOfMemoryError, match=r"more than the 0\.0 GB"):
        peer(tmp_path / "exported", MEGABYTE)


def test_what_the_peer_cannot_hold_is_skipped_and_half_of_it_measured() -> None:
    def measure(rows: int) -> list[Finding]:
        if rows > 10 * LEAST_ROWS:
            raise OutOfMemoryError("pandas needs more")
        return [Finding(f"full build of {rows}", "pandas", "s", [1.0], [2.0])]

    found = held(40 * LEAST_ROWS, measure)
    assert [each.verdict for each in found] == ["skipped"] * 8 + ["measured"]
    assert found[0].skipped == "pandas needs more; measured at 20,000 instead"
    assert found[-1].what == "full build of 10000"
