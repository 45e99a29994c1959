"""This module owns the promises of maturity: how amounts come after their click, and what days will come to."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from journeys import NOW, Books, item
from refreshed import differing, refresh

from analytics.maturing.curves import DAYS_MIN, learn, project

DAYS = 40
FIRST = NOW.date() - timedelta(days=DAYS)
EVERY = np.full(DAYS, 28)


def triangle(*parts: float, days: int = DAYS) -> Any:
    """Every day brings the same: a hundred at the end, in these parts, one per age."""
    amounts = np.zeros((days, 29))
    amounts[:, : len(parts)] = 100 * np.array(parts)
    return amounts


def test_the_curve_is_what_has_come_of_the_end() -> None:
    curve = learn(triangle(0.5, 0.3, 0.2), np.full(DAYS, 10.0), EVERY)
    assert curve is not None
    assert curve.share[:4] == pytest.approx([0.5, 0.8, 1, 1])
    assert (curve.rate, curve.final_age, curve.age_of(0.95), curve.falls) == (pytest.approx(10), 28, 2, False)


def test_days_too_young_for_an_age_count_in_the_ages_they_have_lived() -> None:
    """Without that, the curve would be that of days cut off, and too steep."""
    lived = np.minimum(DAYS - 1 - np.arange(DAYS), 28)
    cut = learn(triangle(0.5, 0.3, 0.2), np.full(DAYS, 10.0), lived)
    assert cut is not None
    assert cut.share[:3] == pytest.approx([0.5, 0.8, 1]) and cut.rate == pytest.approx(10)
    assert cut.days[[0, 1, 28]].tolist() == [DAYS, DAYS - 1, DAYS - 28]


def test_what_comes_all_at_once_and_late_has_a_share_of_zero_before() -> None:
    curve = learn(triangle(0, 0, 1), np.full(DAYS, 10.0), EVERY)
    assert curve is not None and curve.share[:4].tolist() == [0, 0, 1, 1]
    found = project(curve, np.array([0.0]), np.array([20.0]), np.array([1.0]))
    assert found.value == pytest.approx(200)  # by its clicks: nothing else is known of it


def test_estimates_that_are_corrected_downwards_have_a_share_above_one() -> None:
    curve = learn(triangle(1.25, 0, -0.25), np.full(DAYS, 10.0), EVERY)
    assert curve is not None and curve.falls and curve.share[:3] == pytest.approx([1.25, 1.25, 1])
    found = project(curve, np.array([125.0]), np.array([10.0]), np.array([0.0]))
    assert found.value == pytest.approx(100)


def test_too_few_days_tell_no_curve_and_young_records_one_that_ends_early() -> None:
    few = DAYS_MIN - 1
    assert learn(triangle(1, days=few), np.full(few, 10.0), np.arange(few)[::-1]) is None
    curve = learn(triangle(0.5, 0.5, days=10), np.full(10, 10.0), np.arange(10)[::-1])
    assert curve is not None and curve.final_age == 3  # what seven days have lived


def test_a_range_of_counts_is_whole_and_begins_at_what_has_come() -> None:
    noise = np.random.default_rng(1).poisson(triangle(0.03, 0.02, 0.01)).astype(float)
    curve = learn(noise, np.full(DAYS, 100.0), EVERY)
    assert curve is not None
    found = project(curve, np.array([3.0, 3.0]), np.full(2, 100.0), np.array([0.0, 2.0]), counts=True)
    assert found.low.tolist() == [3, 3] and found.high[0] > found.value[0] > 3
    assert found.high[0] == int(found.high[0]) and found.value[1] == pytest.approx(3)


# One click a minute; of every day's twenty six order: three on its day, two on the next, one on the third.
LATE = (0, 0, 0, 1, 1, 2)


def deals(day: date) -> list[dict[str, Any]]:
    found = []
    for n in range(20):
        at = datetime.combine(day, datetime.min.time()) + timedelta(hours=8, minutes=n)
        click = {"click_id": f"{day}-{n}"}
        found.append(
            item("click", f"{day}-{n}", at, referrerAdCreative="Shoes", network="facebook", cost="0.1", **click)
        )
        if n < len(LATE) and day + timedelta(days=LATE[n]) < NOW.date():
            found.append(item("conversion", f"o{day}-{n}", at + timedelta(days=LATE[n]), **click, revenue="10",
                              transaction_id=f"o{day}-{n}"))  # fmt: skip
    return found


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    found = Books(tmp_path_factory.mktemp("maturity"), attribution={"maturity_days": 2})
    for n in range(DAYS):
        found.post(*deals(FIRST + timedelta(days=n)))
    gone = FIRST.isoformat()
    found.post(
        item("refund", "back", f"{FIRST + timedelta(days=9)}T08:00:00Z", revenue="4", transaction_id=f"o{gone}-0")
    )
    return found.build()


def test_the_curves_are_learned_of_closed_days(books: Books) -> None:
    rows = books.query(
        "select share from maturity_curves where what = 'conversions' and age_days < 4 order by age_days"
    )
    assert [share for (share,) in rows] == pytest.approx([1 / 2, 5 / 6, 1, 1])
    through = books.query(
        "select distinct through_day, final_age, age_95 from maturity_curves where what = 'conversions'"
    )
    assert through == [(NOW.date() - timedelta(days=1), 28, 2)]


def test_a_refund_takes_back_what_had_come(books: Books) -> None:
    ((falls, before, after),) = books.query(
        "select bool_and(falls), max(share) filter (age_days = 8), max(share) filter (age_days = 9)"
        " from maturity_curves where what = 'revenue'"
    )
    assert falls and before > 1 and after == 1


def test_a_setting_that_is_too_short_is_said_with_the_one_that_would_hold(books: Books) -> None:
    assert books.query("select distinct note from maturity_curves where what = 'conversions'") == [
        ("Days count as mature after 2, when 83 % of conversions (purchase) have come; 95 % after 3. To judge on whole"
         " days set attribution.maturity_days = 3.",)
    ]  # fmt: skip


def test_a_day_still_maturing_is_projected_apart_and_a_mature_one_is_not(books: Books) -> None:
    """It is noon of the day after: of what comes a day later, half is expected to be there."""
    young, *old = books.query(
        "select age_days, mature, clicks, cost, conversions, revenue, conversions_share, conversions_projected,"
        " conversions_projected_low, conversions_projected_high, revenue_projected"
        " from maturity_daily order by day desc"
    )
    assert young[:6] == (0, False, 20, 2, 3, 30)
    assert young[6] == pytest.approx(2 / 3)
    assert young[8] <= young[7] <= young[9] and 3 < young[7] < 6 and young[10] > 30
    assert len(old) == 34 and {row[1] for row in old} == {True}
    assert {row[7:] for row in old} == {(None, None, None, None)}


def test_what_has_come_adds_up_to_the_clicks_credit(books: Books) -> None:
    since = NOW.date() - timedelta(days=35)
    assert books.query(
        "select sum(clicks)::bigint, sum(conversions)::bigint, sum(revenue), sum(cost) from maturity_daily"
    ) == books.query(
        "select sum(clicks)::bigint, sum(conversions)::bigint, sum(revenue_millionths) / 1e6, 0.1 * sum(clicks)"
        " from click_outcomes where day >= ?", since,
    )  # fmt: skip


def test_a_refresh_by_what_is_new_leaves_them_as_a_full_build_makes_them(books: Books, tmp_path: Path) -> None:
    """The curves stay those of the fit; what has come, and with it the projections, follow at once."""
    shutil.copytree(books.settings.data_dir, tmp_path / "data")
    later = Books(tmp_path, attribution={"maturity_days": 2})
    young = str(NOW.date() - timedelta(days=1))
    later.post(
        item("conversion", "new", f"{NOW.date()}T09:00:00Z", click_id=f"{young}-9", transaction_id="new", revenue="8")
    )
    was = later.query("select conversions, conversions_projected from maturity_daily order by day desc limit 1")
    refresh(later, 1)
    assert differing(later, 1) == []
    now = later.query("select conversions, conversions_projected from maturity_daily order by day desc limit 1")
    assert now[0][0] == was[0][0] + 1 and now[0][1] > was[0][1]


def test_provisional_money_is_settled_when_the_feed_says_so(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage", senders={"feed": {}, "feed_final": {"settles": "feed"}})
    for n in range(12):
        day = NOW.date() - timedelta(days=12 - n)
        at = datetime.combine(day, datetime.min.time()) + timedelta(hours=9)
        came = {"click_id": f"c{n}"}
        books.post(item("click", f"c{n}", at, referrerAdCreative="SUVs", network="facebook", **came),
                   item("ad_click", f"a{n}", at, revenue="2", revenue_stage="estimated", **came),
                   sender="feed", at=at)  # fmt: skip
        if n < 10:
            books.post({"type": "settlement", "day": str(day), "revenue": "1.5"}, sender="feed_final",
                       at=at + timedelta(days=2))  # fmt: skip
    books.ready()
    shares = dict(books.query("select age_days, share from maturity_curves where what = 'settlement'"))
    assert [shares[age] for age in range(4)] == [0, 0, 1, 1]
    money = dict(books.query("select age_days, share from maturity_curves where what = 'revenue'"))
    assert [money[age] for age in range(4)] == pytest.approx([4 / 3, 4 / 3, 1, 1])
