"""This module owns the promises of rules that share a goal among touches, of views, and of what shapes a journey."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import START, Books, item, journey

from analytics.build import CheckFailedError, run_checks

Settings = dict[str, Any]
AS_IS: Settings = {}
KINDS = {"lead": {"click_window_days": 2, "lookback_days": 2}}
# (journey, rule, window in days, "creative share …"): shares of the goal in millionths.
SHARES = [
    # 40 / 20 / 40, the middle shared; two touches halve the middle; one has all.
    ("A => 30", "position_based", 7, "A 1000000"),
    ("A B => 30", "position_based", 7, "A 500000, B 500000"),
    ("A B C => 30", "position_based", 7, "A 400000, B 200000, C 400000"),
    ("A B C D E => 30", "position_based", 7, "A 400000, B 66667, C 66667, D 66666, E 400000"),
    ("A B A => 30", "position_based", 7, "A 800000, B 200000"),
    ("A 6d B 2d C => 30", "position_based", 7, "B 500000, C 500000"),
    ("A 6d B 2d C => 30", "position_based", 30, "A 400000, B 200000, C 400000"),
    # The half-life is 7 days in real time: a touch a week older earns half, whatever lies between.
    ("A 7d B => 30", "time_decay", 30, "A 333333, B 666667"),
    ("A 7d B 7d C => 30", "time_decay", 30, "A 142857, B 285714, C 571429"),
    ("A 0s B => 30", "time_decay", 7, "A 500000, B 500000"),
    ("A 7d B 7d => 30", "time_decay", 30, "A 333333, B 666667"),
    ("A 12h B => 30", "time_decay", 7, "A 487625, B 512375"),
    # 30 for the first, the one before the lead, the last; 10 among the others; without a lead what remains is shared.
    ("A B => lead C D => 30", "w_shaped", 7, "A 300000, B 300000, C 100000, D 300000"),
    ("A B C => lead D E => 30", "w_shaped", 7, "A 300000, B 50000, C 300000, D 50000, E 300000"),
    ("A => lead B C => 30", "w_shaped", 7, "A 600000, B 100000, C 300000"),
    ("A B => lead C => 30", "w_shaped", 7, "A 333334, B 333333, C 333333"),
    ("A B C => 30", "w_shaped", 7, "A 428572, B 142857, C 428571"),
    ("A B => 30", "w_shaped", 7, "A 500000, B 500000"),
    ("A 20d B => lead C D => 30", "w_shaped", 7, "B 600000, C 100000, D 300000"),
]
# (setting of [attribution], journey, rule, window, shares)
SET = [
    ({"position_based": (10, 10, 80)}, "A B C => 30", "position_based", 7, "A 100000, B 100000, C 800000"),
    ({"position_based": (0, 100, 0)}, "A B C => 30", "position_based", 7, "A 0, B 1000000, C 0"),
    ({"position_based": (0, 100, 0)}, "A B => 30", "position_based", 7, "A 500000, B 500000"),
    ({"half_life_days": 1.0}, "A 1d B 1d C => 30", "time_decay", 7, "A 142857, B 285714, C 571429"),
    ({"half_life_days": "window/4", "click_window_days": 4}, "A 1d B 1d C => 30", "time_decay", 4,
     "A 142857, B 285714, C 571429"),
    ({"path": "collapse"}, "A A B A => 30", "linear", 7, "A 666667, B 333333"),
    ({"path": "collapse"}, "A 6d A 2d => 30", "linear", 7, "A 1000000"),
    ({"path": "first"}, "A B A => 30", "linear", 7, "A 500000, B 500000"),
    ({"path": "first"}, "A B A => 30", "last_touch", 7, "B 1000000"),
    ({"path": "first"}, "A B A => 30", "last_paid", 7, "A 1000000"),
    ({"remove_networks": ("google",)}, "A B(google) => 30", "last_touch", 7, "A 1000000"),
    ({"remove_networks": ("google",)}, "A B(google) => 30", "last_paid", 7, "B 1000000"),
    ({"after_conversion": "restart"}, "A => 30 B C => 20", "linear", 7, "A 1000000, B 500000, C 500000"),
    ({"after_conversion": "restart"}, "A => lead B => 20", "linear", 7, "A 1500000, B 500000"),
]  # fmt: skip
# (journey, rule, window, shares among clicks, shares among clicks and views)
VIEWS = [
    ("A~ => 30", "last_touch", 7, "", "A 1000000"),
    ("A~ B~ => 30", "linear", 7, "", "A 500000, B 500000"),
    ("A~ 24h => 30", "last_touch", 7, "", "A 1000000"),
    ("A~ 24h1us => 30", "last_touch", 7, "", ""),
    # A click beats a view, however late the view.
    ("A B~ => 30", "last_touch", 7, "A 1000000", "A 1000000"),
    ("A B~ => 30", "linear", 7, "A 1000000", "A 1000000"),
    ("A B~ => 30", "last_paid", 7, "A 1000000", "A 1000000"),
    ("A 8d B~ => 30", "last_touch", 7, "", "B 1000000"),
    ("A 8d B~ => 30", "last_touch", 30, "A 1000000", "A 1000000"),
    ("A~ => 30", "last_paid", 7, "", "A 1000000"),
    ("A~ => 30", "same_click", 7, "", ""),
]
_SHARES = """
select c.creative_text, sum(x.weight) from credits x
join goal_touches t using (goal_id, position) join creatives c using (creative_id)
where x.rule = ? and x.window_days = ? and x.touch_types = ? and c.creative_text like ?
  and (t.conversion_kind <> 'lead' or ?)
