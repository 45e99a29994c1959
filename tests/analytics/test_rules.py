"""This module owns the promises of attribution: which touch earns a goal under each rule, and why one earns nothing."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import START, Books, item, journey, shown

from analytics.ruling.rules import OWN

RULES = [each.rule for each in OWN]
WINDOWS = (7, 30)
Credit = dict[str, tuple[Decimal, Decimal]]

# (journey, rules, window in days, "creative conversions money, …"); an empty credit is an unattributed goal.
WORKED = [
    # One touch earns everything, also when it names no click.
    ("A => 30", "first_touch last_touch last_paid linear", 7, "A 1 30"),
    ("A* => 30", "same_click", 7, "A 1 30"),
    ("A => 30", "same_click", 7, ""),
    # Two touches.
    ("A B => 30", "first_touch", 7, "A 1 30"),
    ("A B => 30", "last_touch last_paid", 7, "B 1 30"),
    ("A B => 30", "linear", 7, "A 0.5 15, B 0.5 15"),
    ("A* B => 30", "same_click", 7, "A 1 30"),
    ("A* B => 30", "last_touch last_paid", 7, "B 1 30"),
    ("A B* => 30", "first_touch", 7, "A 1 30"),
    # A creative that is touched again earns both shares, summed; a third of a million goes to the first in full.
    ("A B A => 30", "first_touch last_touch", 7, "A 1 30"),
    ("A B A => 3", "linear", 7, "A 0.666667 2.000001, B 0.333333 0.999999"),
    ("A B C => 0.000001", "linear", 7, "A 0.333334 0.000001, B 0.333333 0, C 0.333333 0"),
    ("A B C => 0.000002", "linear", 7, "A 0.333334 0.000001, B 0.333333 0.000001, C 0.333333 0"),
    # Ties: at the same moment the order of sender and id decides.
    ("A 0s B => 10", "first_touch", 7, "A 1 10"),
    ("A 0s B => 10", "last_touch last_paid", 7, "B 1 10"),
    ("A 0s => 10", "first_touch last_touch linear", 7, "A 1 10"),
    # The window is inclusive at exactly N times 24 hours; one microsecond more is outside.
    ("A 7d => 10", "first_touch last_touch last_paid linear", 7, "A 1 10"),
    ("A 7d1us => 10", "first_touch last_touch last_paid linear", 7, ""),
    ("A 7d1us => 10", "first_touch last_touch last_paid linear", 30, "A 1 10"),
    ("A 30d => 10", "first_touch last_touch last_paid linear", 30, "A 1 10"),
    ("A 30d1us => 10", "first_touch last_touch last_paid linear", 30, ""),
    ("A* 7d => 10", "same_click", 7, "A 1 10"),
    ("A* 7d1us => 10", "same_click", 7, ""),
    ("A 6d B 2d => 10", "first_touch", 7, "B 1 10"),
    ("A 6d B 2d => 10", "first_touch", 30, "A 1 10"),
    ("A 6d B 2d => 10", "linear", 7, "B 1 10"),
    ("A 6d B 2d => 10", "linear", 30, "A 0.5 5, B 0.5 5"),
    # A goal without money is a goal.
    ("A B => 0", "linear", 7, "A 0.5 0, B 0.5 0"),
    ("A => lead", "last_touch last_paid", 7, "A 1 0"),
    # What goes back goes back where it came from, and may leave less than nothing.
    ("A => 30 -10", "last_touch last_paid linear", 7, "A 1 20"),
    ("A B => 30 -40", "linear", 7, "A 0.5 -5, B 0.5 -5"),
    ("A B C => 1 -2", "linear", 7, "A 0.333334 -0.333334, B 0.333333 -0.333333, C 0.333333 -0.333333"),
    ("A => 30 -10 -5", "last_touch", 7, "A 1 15"),
    # Two goals of one visitor: each looks back over all touches before it, never over those after it.
    ("A => 30 B => 20", "first_touch", 7, "A 2 50"),
    ("A => 30 B => 20", "last_touch", 7, "A 1 30, B 1 20"),
    ("A => 30 B => 20", "linear", 7, "A 1.5 40, B 0.5 10"),
    # Nobody, nothing, nowhere.
    ("A =>? 30", "same_click first_touch last_touch last_paid linear", 30, ""),
    ("=> 30", "same_click first_touch last_touch last_paid linear", 30, ""),
    ("(direct) => 30", "same_click first_touch last_touch last_paid linear", 30, ""),
    # The last paid touch is the last one that was paid for; without any, there is none.
    ("A B(email) => 10", "last_touch", 7, "B 1 10"),
    ("A B(email) => 10", "last_paid", 7, "A 1 10"),
    ("A B(email) => 10", "linear", 7, "A 0.5 5, B 0.5 5"),
    ("A(referral) => 10", "last_paid", 7, ""),
    ("A (direct) => 10", "last_touch last_paid", 7, "A 1 10"),
]
# (journey, rule, window in days, why the goal is nobody's)
UNATTRIBUTED = [
    ("A =>? 30", "last_touch", 7, "no_id"),
    ("=> 30", "last_touch", 7, "no_touch"),
    ("(direct) => 30", "last_touch", 7, "no_identity"),
    ("(direct)* => 30", "same_click", 7, "no_identity"),
    ("A => 30", "same_click", 7, "no_same_click"),
    ("A(referral) => 10", "last_paid", 7, "no_paid_touch"),
    ("A 7d1us => 10", "last_touch", 7, "outside_window"),
    ("A 30d1us => 10", "last_touch", 30, "outside_window"),
    ("A* 7d1us => 10", "same_click", 7, "outside_window"),
    ("A* 30d1us => 10", "same_click", 30, "outside_window"),
    ("A* 31d B => 10", "same_click", 30, "outside_window"),
    ("(direct)* 31d => 10", "last_touch", 30, "no_identity"),
]
JOURNEYS = sorted({case[0] for case in WORKED + UNATTRIBUTED})


def who(text: str) -> str:
    return f"j{JOURNEYS.index(text)}"


def worked(text: str) -> Credit:
    shares = (part.split() for part in text.split(", ") if part)
    return {name: (Decimal(conversions), Decimal(money)) for name, conversions, money in shares}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every journey of the tables in one build, each with a visitor, creatives and a kind of conversion of its own."""
    books = Books(tmp_path_factory.mktemp("rules"))
    for text in JOURNEYS:
        own_kind = {"conversion_kind": who(text)}
        books.post(*(each | (own_kind if each["type"] == "conversion" else {}) for each in journey(text, who(text))))
    with books.ready().opened() as connection:
        yield connection


