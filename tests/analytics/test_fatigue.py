"""This module owns the promises of the mart `creative_fatigue`: from reports and clicks to who fell, since when."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from journeys import Books, Item, item, report, shown

from analytics.fit import standing
from analytics.fit.fatigue import creative_fatigue
from analytics.incremental.ways import way
from analytics.plan import sql

NOW = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 (stored times are naive UTC)
LAST = date(2026, 11, 21)  # mature: two days of the arbitrage feeds lie behind it
DAYS, FELL = 30, 12  # A shows less of its clicks on its last twelve mature days
IDS = {"network": "facebook", "account_id": "act_1", "campaign_id": "7", "country": "US"}
SHOWN = 20_000
PARAMETERS = {"objective": "profit_per_click", "target": 0.0, "maturity_days": 2}


def clicks_of(name: str, at: int) -> int:
    """Reported clicks of a creative's day, the last being day 0: weekends are poor, and so is the end of A."""
    noise = np.random.default_rng([ord(name), at]).normal(1, 0.04)
    weekend = 0.8 if (LAST - timedelta(days=at)).weekday() > 4 else 1
    return int(SHOWN * 0.02 * noise * weekend * (0.6 if name == "A" and at < FELL else 1))


def a_day(name: str, at: int) -> list[Item]:
    """A creative's day: its report, a click that stands for a hundred, and three that lead to money."""
    day = LAST - timedelta(days=at)
    morning = datetime(day.year, day.month, day.day, 8)  # noqa: DTZ001
    ad = {**IDS, "ad_id": name}
    fields = {"referrerAdCreative": shown(name), **ad}
    made = [report(day, "10", clicks=clicks_of(name, at), impressions=SHOWN, **ad),
            item("click", f"{name}{at}", morning, count=100, click_id=f"{name}{at}", **fields)]  # fmt: skip
    for n in range(3):
        click = f"{name}{at}-{n}"
        made += [item("click", click, morning, click_id=click, **fields),
                 item("ad_click", f"{click}-a", morning, click_id=click, revenue="4")]  # fmt: skip
    return made


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """A to D run for five weeks; E is ten days young; nothing at all is shown of anybody's maturing days."""
    books = Books(tmp_path_factory.mktemp("fatigue"), kind="arbitrage")
    for at in range(DAYS):
        books.post(*(each for name in "ABCD" for each in a_day(name, at)), *(a_day("E", at) if at < 10 else ()))
    maturing = [report(LAST + timedelta(days=1), "10", clicks=0, impressions=SHOWN, **IDS, ad_id=name) for name in "BC"]
    books.post(*maturing)
    yield books.ready(NOW)