group by c.creative_text
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Settings], duckdb.DuckDBPyConnection]]:
    """The models of every journey above that is told under some settings, one build per settings."""
    with ExitStack() as open_until_the_end:
        made: dict[str, duckdb.DuckDBPyConnection] = {}

        def of(settings: Settings) -> duckdb.DuckDBPyConnection:
            if repr(settings) not in made:
                books = Books(tmp_path_factory.mktemp("shared"), attribution=settings)
                told = [text for text, *_ in (VIEWS if settings == AS_IS else [])]
                told += [text for text, *_ in SHARES] if settings == AS_IS else []
                told += [text for given, text, *_ in SET if given == settings]
                for text in sorted(set(told)):
                    books.post(*journey(text, who(text)))
                made[repr(settings)] = open_until_the_end.enter_context(books.ready().opened())
            return made[repr(settings)]

        yield of


def who(text: str) -> str:
    return f"j{abs(hash_of(text))}"


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**at for at, letter in enumerate(text)) % 10**9


def shares(connection: duckdb.DuckDBPyConnection, text: str, rule: str, window: int, types: str = "click",
           leads: bool = False) -> dict[str, int]:  # fmt: skip
    rows = connection.execute(_SHARES, [rule, window, types, f"% of {who(text)}", leads]).fetchall()
    return {shown.split()[1]: weight for shown, weight in rows}


def worked(text: str) -> dict[str, int]:
    return {name: int(share) for name, share in (part.split() for part in text.split(", ") if part)}


@pytest.mark.parametrize(("text", "rule", "window", "expected"), SHARES)
def test_a_worked_journey_is_shared_as_the_rule_says(
    built: Any, text: str, rule: str, window: int, expected: str
) -> None:
    assert shares(built(AS_IS), text, rule, window) == worked(expected)


@pytest.mark.parametrize(("settings", "text", "rule", "window", "expected"), SET)
def test_a_setting_shapes_the_shares_or_the_journey(
    built: Any, settings: Settings, text: str, rule: str, window: int, expected: str
) -> None:
    assert shares(built(settings), text, rule, window, leads=True) == worked(expected)


@pytest.mark.parametrize(("text", "rule", "window", "clicks", "views"), VIEWS)
def test_a_view_counts_only_among_views_and_only_where_no_click_does(
    built: Any, text: str, rule: str, window: int, clicks: str, views: str
) -> None:
    assert shares(built(AS_IS), text, rule, window) == worked(clicks)
    assert shares(built(AS_IS), text, rule, window, "click_view") == worked(views)


def test_a_goal_whose_only_touches_are_views_says_so_among_clicks(built: Any) -> None:
    assert ("only_views",) in built(AS_IS).execute(
        "select distinct reason from uncredited where touch_types = 'click' and journey_read = 'path'"
    ).fetchall()


def test_without_a_view_nothing_is_worked_out_a_second_time(built: Any) -> None:
    only_clicks = built({"path": "first"})
    assert only_clicks.execute("select distinct touch_types from credit_scopes").fetchall() == [("click",)]
    assert built(AS_IS).execute("select count(distinct touch_types) from attribution_ledger").fetchone() == (2,)