def credit(connection: duckdb.DuckDBPyConnection, visitor: str, rule: str, window: int) -> Credit:
    rows = connection.execute(
        "select creative_text, sum(conversions), sum(revenue) from creative_credit join creatives using (creative_id)"
        " where date_basis = 'event' and rule = ? and window_days = ? and creative_text like ? group by creative_text",
        [rule, window, f"% of {visitor}"],
    ).fetchall()
    return {text.split()[1]: (conversions, money) for text, conversions, money in rows}


@pytest.mark.parametrize(
    ("text", "rule", "window", "earned"),
    [(text, rule, window, earned) for text, rules, window, earned in WORKED for rule in rules.split()],
)
def test_a_worked_journey_earns_what_the_rule_says(
    built: duckdb.DuckDBPyConnection, text: str, rule: str, window: int, earned: str
) -> None:
    assert credit(built, who(text), rule, window) == worked(earned)


@pytest.mark.parametrize(("text", "rule", "window", "reason"), UNATTRIBUTED)
def test_a_goal_that_is_nobodys_says_why(
    built: duckdb.DuckDBPyConnection, text: str, rule: str, window: int, reason: str
) -> None:
    assert built.execute(
        "select bucket, reason, conversions from attribution_ledger"
        " where conversion_kind = ? and rule = ? and window_days = ? order by bucket",
        [who(text), rule, window],
    ).fetchall() == [("total", None, 1), ("unattributed", reason, 1)]


