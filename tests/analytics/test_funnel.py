"""This module owns the promises of the funnel: sessions that reach a step, a chain that never widens."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from journeys import START, Books, Item, item, shown

STEPS = ("landing_view", "search_click", "results_view", "ad_click")


def visit(click: str, steps: str = "", **more: str) -> list[Item]:
    """A click and its steps, by their first letters: "ls" is a landing view and a search click."""
    names = {step[0]: step for step in STEPS}
    place = {"network": "facebook", "campaign_id": "c1"}
    items = [item("click", f"c-{click}", referrerAdCreative=shown("A"), click_id=click, **place | more)]
    for number, letter in enumerate(steps, 1):
        at = START + timedelta(minutes=number)
        items.append(item(names[letter], f"{letter}{number}-{click}", at, click_id=click, **more))
    return items


@dataclass(frozen=True)
class Case:
    """A sentence, what is posted, and the funnel's rows: (step, events, sessions)."""

    what: str
    posts: Callable[[], list[Item]]
    funnel: list[tuple[str, int, int]]


TABLE = [
    Case("a session is a click with a landing view",
         lambda: [*visit("1", "l"), *visit("2")], [("click", 2, 2), ("landing_view", 1, 1)]),
    Case("events are counted as they come, sessions once",
         lambda: [*visit("1", "lsrasra")],
         [("click", 1, 1), ("landing_view", 1, 1), ("search_click", 2, 1), ("results_view", 2, 1), ("ad_click", 2, 1)]),
    Case("a session reaches a step only through the steps before it",
         lambda: [*visit("1", "lsra"), *visit("2", "sra"), *visit("3", "lra"), *visit("4", "lsa")],
         [("click", 4, 4), ("landing_view", 3, 3), ("search_click", 3, 2), ("results_view", 3, 1), ("ad_click", 4, 1)]),
    Case("a step that nobody reports does not stand in the way of the next ones",
         lambda: [*visit("1", "la"), *visit("2", "l")],
         [("click", 2, 2), ("landing_view", 2, 2), ("ad_click", 1, 1)]),
    Case("without landing views the steps themselves say that there was a session",
         lambda: [*visit("1", "sr"), *visit("2", "s"), *visit("3")],
         [("click", 3, 3), ("search_click", 2, 2), ("results_view", 1, 1)]),
    Case("results views alone say it, too",
         lambda: [*visit("1", "r"), *visit("2")], [("click", 2, 2), ("results_view", 1, 1)]),
    Case("a step without its click is an event and no session",
         lambda: [*visit("1", "l"), item("landing_view", "x", network="facebook", campaign_id="c1")],
         [("click", 1, 1), ("landing_view", 2, 1)]),
    Case("a click_id that came twice is one session, on the first click",
         lambda: [*visit("1", "l"), item("click", "again", START + timedelta(hours=1), click_id="1",
                                         network="facebook", campaign_id="c1", referrerAdCreative=shown("B"))],
         [("click", 2, 2), ("landing_view", 1, 1)]),
    Case("a click that stands for many is many clicks and one session",
         lambda: [visit("1")[0] | {"count": 5}, visit("1", "l")[1]], [("click", 5, 5), ("landing_view", 1, 1)]),
    Case("reviewers, tests and suspects are in no step",
         lambda: [*visit("1", "l"), *(each for traffic in ("review", "test", "suspect")
                                      for each in visit(traffic, "ls", traffic=traffic))],
         [("click", 1, 1), ("landing_view", 1, 1)]),
    Case("what follows a click that was no person's is no person's, whatever it says",
         lambda: [*visit("1"), visit("2", traffic="review")[0], visit("2", "l")[1]], [("click", 1, 1)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[duckdb.DuckDBPyConnection]]:
    """One build per case: which steps are reported at all is a matter of the whole record."""
    opened = []
    for case in TABLE:
        books = Books(tmp_path_factory.mktemp("funnel"), kind="arbitrage")
        books.post(*case.posts())
        books.build()
        opened.append(duckdb.connect(str(books.settings.work_path), read_only=True))
    yield opened
    for connection in opened:
        connection.close()


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[case.what for case in TABLE])
def test_the_funnel_counts_steps(connections: list[duckdb.DuckDBPyConnection], number: int) -> None:
    rows = (
        connections[number]
        .execute(
            "select step, sum(events), sum(sessions) from funnel_daily group by step, step_order order by step_order"
        )
        .fetchall()
    )
    assert rows == TABLE[number].funnel


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[case.what for case in TABLE])
def test_the_facts_hold_the_same_sessions(connections: list[duckdb.DuckDBPyConnection], number: int) -> None:
    facts = (
        connections[number]
        .execute(
            "select sum(clicks), sum(landing_sessions), sum(search_sessions), sum(results_sessions),"
            " sum(ad_click_sessions)"
            " from facts_daily"
        )
        .fetchone()
    )
    steps = {step: sessions for step, _, sessions in TABLE[number].funnel}
    known = [(name, held) for name, held in zip(("click", *STEPS), facts or (), strict=True) if name in steps]
    assert known == [(name, steps[name]) for name, _ in known]