def test_each_kind_has_windows_of_its_own(tmp_path: Path) -> None:
    books = Books(tmp_path, conversions=KINDS)
    books.post(*journey("A 3d => lead", "one"), *journey("A 3d => 30", "two"), *journey("A 2d => lead", "three"))
    assert books.ready().query(
        "select conversion_kind, window_days, bucket, reason, conversions from attribution_ledger"
        " where rule = 'last_paid' and bucket <> 'total' and window_days < 30 order by all"
    ) == [
        ("lead", 2, "credited", None, Decimal(1)),
        ("lead", 2, "unattributed", "outside_window", Decimal(1)),
        ("purchase", 7, "credited", None, Decimal(1)),
    ]


def test_a_goal_whose_touches_a_setting_leaves_out_stays_visible_with_that_reason(tmp_path: Path) -> None:
    books = Books(tmp_path, attribution={"remove_networks": ("google",)})
    books.post(*journey("A(google) => 30"))
    rows = dict(books.ready().query("select rule, reason from attribution_ledger"
                                    " where bucket = 'unattributed' and window_days = 7"))  # fmt: skip
    assert rows.pop("same_click") == "no_same_click"
    assert set(rows) >= {"linear", "first_touch", "shapley"} and set(rows.values()) == {"left_out"}
    assert "last_paid" not in rows


def test_every_dimension_adds_up_to_the_credited_total(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*(each | ({"term": "used suv", "campaign_id": "9"} if each["type"] == "click" else {})
                 for each in journey("A B(google) C => 30")))  # fmt: skip
    rows = books.ready().query(
        "select dimension, value, conversions, revenue from dimension_credit"
        " where rule = 'linear' and window_days = 7 and date_basis = 'click' order by all"
    )
    third = Decimal("0.333333")
    assert [row for row in rows if row[0] in ("network", "term")] == [
        ("network", "facebook", 2 * third + Decimal("0.000001"), Decimal("20.00001")),
        ("network", "google", third, Decimal("9.99999")),
        ("term", "used suv", 1, 30),
    ]
    assert {row[0]: row[1] for row in rows if row[0] in ("ad", "sender", "campaign")} == {
        "ad": None, "sender": "shop", "campaign": "9",
    }  # fmt: skip


def test_money_without_a_rate_is_in_the_ledger_in_its_own_currency(tmp_path: Path) -> None:
    books = Books(tmp_path)
    far = item("conversion", "far", START + timedelta(hours=9), visitor_id="v", currency="CHF", revenue="8",
               transaction_id="far")  # fmt: skip
    books.post(*journey("A => 30"), far)
    assert books.ready().query(
        "select currency, bucket, reason, conversions, revenue from attribution_ledger"
        " where rule = 'linear' and window_days = 7 order by all"
    ) == [
        ("CHF", "total", None, 0, 8), ("CHF", "unattributed", "unconverted", 0, 8),
        ("USD", "credited", None, 2, 30), ("USD", "total", None, 2, 30),
    ]  # fmt: skip


@pytest.mark.parametrize(("broken", "check"), [
    ("update credits set weight = weight - 1 where rule = 'time_decay' and position = 1", "credit_sums_to_one"),
    ("update credits set revenue_millionths = revenue_millionths + 1 where rule = 'w_shaped' and position = 1",
     "credit_sums_to_one"),
    ("update attribution_ledger set revenue = revenue + 0.000001 where bucket = 'total' and rule = 'shapley'",
     "attribution_balances"),
    ("delete from dimension_credit where dimension = 'term' and rule = 'markov'", "credit_equals_ledger"),
])  # fmt: skip
def test_a_millionth_that_is_lost_under_any_rule_blocks_publishing(tmp_path: Path, broken: str, check: str) -> None:
    books = Books(tmp_path)
    books.post(*journey("A B => 30"))
    books.build()
    connection = duckdb.connect(str(books.settings.work_path))
    try:
        run_checks(connection, books.inputs())
        connection.execute(broken)
        with pytest.raises(CheckFailedError) as caught:
            run_checks(connection, books.inputs())
        assert caught.value.check == check
    finally:
        connection.close()


@pytest.mark.parametrize(("wrong", "says"), [
    ({"position_based": (0, 0, 0)}, "none below 0"), ({"position_based": (-1, 2, 1)}, "none below 0"),
    ({"half_life_days": 0}, "above 0"), ({"half_life_days": "window/3"}, "window/4"),
    ({"path": "backwards"}, "collapse"),
])  # fmt: skip
def test_a_setting_that_cannot_be_shared_by_is_refused(tmp_path: Path, wrong: Settings, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Books(tmp_path, attribution=wrong)
