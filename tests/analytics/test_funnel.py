"""This module owns the promises of the funnel: sessions that reach a step, a chain that never widens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import START, Books, Item, item, shown

STEPS = ("landing_view", "search_click", "results_view", "ad_click")


class Scene:
    """Visits of a campaign and click ids that no other scene of the same build has."""

    def __init__(self, number: int = 0) -> None:
        self.campaign = f"c{number}"

    def visit(self, click: str, steps: str = "", **more: str) -> list[Item]:
        """A click and its steps, by their first letters: "ls" is a landing view and a search click."""
        names, click_id = {step[0]: step for step in STEPS}, f"{self.campaign}-{click}"
        return [
            self.click(click_id, "A", click_id=click_id, **more),
            *(
                item(names[letter], f"{letter}{n}-{click_id}", START + timedelta(minutes=n), click_id=click_id, **more)
                for n, letter in enumerate(steps, 1)
            ),
        ]

    def click(self, identity: str, name: str, minutes: int = 0, **more: Any) -> Item:
        """A click on a creative of the scene's campaign."""
        fields = {"network": "facebook", "campaign_id": self.campaign, "referrerAdCreative": shown(name, self.campaign)}
        return item("click", identity, START + timedelta(minutes=minutes), **fields | more)


@dataclass(frozen=True)
class Case:
    """A sentence, what is posted, and the funnel's rows: (step, events, sessions)."""

    what: str
    posts: Callable[[Scene], list[Item]]
    funnel: list[tuple[str, int, int]]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that are reported in it."""
        return tuple(step for step, _, _ in self.funnel)


TABLE = [
    Case("a session is a click with a landing view",
         lambda s: [*s.visit("1", "l"), *s.visit("2")], [("click", 2, 2), ("landing_view", 1, 1)]),
    Case("events are counted as they come, sessions once",
         lambda s: [*s.visit("1", "lsrasra")],
         [("click", 1, 1), ("landing_view", 1, 1), ("search_click", 2, 1), ("results_view", 2, 1), ("ad_click", 2, 1)]),
    Case("a session reaches a step only through the steps before it",
         lambda s: [*s.visit("1", "lsra"), *s.visit("2", "sra"), *s.visit("3", "lra"), *s.visit("4", "lsa")],
         [("click", 4, 4), ("landing_view", 3, 3), ("search_click", 3, 2), ("results_view", 3, 1), ("ad_click", 4, 1)]),
    Case("a step that nobody reports does not stand in the way of the next ones",
         lambda s: [*s.visit("1", "la"), *s.visit("2", "l")],
         [("click", 2, 2), ("landing_view", 2, 2), ("ad_click", 1, 1)]),
    Case("without landing views the steps themselves say that there was a session",
         lambda s: [*s.visit("1", "sr"), *s.visit("2", "s"), *s.visit("3")],
         [("click", 3, 3), ("search_click", 2, 2), ("results_view", 1, 1)]),
    Case("results views alone say it, too",
         lambda s: [*s.visit("1", "r"), *s.visit("2")], [("click", 2, 2), ("results_view", 1, 1)]),
    Case("a step without its click is an event and no session",
         lambda s: [*s.visit("1", "l"), item("landing_view", "x", network="facebook", campaign_id=s.campaign)],
         [("click", 1, 1), ("landing_view", 2, 1)]),
    Case("a click_id that came twice is one session, on the first click",
         lambda s: [*s.visit("1", "l"), s.click("again", "B", 60, click_id=f"{s.campaign}-1")],
         [("click", 2, 2), ("landing_view", 1, 1)]),
    Case("a click that stands for many is many clicks and one session",
         lambda s: [s.visit("1")[0] | {"count": 5}, s.visit("1", "l")[1]], [("click", 5, 5), ("landing_view", 1, 1)]),
    Case("reviewers, tests and suspects are in no step",
         lambda s: [*s.visit("1", "l"), *(each for traffic in ("review", "test", "suspect")
                                          for each in s.visit(traffic, "ls", traffic=traffic))],
         [("click", 1, 1), ("landing_view", 1, 1)]),
    Case("what follows a click that was no person's is no person's, whatever it says",
         lambda s: [*s.visit("1"), s.visit("2", traffic="review")[0], s.visit("2", "l")[1]], [("click", 1, 1)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, ...], duckdb.DuckDBPyConnection]]:
    """One build per set of reported steps: which are reported at all is a matter of the whole record."""
    connections = {}
    with ExitStack() as open_until_the_end:
        for steps in {case.steps for case in TABLE}:
            books = Books(tmp_path_factory.mktemp("funnel"), kind="arbitrage")
            for number, case in enumerate(TABLE):
                if case.steps == steps:
                    books.post(*case.posts(Scene(number)))
            connections[steps] = open_until_the_end.enter_context(books.ready().opened())
        yield connections


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[case.what for case in TABLE])
def test_the_funnel_counts_steps(built: dict[tuple[str, ...], duckdb.DuckDBPyConnection], number: int) -> None:
    case = TABLE[number]
    rows = built[case.steps].execute(
        "select step, sum(events), sum(sessions) from funnel_daily where campaign_id = ? group by step, step_order"
        " order by step_order", [f"c{number}"],
    ).fetchall()  # fmt: skip
    assert rows == case.funnel


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[case.what for case in TABLE])
def test_the_facts_hold_the_same_sessions(built: dict[tuple[str, ...], duckdb.DuckDBPyConnection], number: int) -> None:
    case = TABLE[number]
    facts = built[case.steps].execute(
        "select sum(clicks), sum(landing_sessions), sum(search_sessions), sum(results_sessions), sum(ad_click_sessions)"
        " from facts_daily where campaign_id = ?", [f"c{number}"],
    ).fetchone()  # fmt: skip
    held = dict(zip(("click", *STEPS), facts or (), strict=True))
    assert {step: held[step] for step in case.steps} == {step: sessions for step, _, sessions in case.funnel}


def test_the_session_of_a_click_id_that_came_twice_is_the_first_clicks(
    built: dict[tuple[str, ...], duckdb.DuckDBPyConnection],
) -> None:
    (number,) = (number for number, case in enumerate(TABLE) if "came twice" in case.what)
    rows = built[TABLE[number].steps].execute(
        "select creative_text, sum(clicks), sum(sessions), sum(landing_views) from facts_daily join creatives"
        " using (creative_id) where campaign_id = ? group by 1 order by 1", [f"c{number}"],
    ).fetchall()  # fmt: skip
    assert rows == [(shown("A", f"c{number}"), 1, 1, 1), (shown("B", f"c{number}"), 1, 0, 0)]


def test_who_is_left_out_of_the_counts_is_not_left_out_of_the_money(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    scene = Scene()
    books.post(*scene.visit("1", "l"), *scene.visit("2", "l", traffic="suspect", cost="0.10"),
               item("ad_click", "a", click_id=f"{scene.campaign}-2", revenue="0.50"))  # fmt: skip
    books.ready()
    sums = "select sum(clicks), sum(ad_clicks), cast(sum(cost_direct) as double) from facts_daily"
    assert books.query(sums) == [(1, 0, 0.1)]
    assert books.query("select side, bucket, cast(amount as double) from money_ledger order by all") == [
        ("revenue", "in", 0.5), ("revenue", "non_human", 0.5), ("spend", "direct", 0.1), ("spend", "in", 0.1)
    ]  # fmt: skip


def test_days_are_those_of_the_step_in_events_and_of_the_click_in_sessions(tmp_path: Path) -> None:
    books = Books(tmp_path)
    click, view = Scene().visit("1", "l")
    books.post(click, view | {"occurred_at": f"{(START + timedelta(days=1)).isoformat()}Z"})
    assert books.ready().query("select day, landing_views, landing_sessions from facts_daily order by day") == [
        (START.date(), 0, 1), (START.date() + timedelta(days=1), 1, 0)
    ]  # fmt: skip


def test_the_click_basis_counts_goals_and_money_on_the_click_at_their_age(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    goals = (("0.10", 1, 5), ("0.20", 25, 6), ("0.40", 24 * 4, 7), ("0.80", 24 * 29, 8))
    click, other = *Scene().visit("1"), *Scene().visit("2")
    books.post(click, other, *(
        item("ad_click", f"a{n}", START + timedelta(hours=hours), click_id=click["click_id"], revenue=revenue,
             transaction_id=f"t{n}")
        for revenue, hours, n in goals
    ))  # fmt: skip
    assert books.ready().query(
        "select age_bucket, clicks, cast(revenue as varchar), cast(revenue_squared as double) from click_cohorts"
        " order by 1"
    ) == [
        (0, 2, "0.100000", 0.01), (1, 2, "0.300000", 0.09), (2, 2, "0.300000", 0.09), (3, 2, "0.300000", 0.09),
        (7, 2, "0.700000", 0.49), (14, 2, "0.700000", 0.49), (28, 2, "0.700000", 0.49),
    ]  # fmt: skip


def test_a_cohort_holds_only_clicks_old_enough_for_the_bucket(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*Scene().visit("1"), at=START + timedelta(minutes=1))
    for days, buckets in ((0, 1), (1, 2), (3, 4), (6.99, 4), (7, 5)):
        books.ready(START + timedelta(days=days, minutes=1 if days == 0 else 0))
        assert books.query("select count(distinct age_bucket) from click_cohorts") == [(buckets,)]