def found(books: Books, columns: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(creative, metric) → those columns."""
    rows = books.query(
        f"select c.creative_text, f.metric, {columns} from creative_fatigue f join creatives c using (creative_id)"
    )
    letters = {shown(name): name for name in "ABCDE"}
    return {(letters[text], metric): tuple(rest) for text, metric, *rest in rows}


def test_who_fell_is_called_with_the_day_and_nobody_else(books: Books) -> None:
    told = found(books, "fatigued, since, days, compared_with")
    assert {key for key, (fatigued, *_) in told.items() if fatigued} == {("A", "ctr")}
    assert told["A", "ctr"] == (True, LAST - timedelta(days=FELL - 1), DAYS, "scope")
    assert {name for name, _ in told} == set("ABCD")  # E is too young to be judged
    assert {metric for _, metric in told} == {"ctr", "epc_capped"}


def test_before_and_after_are_of_the_same_days_and_make_the_decline(books: Books) -> None:
    before, after, decline, low, high = found(books, "before, after, decline, decline_low, decline_high")["A", "ctr"]
    clicks = sum(clicks_of("A", at) for at in range(FELL))
    assert after == pytest.approx(clicks / (SHOWN * FELL))
    assert decline == pytest.approx(1 - after / before, abs=1e-6) and low < 0.4 < high
    assert before == pytest.approx(after / 0.6, rel=0.05)


def test_decayed_but_still_profitable_is_told_apart(books: Books) -> None:
    net, still, impressions, note = found(books, "net_after, still_meets_target, impressions_before, note")["A", "ctr"]
    assert net == pytest.approx((12 - 10) / 103, abs=1e-6) and still
    assert impressions == SHOWN * (DAYS - FELL)
    assert "looks the same" in note


def test_every_row_is_one_creative_scope_and_metric(books: Books) -> None:
    grain = "creative_id, network, campaign_id, country, metric"
    assert not books.query(f"select {grain} from creative_fatigue group by {grain} having count(*) > 1")
    assert books.query("select count(*) from creative_fatigue where country <> 'US' or q_value < p_value") == [(0,)]


@pytest.fixture
def made() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables it reads, of 30 days of three creatives in two scopes; the one that is alone fell to nothing."""
    connection = duckdb.connect()
    connection.execute("create table whole_campaigns (network varchar, campaign_id varchar)")
    connection.execute(
        "create table facts_daily as select cast('2026-11-21' as date) as day, 'x' as creative_id, 'facebook' as"
        " network, '7' as campaign_id, 'US' as country, 0 as reported_clicks, 0 as reported_impressions"
    )
    connection.execute(
        "create table evidence_days as select cast('2026-11-21' as date) - cast(range as integer) as day, creative_id,"
        " 'facebook' as network, if(creative_id = 'a', null, '7') as campaign_id, cast(null as varchar) as country, 500"
        " as clicks, k as converted, k as conversions, cast(k as decimal(38, 6)) as revenue, cast(k as decimal(38, 6))"
        " as revenue_capped, cast(5 as decimal(38, 6)) as cost, 0 as converted_observed, 0 as converted_expected, 0 as"
        " capped_observed, 0 as capped_expected"
        " from range(30), (select unnest(['a', 'b', 'c']) as creative_id),"
        " lateral (select if(creative_id = 'a' and range < 8, 0, 20 + range % 3) as k)"
    )
    yield connection
    connection.close()


def fatigue(connection: duckdb.DuckDBPyConnection, columns: str, **changed: Any) -> list[tuple[Any, ...]]:
    connection.execute("drop table if exists creative_fatigue")
    creative_fatigue(connection, date(2026, 11, 22), PARAMETERS | changed)
    return connection.execute(f"select {columns} from creative_fatigue order by creative_id").fetchall()


def test_one_without_company_is_judged_by_its_own_weekdays_and_one_that_lost_all_is_to_be_replaced(
    made: duckdb.DuckDBPyConnection,
) -> None:
    first, *others = fatigue(made, "creative_id, fatigued, since, after, decline, still_meets_target, compared_with")
    assert first == ("a", True, date(2026, 11, 14), 0, 1, False, "itself")
    assert [row[:2] for row in others] == [("b", False), ("c", False)]


@pytest.mark.parametrize(
    ("objective", "target", "metric", "net"),
    [
        ("profit_per_click", 0.01, "epc_capped", -5 / 500 - 0.01),
        ("roas", 2.0, "epc_capped", -5 / 500),
        ("cpa", 3.0, "cvr", -5 / 500),
    ],
)
def test_the_metric_and_the_net_are_those_of_the_objective(
    made: duckdb.DuckDBPyConnection, objective: str, target: float, metric: str, net: float
) -> None:
    rows = fatigue(made, "metric, net_after", objective=objective, target=target)
    assert rows[0] == (metric, pytest.approx(net, abs=1e-6)) and len(rows) == 3


def test_without_a_known_cost_nothing_is_said_of_the_target(made: duckdb.DuckDBPyConnection) -> None:
    made.execute("update evidence_days set cost = 0")
    assert set(fatigue(made, "net_after, still_meets_target")) == {(None, None)}


def test_it_is_a_fit_that_is_made_once(made: duckdb.DuckDBPyConnection) -> None:
    assert way("creative_fatigue()").word == "fit" and "creative_fatigue" in standing.OF_EVIDENCE
    fatigue(made, "*")
    made.execute("update creative_fatigue set note = 'kept'")
    creative_fatigue(made, date(2026, 11, 23), PARAMETERS)
    assert made.execute("select distinct note from creative_fatigue").fetchall() == [("kept",)]


def test_where_nothing_is_old_enough_the_table_is_there_and_empty(made: duckdb.DuckDBPyConnection) -> None:
    made.execute("delete from evidence_days where day < '2026-11-15'")
    assert fatigue(made, "*") == []


def test_no_later_day_is_read_than_the_last_mature_one(made: duckdb.DuckDBPyConnection) -> None:
    assert [days for (days,) in fatigue(made, "days", maturity_days=2)] == [30] * 3
    assert [days for (days,) in fatigue(made, "days", maturity_days=7)] == [25] * 3


@pytest.mark.parametrize("name", ["fatigue", "fatigue_clicks", "fatigue_shown"])
def test_its_sql_says_what_it_reads(name: str) -> None:
    assert sql("fit", name).startswith("-- what: ")