def test_every_rule_and_window_accounts_for_every_goal_and_every_millionth(built: duckdb.DuckDBPyConnection) -> None:
    goals = {kind: (n, money) for kind, n, money in built.execute(
        "select kind, sum(conversions), sum(amount - refunds) from goals group by kind").fetchall()}  # fmt: skip
    ledger: dict[tuple[Any, ...], tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for rule, window, kind, bucket, conversions, money in built.execute(
        "select rule, window_days, conversion_kind, bucket, conversions, revenue from attribution_ledger"
    ).fetchall():
        key = (rule, window, kind, "total" if bucket == "total" else "parts")
        ledger[key] = (ledger[key][0] + conversions, ledger[key][1] + money)
    assert dict(ledger) == {
        (rule, window, kind, side): goals[kind]
        for rule in RULES for window in WINDOWS for kind in goals for side in ("total", "parts")
    }  # fmt: skip


def test_both_date_bases_hold_the_same_credit_on_the_day_of_the_goal_and_of_the_touch(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A 2d => 10"))
    assert books.ready().query(
        "select date_basis, day, revenue from creative_credit where rule = 'last_touch' and window_days = 7 order by 1"
    ) == [("click", START.date(), 10), ("event", (START + timedelta(days=2)).date(), 10)]


def test_the_order_of_arrival_does_not_decide_a_tie(tmp_path: Path) -> None:
    credits = []
    for name, items in (("forth", journey("A 0s B 0s C => 10")), ("back", journey("A 0s B 0s C => 10")[::-1])):
        books = Books(tmp_path / name)
        for each in items:
            books.post(each)
        with books.ready().opened() as connection:
            credits.append({rule: credit(connection, "v", rule, 7) for rule in RULES})
    assert credits[0] == credits[1]


def test_a_click_without_a_named_network_is_paid_if_it_shows_an_ad(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*(each | ({"network": ""} if each["type"] == "click" else {}) for each in journey("A => 30")))
    with books.ready().opened() as connection:
        assert credit(connection, "v", "last_paid", 7) == worked("A 1 30")


def test_a_goal_that_names_its_creative_itself_without_a_click_is_its_own_touch(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(item("conversion", "1", revenue="5", referrerAdCreative=shown("A"), transaction_id="t"))
    with books.ready().opened() as connection:
        assert credit(connection, "v", "last_paid", 7) == worked("A 1 5")
        assert credit(connection, "v", "same_click", 7) == worked("A 1 5")


def test_a_goals_own_touch_is_never_taken_for_a_click_of_the_same_sender_and_id(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(
        item("click", "1001", referrerAdCreative=shown("B"), network="facebook"),
        item("conversion", "1001", revenue="5", referrerAdCreative=shown("A"), transaction_id="t"),
    )
    assert books.ready().query("select conversions, revenue_millionths from click_outcomes") == [(0, 0)]


def test_a_click_id_that_arrived_twice_is_one_touch_the_first(tmp_path: Path) -> None:
    first, again, goal = journey("A B => 10")
    again["click_id"] = goal["click_id"] = first["click_id"]
    books = Books(tmp_path)
    books.post(first, again, goal)
    with books.ready().opened() as connection:
        assert {rule: credit(connection, "v", rule, 7) for rule in RULES} == dict.fromkeys(RULES, worked("A 1 10"))


def test_a_click_that_happened_after_its_goal_by_a_skewed_clock_is_its_touch(tmp_path: Path) -> None:
    click, goal = journey("A* => 10")
    click["occurred_at"], goal["occurred_at"] = goal["occurred_at"], click["occurred_at"]
    books = Books(tmp_path)
    books.post(click, goal)
    with books.ready().opened() as connection:
        assert credit(connection, "v", "same_click", 7) == worked("A 1 10")


def test_a_visitor_id_that_is_a_crowds_joins_nobodys_journey(tmp_path: Path) -> None:
    crowd = [item("click", f"c{n}", START + timedelta(seconds=n), visitor_id="everybody", click_id=f"c{n}",
                  network="facebook", referrerAdCreative=shown("A")) for n in range(501)]  # fmt: skip
    at = START + timedelta(hours=1)
    orders = [item("conversion", f"o{n}", at, visitor_id="everybody", conversion_kind="purchase", revenue="5", **more)
              for n, more in enumerate(({}, {"click_id": "c7"}))]  # fmt: skip
    for folder, clicks, credited, reasons in (("crowd", 501, 1, [("no_id",)]), ("person", 500, 2, [])):
        books = Books(tmp_path / folder)
        books.post(*crowd[:clicks], *orders)
        with books.ready().opened() as connection:
            assert credit(connection, "v", "last_paid", 7) == worked(f"A {credited} {5 * credited}")
        assert books.query("select reason from attribution_ledger where rule = 'last_paid' and window_days = 7"
                           " and bucket = 'unattributed'") == reasons  # fmt: skip


@pytest.mark.parametrize(("kind", "headline"), [("shop", 7), ("arbitrage", 30)])
def test_the_headline_window_is_the_click_window_in_a_shop_and_the_widest_in_arbitrage(
    tmp_path: Path, kind: str, headline: int
) -> None:
    books = Books(tmp_path, kind=kind)
    assert books.ready().query("select window_days from windows where headline") == [(headline,)]


def test_a_click_window_wider_than_the_lookback_is_wide(tmp_path: Path) -> None:
    books = Books(tmp_path, attribution={"click_window_days": 60})
    books.post(*journey("A 45d => 10"))
    with books.ready().opened() as connection:
        assert credit(connection, "v", "last_paid", 60) == worked("A 1 10")
        assert credit(connection, "v", "last_paid", 30) == {}
