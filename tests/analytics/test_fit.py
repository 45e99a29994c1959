"""This module owns the promises of the fit: journeys of closed days become weights, kept until the day has passed."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import NOW, START, Books, item, journey, shown
from running import ROOT, environment

from analytics.fit import standing
from analytics.fit.effects import removal_effects
from analytics.fit.weights import markov

DAY = timedelta(days=1)
# Journeys, and the paths they are for purchases: (creatives, outcome, conversions, money).
JOURNEYS = {
    "a": "A B => 30",
    "b": "A B A => 10",
    "c": "A",
    "d": "A 31d B",  # further apart than any window: two journeys
    "e": "A => 20 B",  # what follows the order led nowhere
    "f": "A => lead 5",
    "g": "A B => 30 => 12",  # the second order looks back over the same touches
    "h": "A 31d => 9",  # out of every window: the order is nobody's, and the click led nowhere
    "i": "A(direct) => 7",
}
PATHS = {
    "a": [("A B", "converted", 1, 30)],
    "b": [("A B A", "converted", 1, 10)],
    "c": [("A", "null", 0, 0)],
    "d": [("A", "null", 0, 0), ("B", "null", 0, 0)],
    "e": [("A", "converted", 1, 20), ("B", "null", 0, 0)],
    "f": [("A", "null", 0, 0)],
    "g": [("A B", "converted", 2, 42)],
    "h": [("A", "null", 0, 0)],
    "i": [("A", "converted", 1, 7)],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    books = Books(tmp_path_factory.mktemp("fit"))
    for who, text in JOURNEYS.items():
        books.post(*journey(text, who))
    yield books.build()


def named(books: Books, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query whose first column is a list of creative ids, as the letters of the journeys."""
    letters = {
        found: text.split()[1] for found, text in books.query("select creative_id, creative_text from creatives")
    }
    return [(" ".join(letters[each] for each in path), *rest) for path, *rest in books.query(query)]


@pytest.mark.parametrize("who", JOURNEYS)
def test_a_journey_is_the_paths_that_one_would_tell(built: Books, who: str) -> None:
    ids = [
        found for (found,) in built.query("select creative_id from creatives where creative_text like ?", f"% of {who}")
    ]
    rows = named(
        built,
        "select path, outcome, conversions, revenue from paths where conversion_kind = 'purchase'"
        f" and path[1] in ({', '.join(repr(each) for each in ids)}) order by all",
    )
    assert sorted(rows) == PATHS[who]


def test_a_journey_that_led_to_another_kind_is_null_for_this_one_and_converted_for_that(built: Books) -> None:
    rows = named(built, "select path, conversion_kind, outcome, journeys from paths where conversion_kind = 'lead'")
    assert rows.count(("A", "lead", "converted", 1)) == 1
    assert sum(count for _, _, outcome, count in rows if outcome == "null") == 9


def test_the_ledgers_weights_and_the_classical_totals_are_two_readings_of_one_chain(built: Books) -> None:
    effects = built.query("select sum(conversions), sum(revenue) from creative_removal_effects"
                          " where conversion_kind = 'purchase' and null_journeys and chain_order = 1")  # fmt: skip
    assert effects == [(6, 109)]
    weights = dict(built.query("select creative_id, weight from markov_weights where conversion_kind = 'purchase'"))
    for creative, effect in built.query(
        "select creative_id, removal_effect from creative_removal_effects"
        " where conversion_kind = 'purchase' and null_journeys and chain_order = 1"
    ):
        assert weights[creative] == round(effect * 1_000_000)


def test_every_set_that_a_goal_is_credited_over_has_shapley_shares(built: Books) -> None:
    rows = named(built, "select creatives, sum(weight), count(*) from shapley_weights"
                        " where conversion_kind = 'purchase' group by creatives")  # fmt: skip
    assert [(sorted(path.split()), total, size) for path, total, size in rows] == [(["A", "B"], 1_000_000, 2)] * 3


def test_the_fit_says_through_which_day_and_from_how_much(built: Books) -> None:
    assert built.query(
        "select through_day, conversion_kinds, conversions, null_journeys, shapley_equal, note from fits"
    ) == [((NOW - DAY).date(), 2, 7, 15, 0, "Every conversion came by at most 8 creatives: shapley is exact.")]