def test_the_session_of_a_click_id_that_came_twice_is_the_first_clicks(
    connections: list[duckdb.DuckDBPyConnection],
) -> None:
    (number,) = (number for number, case in enumerate(TABLE) if "came twice" in case.what)
    rows = (
        connections[number]
        .execute(
            "select creative_text, sum(clicks), sum(sessions), sum(landing_views) from facts_daily join creatives"
            " using (creative_id) group by 1 order by 1"
        )
        .fetchall()
    )
    assert rows == [(shown("A"), 1, 1, 1), (shown("B"), 1, 0, 0)]


def test_who_is_left_out_of_the_counts_is_not_left_out_of_the_money(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    books.post(*visit("1", "l"), *(visit("2", "l", traffic="suspect", cost="0.10")),
               item("ad_click", "a", click_id="2", revenue="0.50"))  # fmt: skip
    books.build()
    sums = "select sum(clicks), sum(ad_clicks), cast(sum(cost_direct) as double) from facts_daily"
    assert books.query(sums) == [(1, 0, 0.1)]
    assert books.query("select side, bucket, cast(amount as double) from money_ledger order by all") == [
        ("revenue", "in", 0.5), ("revenue", "non_human", 0.5), ("spend", "direct", 0.1), ("spend", "in", 0.1)
    ]  # fmt: skip


def test_days_are_those_of_the_step_in_events_and_of_the_click_in_sessions(tmp_path: Path) -> None:
    books = Books(tmp_path)
    click, view = visit("1", "l")
    books.post(click, view | {"occurred_at": f"{(START + timedelta(days=1)).isoformat()}Z"})
    assert books.build().query("select day, landing_views, landing_sessions from facts_daily order by day") == [
        (START.date(), 0, 1), (START.date() + timedelta(days=1), 1, 0)
    ]  # fmt: skip


def test_the_click_basis_counts_goals_and_money_on_the_click_at_their_age(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    goals = (("0.10", 1, 5), ("0.20", 25, 6), ("0.40", 24 * 4, 7), ("0.80", 24 * 29, 8))
    books.post(*visit("1"), *visit("2"), *(
        item("ad_click", f"a{n}", START + timedelta(hours=hours), click_id="1", revenue=revenue, transaction_id=f"t{n}")
        for revenue, hours, n in goals
    ))  # fmt: skip
    assert books.build().query(
        "select age_bucket, clicks, cast(revenue as varchar), cast(revenue_squared as double) from click_cohorts"
        " order by 1"
    ) == [
        (0, 2, "0.100000", 0.01), (1, 2, "0.300000", 0.09), (2, 2, "0.300000", 0.09), (3, 2, "0.300000", 0.09),
        (7, 2, "0.700000", 0.49), (14, 2, "0.700000", 0.49), (28, 2, "0.700000", 0.49),
    ]  # fmt: skip


def test_a_cohort_holds_only_clicks_old_enough_for_the_bucket(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*visit("1"), at=START + timedelta(minutes=1))
    for days, buckets in ((0, 1), (1, 2), (3, 4), (6.99, 4), (7, 5)):
        books.build(START + timedelta(days=days, minutes=1 if days == 0 else 0))
        assert books.query("select count(distinct age_bucket) from click_cohorts") == [(buckets,)]
