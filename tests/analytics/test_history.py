"""This module owns the promises about closings: each day once, as it was first said, whatever the clock does."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from closing import MIDNIGHT, NOON, Closing
from journeys import item, journey, report, shown

A, B = shown("A"), shown("B")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def noon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop seen at noon of 14 September: clicks on A and B, an order over 30 of B, cost of 0.25 on A's click."""
    folder = tmp_path_factory.mktemp("noon")
    own = Closing(folder, targets={"roas": "2"})
    clicks = journey("A B => 30", start=NOON - timedelta(hours=4))
    clicks[0]["cost"] = "0.25"
    own.post(*clicks, at=NOON)
    own.publish_at(NOON)
    return folder


@pytest.fixture
def books(noon: Path, tmp_path: Path) -> Closing:
    """A copy of it, to go on with."""
    shutil.copytree(noon, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Closing(tmp_path, targets={"roas": "2"})


def test_a_day_is_closed_by_the_first_publish_after_it_ended_and_never_again(books: Closing):
    assert books.closed() == []
    version = books.publish_at(MIDNIGHT).version
    books.post(item("click", "k", MIDNIGHT, referrerAdCreative=A, network="facebook"), at=MIDNIGHT)
    books.publish_at(MIDNIGHT + timedelta(minutes=1))
    books.publish_at(MIDNIGHT + timedelta(minutes=2))
    assert books.published(
        "select cast(day as varchar), version, as_of, missed, timezone, currency, headline_rule, objective, target,"
        " schema, cells from closed_days"
    ) == [("2026-09-14", version, MIDNIGHT, False, "UTC", "USD", "last_paid", "roas", "2", 2, 3)]
    assert books.published(
        "select creative_text, network, conversion_kind, clicks, cost_direct, conversions, revenue_settled"
        " from closings k join creatives c using (creative_id) order by creative_text, conversion_kind nulls first"
    ) == [
        (A, "facebook", None, 1, 0.25, 0, 0),
        (B, "facebook", None, 1, 0, 0, 0),
        (B, "facebook", "purchase", 0, 0, 1, 30),
    ]
    assert books.published("select count(*) from restatements") == [(0,)]
    books.assert_adds_up()


def test_the_day_that_runs_is_not_closed_and_its_changes_are_no_restatements(books: Closing):
    books.post(item("click", "k", NOON, referrerAdCreative=A, network="facebook"), at=NOON)
    books.publish_at(NOON + timedelta(hours=11))
    assert (books.closed(), books.changes()) == ([], {})


def test_a_day_ends_in_the_reporting_zone(tmp_path: Path):
    books = Closing(tmp_path, timezone="America/Los_Angeles")
    books.post(*journey("A", start=NOON), at=NOON)
    books.publish_at(NOON + timedelta(hours=1))
    books.publish_at(MIDNIGHT)  # 17 h there
    assert books.closed() == []
    books.publish_at(MIDNIGHT + timedelta(hours=7))
    assert books.closed() == [("2026-09-14", False)]


def test_a_day_without_anything_is_closed_too_and_what_comes_for_it_is_late(books: Closing):
    books.publish_at(MIDNIGHT)
    books.publish_at(MIDNIGHT + DAY)
    assert books.closed() == [("2026-09-14", False), ("2026-09-15", False)]
    books.post(item("click", "k", MIDNIGHT, referrerAdCreative=A, network="facebook"), at=MIDNIGHT + DAY)
    books.publish_at(MIDNIGHT + DAY + timedelta(minutes=1))
    assert books.changes() == {(A, "clicks", "late_data"): 1}
    books.assert_adds_up()


def test_days_that_passed_while_whichad_was_off_are_closed_when_it_is_back_and_marked(books: Closing):
    books.post(*journey("A", "w", start=NOON + DAY), at=NOON + DAY)  # received, and not loaded
    books.publish_at(MIDNIGHT + 3 * DAY)
    assert books.closed() == [("2026-09-14", True), ("2026-09-15", True)]
    books.assert_adds_up()


def test_a_past_day_whose_rows_still_come_in_waits_until_they_stop_or_another_day_ends(tmp_path: Path):
    books = Closing(tmp_path)
    books.post(*journey("A", start=NOON), at=MIDNIGHT + DAY)
    books.publish_at(MIDNIGHT + DAY + timedelta(seconds=100))
    assert books.closed() == []
    books.publish_at(MIDNIGHT + DAY + timedelta(seconds=120))
    assert books.closed() == [("2026-09-14", True)]
    books.post(*journey("A", "w", start=NOON - DAY), at=MIDNIGHT + 2 * DAY)
    books.publish_at(MIDNIGHT + 2 * DAY)  # the 16th ends: no day waits any longer
    assert books.closed() == [("2026-09-13", True), ("2026-09-14", True), ("2026-09-16", False)]
    books.assert_adds_up()


def test_what_was_noted_stays_when_the_change_is_taken_back(books: Closing):
    books.publish_at(MIDNIGHT)
    order = journey("A B => 30", start=NOON - timedelta(hours=4))[-1]
    for hour, amount in ((1, "31"), (2, "30")):
        at = MIDNIGHT + timedelta(hours=hour)
        books.post(order | {"revenue": amount, "updated_at": f"{at.isoformat()}Z"}, at=at)
        books.publish_at(at)
    steps = "select before, change, after, causes from restatements where measure = 'revenue_settled' order by step"
    assert books.published(steps) == [(30, 1, 31, "revision"), (31, -1, 30, "revision")]
    books.assert_adds_up()


def test_verdicts_are_kept_as_they_were_said_when_the_day_was_closed(tmp_path: Path):
    shape = {"clicks_min": 3, "maturity_days": 0}
    books = Closing(tmp_path, ["scorecard_sums", "creative_scorecard"], kind="arbitrage", attribution=shape)
    clicks = [
        item("click", f"k{n}", NOON, referrerAdCreative=A, network="facebook", campaign_id="c", cost="1", country="US")
        for n in range(4)
    ]
    books.post(*clicks, at=NOON)
    books.publish_at(NOON)
    books.publish_at(MIDNIGHT)
    said = "select cast(day as varchar), verdict, action, thresholds_version, reason from verdict_history"
    ((day, verdict, action, version, reason),) = books.published(f"{said} where window_days = 7")
    assert (day, verdict, action, version) == ("2026-09-14", "needs_work", "fix", 1)
    assert reason == "spent 4.00 on 4 mature clicks without any revenue yet"
    books.post(item("click", "more", NOON, referrerAdCreative=A, network="facebook", campaign_id="c", cost="1",
                    country="US"), at=MIDNIGHT)  # fmt: skip
    books.publish_at(MIDNIGHT + timedelta(hours=1))
    told = [(day, verdict, action, version, reason)]
    assert books.published(f"{said} where window_days = 7") == told
    scorecard = "select reason, clicks from creative_scorecard where window_days = 7 and scope = 'campaign'"
    assert books.published(scorecard) == [(reason, 5)]  # made once per closed day


def test_a_change_of_thresholds_is_a_new_version_and_rewrites_nothing(tmp_path: Path):
    books = Closing(tmp_path, kind="arbitrage", attribution={"maturity_days": 0})
    books.post(item("click", "k", NOON, referrerAdCreative=A, network="facebook", cost="1"), at=NOON)
    books.publish_at(NOON)
    books.publish_at(MIDNIGHT)
    books.set(verdicts={"error_rate": 0.1})
    books.publish_at(MIDNIGHT + timedelta(hours=1))  # the day was judged when it was closed, and stays so
    assert books.published("select distinct day, thresholds_version from verdicts") == [(NOON.date(), 1)]
    books.publish_at(MIDNIGHT + DAY)
    sets = "select version, value, cast(since as varchar) from thresholds where name = 'error_rate' order by version"
    assert books.published(sets) == [(1, 0.05, "2026-09-13"), (2, 0.1, "2026-09-15")]
    assert books.published("select distinct thresholds_version from verdicts") == [(2,)]
    kept = (
        "select cast(day as varchar), min(thresholds_version), max(thresholds_version) from verdict_history"
        " group by 1 order by 1"
    )
    assert books.published(kept) == [("2026-09-14", 1, 1), ("2026-09-15", 2, 2)]
    books.set(verdicts={})
    books.publish_at(MIDNIGHT + 2 * DAY)
    assert books.published("select max(version) from thresholds") == [(3,)]  # also what was in force before is a change


def test_a_clock_that_ran_ahead_closes_a_day_early_and_what_follows_says_so(books: Closing):
    books.publish_at(MIDNIGHT)  # the clock says so, and it is 13 h
    books.post(item("click", "k", NOON, referrerAdCreative=A, network="facebook"), at=NOON + timedelta(hours=1))
    books.publish_at(NOON + timedelta(hours=1))  # it was set right: the day runs, nothing is a restatement
    assert (books.closed(), books.changes()) == ([("2026-09-14", False)], {})
    books.publish_at(MIDNIGHT)
    assert books.changes() == {(A, "clicks", "clock"): 1}
    books.post(item("click", "k2", NOON, referrerAdCreative=A, network="facebook"), at=MIDNIGHT)
    books.publish_at(MIDNIGHT + timedelta(hours=1))
    assert books.changes() == {(A, "clicks", "clock"): 1, (A, "clicks", "late_data"): 1}
    books.assert_adds_up()


@pytest.mark.long
def test_a_clock_set_back_by_years_takes_no_closing_away(books: Closing):
    books.publish_at(MIDNIGHT)
    books.publish_at(datetime(2020, 1, 1))  # noqa: DTZ001 (naive UTC)
    assert books.closed() == [("2026-09-14", False)]
    books.publish_at(MIDNIGHT + timedelta(hours=1))
    assert (books.closed(), books.changes()) == ([("2026-09-14", False)], {})
    books.assert_adds_up()


def test_another_currency_takes_the_old_cells_out_and_puts_new_ones_in(books: Closing):
    books.publish_at(MIDNIGHT)
    books.set(currency="EUR")
    books.publish_at(MIDNIGHT + timedelta(hours=1))
    money = (
        "select currency, measure, sum(change), any_value(causes) from restatements where measure in ('cost_direct',"
    )
    assert books.published(f"{money} 'revenue_settled') group by all order by all") == [
        ("USD", "cost_direct", -0.25, "new_settings"), ("USD", "revenue_settled", -30, "new_settings"),
    ]  # fmt: skip
    books.assert_adds_up()


@pytest.mark.long
def test_changes_that_were_noted_a_week_ago_are_one_row_for_each_cell_and_cause(books: Closing):
    books.publish_at(MIDNIGHT)
    for minute in range(3):
        at = MIDNIGHT + timedelta(hours=1, minutes=minute)
        books.post(item("click", f"k{minute}", NOON, referrerAdCreative=A, network="facebook"), at=at)
        books.publish_at(at)
    assert books.published("select count(*), sum(change) from restatements") == [(3, 3)]
    for days in (8, 9):
        books.note_at(MIDNIGHT + days * DAY)
    books.publish_at(MIDNIGHT + 9 * DAY + timedelta(hours=1))
    assert books.published("select count(*), sum(change) from restatements") == [(1, 3)]
    books.assert_adds_up()


@pytest.mark.long
def test_the_history_does_not_grow_with_publishes_that_change_nothing(books: Closing):
    books.publish_at(MIDNIGHT)
    size = books.history.stat().st_size
    for minute in range(40):
        books.note_at(MIDNIGHT + timedelta(minutes=minute))
    assert books.history.stat().st_size <= size + 1_048_576
    assert books.kept("select count(*), max(step) from mark") == [(1, 42)]


def test_reports_of_a_day_that_was_closed_without_them_are_late_data(books: Closing):
    books.publish_at(MIDNIGHT)
    books.post(report("2026-09-14", "12.34", level="campaign", campaign_id="9"), at=MIDNIGHT + timedelta(hours=6))
    books.publish_at(MIDNIGHT + timedelta(hours=6))
    assert [(measure, causes, float(change)) for (_, measure, causes), change in books.changes().items()] == [
        ("cost_direct", "late_data", 12.34)
    ]
    books.assert_adds_up()


def test_the_status_says_nothing_of_a_history_that_is_well(books: Closing):
    books.publish_at(MIDNIGHT)
    status = json.loads((books.settings.data_dir / "status.json").read_text(encoding="utf-8"))
    assert (status["ok"], "history" in status["sentence"]) == (True, False)