def test_without_a_closed_day_everything_is_shared_equally_and_said(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A B => 30", start=NOW - timedelta(hours=6)))
    books.build()
    assert books.query("select note from fits") == [
        ("No conversion of a closed day has a touch yet: markov and shapley share equally.",)
    ]
    assert books.query("select rule, list(weight order by position) from credits where window_days = 7"
                       " and touch_types = 'click' and rule in ('markov', 'shapley') group by rule order by rule"
                       ) == [("markov", [500_000, 500_000]), ("shapley", [500_000, 500_000])]  # fmt: skip


def test_a_fit_stands_until_its_day_has_passed_and_is_made_anew_on_demand(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A B => 30", "v1"), *journey("A => 30", "v2"))
    books.build()
    (first,) = books.query("select fit_id from fits")
    weights = books.query("select * from markov_weights order by all")
    books.post(*journey("A B C => 5", "late"))
    books.build()
    assert books.query("select fit_id from fits") == [first]
    assert books.query("select * from markov_weights order by all") == weights
    with books.changed() as work:
        standing.clear(work)
    books.build()
    (second,) = books.query("select fit_id from fits")
    assert second != first
    assert len(books.query("select * from markov_weights")) == len(weights) + 3
    books.build(as_of=NOW + DAY)
    assert books.query("select through_day from fits") == [(NOW.date(),)]


@pytest.mark.long
def test_the_build_command_keeps_the_fit_unless_it_is_asked_for_a_new_one(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A B => 30"))
    books.load()
    config = tmp_path / "whichad.toml"
    config.write_text('kind = "shop"\ndata_dir = "data"\n', encoding="utf-8")

    def build(*options: str) -> list[tuple[Any, ...]]:
        done = subprocess.run([sys.executable, "-m", "analytics", "build", "--config", str(config), *options], cwd=ROOT,
                              env=environment(), capture_output=True, text=True, check=False, timeout=120)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return books.query("select note = 'marked' from fits")

    build()
    with books.changed() as work:
        work.execute("update fits set note = 'marked'")
    assert build() == [(True,)]
    assert build("--fit") == [(False,)]


def test_equal_journeys_have_an_equal_fit_and_a_merge_that_renames_a_creative_makes_a_new_one(tmp_path: Path) -> None:
    fits = []
    for name in ("one", "two"):
        books = Books(tmp_path / name)
        for each in journey("A B => 30") if name == "one" else journey("A B => 30")[::-1]:
            books.post(each)
        fits.append(books.build().query("select * from fits"))
    assert fits[0] == fits[1]
    texts = dict(books.query("select creative_text, creative_id from creatives"))
    books.decide("merge", texts[shown("B")], texts[shown("A")])
    assert books.build().query("select list_distinct(path) from paths where outcome = 'converted'") == [
        ([texts[shown("A")]],)
    ]


def test_an_ad_that_no_touch_is_credited_to_any_more_makes_a_new_fit(tmp_path: Path) -> None:
    books = Books(tmp_path)
    known = {"network": "facebook", "account_id": "act_1", "ad_id": "7"}
    order = item(
        "conversion", "o", NOW - timedelta(days=3), conversion_kind="purchase", revenue="30", click_id="k", **known
    )
    books.post(order, *journey("A => 30", "w", start=NOW - timedelta(days=4)))
    effects = (
        "select distinct creative_text from creative_removal_effects join creatives using (creative_id) order by 1"
    )
    assert books.build().query(effects) == [("Ad 7",), (shown("A", "w"),)]
    # The order's click comes late, and was one on another ad: of the first nothing but that order speaks now.
    books.post(item("click", "c", NOW - timedelta(days=3, hours=1), click_id="k", **known | {"ad_id": "8"}))
    assert books.build(NOW + timedelta(minutes=1)).query(effects) == [("Ad 8",), (shown("A", "w"),)]


def test_a_journey_of_more_creatives_than_the_limit_is_counted_and_shared_equally(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A B C D E F G H I I => 30"))
    assert books.ready().query("select shapley_equal, note from fits") == [
        (1, "1 of 1 conversions came by more than 8 creatives: there shapley shares equally.")
    ]
    shares = books.query("select min(weight), max(weight), count(*) from shapley_weights")
    assert shares == [(111_111, 111_112, 9)]


def test_creatives_beyond_the_states_of_a_chain_are_the_rest_and_nothing_is_lost(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(
        *journey("A B => 30", "v1"), *journey("A C => 12", "v2"), *journey("B A", "v3"), *journey("C => 5", "v4")
    )
    books.build()
    with books.changed() as work:
        for table in ("creative_removal_effects", "markov_weights"):
            work.execute(f"drop table {table}")
        removal_effects(work, states_max=2)
        markov(work, states_max=2)
        of_rest = "select distinct creatives from creative_removal_effects where creative_id is null"
        assert work.execute(of_rest).fetchall() == [(5,)]
        per_chain = ("select count(*), sum(conversions), sum(revenue) from creative_removal_effects"
                     " group by null_journeys, chain_order")  # fmt: skip
        assert work.execute(per_chain).fetchall() == [(3, 3, 47)] * 4
        (rest,) = work.execute("select removal_effect from creative_removal_effects where creative_id is null"
                               " and null_journeys and chain_order = 1").fetchall()  # fmt: skip
        weights = "select weight from markov_weights anti join creative_removal_effects using (creative_id) order by 1"
        found = [weight for (weight,) in work.execute(weights).fetchall()]
        assert len(found) == 5 and sum(found) == pytest.approx(rest[0] * 1_000_000, abs=6)


def test_a_visitor_id_that_is_a_crowds_is_in_no_journey_that_led_nowhere(tmp_path: Path) -> None:
    books = Books(tmp_path)
    crowd = [item("click", f"c{n}", START + timedelta(seconds=n), visitor_id="everybody", network="facebook",
                  referrerAdCreative=shown("A")) for n in range(501)]  # fmt: skip
    books.post(*crowd, *journey("A => 30"))
    assert books.ready().query("select max(len(path)), sum(journeys) from paths where outcome = 'null'") == [(1, 501)]


def test_profit_that_keeps_its_sign_under_every_rule_and_window_is_robust(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for who in ("x", "y"):
        books.post(*(each | {"referrerAdCreative": text} if (text := each.get("referrerAdCreative")) else each
                     for each in journey("A* B => 30", who)))  # fmt: skip
    for name, cost in (("A of x", "1"), ("B of x", "1"), ("A of y", "40")):
        books.post(item("click", f"cost {name}", START - DAY, referrerAdCreative=f"Ad {name}", network="facebook",
                        cost=cost, click_id=f"cost {name}"))  # fmt: skip
    rows = books.ready().query(
        "select creative_text, robust, min(profit), max(profit), min(conversions) from creative_rules join creatives"
        " using (creative_id) where conversion_kind = '*' group by all order by 1"
    )
    assert rows == [
        ("Ad A of x", False, -1, 29, None),  # nothing under last touch
        ("Ad A of y", True, -40, -10, None),  # a loser whatever one counts
        ("Ad B of x", False, -1, 29, None),
        ("Ad B of y", None, None, None, None),  # what it cost nobody said
    ]


def test_an_interval_is_wide_where_few_visitors_stand_behind_a_number(tmp_path: Path) -> None:
    books = Books(tmp_path)
    shop = [each | ({"referrerAdCreative": "Shoes"} if each["type"] == "click" else {})
            for n in range(100) for each in journey("A => 10", f"v{n}")]  # fmt: skip
    books.post(*shop, *journey(" ".join(["A", *(["=> 10"] * 100)]), "one"))
    books.ready()
    (many,), (one,) = (
        books.query(
            "select struct_pack(revenue, low := revenue_low, high := revenue_high, n := conversions,"
            " n_low := conversions_low) from creative_rules join creatives using (creative_id)"
            " where rule = 'last_touch' and window_days = 7 and touch_types = 'click'"
            " and conversion_kind = 'purchase' and creative_text = ?", text,
        )[0] for text in ("Shoes", shown("A", "one"))
    )  # fmt: skip
    assert many["revenue"] == one["revenue"] == 1000
    assert 750 < many["low"] < 850 and 1150 < many["high"] < 1250  # 1000 +- 1.96 * sqrt(100) * 10
    assert one["low"] == 0 and one["high"] >= 2000 and one["n_low"] == 0
    assert books.query("select count(*) from creative_rules where revenue not between revenue_low and revenue_high"
                       " or conversions not between conversions_low and conversions_high") == [(0,)]  # fmt: skip
    assert Decimal(many["n"]) == 100
