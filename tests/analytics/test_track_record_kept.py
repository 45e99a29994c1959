"""This module owns the promise that the loop keeps a track record: what is said today is judged by what follows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

import duckdb
import pytest
from closing import Closing
from journeys import Item, item

from analytics.history.sql import run
from analytics.track_record.cohorts import Frame
from analytics.track_record.making import note
from ingest import parsed

FIRST = datetime(2026, 9, 14)  # noqa: DTZ001 (stored times are naive UTC)
DAY = timedelta(days=1)
CLICKS, CREATIVES = 15, 20
GOOD, BAD = 12, 3  # of fifteen clicks that cost 1 each convert, and a conversion may cost 2
FADED, STOPPED = 0, 19  # good and then bad; bad and then gone


def clicked(creative: int, at: datetime, converting: int) -> list[Item]:
    """A creative's clicks of a day, and the orders that some of them made."""
    who = [f"{at:%d}-{creative}-{n}" for n in range(CLICKS)]
    fields = {"network": "facebook", "campaign_id": "c", "country": "US", "cost": "1",
              "referrerAdCreative": f"The ad with the number {creative}"}  # fmt: skip
    clicks = [item("click", v, at, click_id=v, visitor_id=v, **fields) for v in who]
    return clicks + [
        item("conversion", f"o-{v}", at + timedelta(hours=1), visitor_id=v, conversion_kind="purchase",
             transaction_id=f"t-{v}", revenue="5")
        for v in who[:converting]
    ]  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Closing:
    """Ten good and ten bad creatives on one day, and again four days later but for two; then a week has matured."""
    books = Closing(tmp_path_factory.mktemp("record"), targets={"cpa": "2"},
                    attribution={"clicks_min": 10, "maturity_days": 1})  # fmt: skip
    at = FIRST + timedelta(hours=8)
    for creative in range(CREATIVES):
        books.post(*clicked(creative, at, GOOD if creative < 10 else BAD), at=at + timedelta(hours=2))
    books.publish_at(FIRST + timedelta(hours=12))
    books.publish_at(FIRST + DAY + timedelta(seconds=5))
    at += 4 * DAY
    for creative in range(CREATIVES):
        if creative != STOPPED:
            good = 0 < creative < 10
            books.post(*clicked(creative, at, GOOD if good else BAD), at=at + timedelta(hours=2))
    return books


def told(books: Closing, columns: str, claim: str, what: str = "over 50 %", **more: Any) -> tuple[Any, ...]:
    asked = {"window_days": 0, "judged_after_days": 7} | more
    (found,) = books.published(
        f"select {columns} from verdict_track_record where claim = ? and what = ? and window_days = ?"
        " and judged_after_days = ?", claim, what, asked["window_days"], asked["judged_after_days"],
    )  # fmt: skip
    return found


def test_what_was_said_waits_to_be_judged_and_is_then_judged_by_the_days_after(books: Closing) -> None:
    assert told(books, "said, judged, not_mature_yet, held, sentence", "beats_scope") == (
        10, 0, 10, None,
        "None of 10 verdicts to beat the rest of their campaign, more than 50 % sure, could be judged by the 7 days"
        " after (10 not mature yet); 10 are needed. The first can be judged on 2026-09-22.",
    )  # fmt: skip
    books.publish_at(FIRST + 10 * DAY + timedelta(seconds=5))
    books.assert_adds_up()
    # One of the good ones turned bad, and a bad one was stopped.
    columns = "said, judged, held, cast(said_first as varchar), cast(said_last as varchar), calibration"
    assert told(books, columns, "beats_scope") == (10, 10, 9, "2026-09-14", "2026-09-14", "fits")
    assert told(books, columns, "meets_target") == (10, 10, 9, "2026-09-14", "2026-09-14", "fits")
    assert told(books, "said, judged, stopped_running, held, calibration", "misses_target") == (10, 9, 1, None, None)
    (sentence,) = told(books, "sentence", "beats_scope")
    assert sentence.startswith(
        "Of 10 creatives said to beat the rest of their campaign with more than 50 % certainty, 9 did in the 7 days"
    )
    share, low, high, expected = told(
        books, "held_share, held_share_low, held_share_high, expected_share", "meets_target"
    )
    assert (share, low < 0.9 < high, 0.5 < expected < 1) == (0.9, True, True)


def test_each_verdict_stands_in_one_row_per_claim(books: Closing) -> None:
    sums = (
        "select window_days, judged_after_days, claim, sum(said) filter (what = 'over 50 %'),"
        " sum(said) filter (what in ('50–80 %', '80–95 %', '95–99 %', 'over 99 %')), sum(said - judged - not_mature_yet"
        " - stopped_running - too_few_clicks - scope_gone - other_objective) from verdict_track_record group by all"
    )
    found = books.published(sums)
    assert found
    assert [row for row in found if row[3] != row[4] or row[5] != 0] == []


@pytest.fixture
def step(books: Closing) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built tables, and the verdicts of 14 September over all days in a history of their own."""
    connection = duckdb.connect()
    connection.execute(f"attach '{books.settings.work_path}' as work (read_only)")
    for table in ("evidence_days", "caps"):
        connection.execute(f"create table {table} as from work.{table}")
    connection.execute("attach ':memory:' as history")
    parsed.run(connection, files("analytics.history").joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.execute(f"attach '{books.history}' as kept (read_only)")
    connection.execute("insert into history.days by name from kept.days")
    connection.execute(
        "insert into history.verdicts by name from kept.verdicts where window_days = 0 and day = date '2026-09-14'"
    )
    run(connection, "steps", "nothing", {})
    yield connection
    connection.close()


FRAME = Frame(date(2026, 9, 24), 1, "cpa", "USD", 10)


def noted(connection: duckdb.DuckDBPyConnection, frame: Frame = FRAME) -> dict[str, tuple[Any, ...]]:
    """claim → (said, judged, stopped_running, scope_gone, other_objective) of all certainties, by the 7 days after."""
    connection.execute("delete from noted_track_record")
    note(connection, frame)
    found = connection.execute(
        "select claim, said, judged, stopped_running, scope_gone, other_objective from noted_track_record"
        " where what = 'over 50 %' and judged_after_days = 7"
    ).fetchall()
    return {claim: tuple(counts) for claim, *counts in found}


def test_a_merged_creative_is_judged_as_the_one_it_is_counted_as_now(step: duckdb.DuckDBPyConnection) -> None:
    assert noted(step)["meets_target"] == (10, 10, 0, 0, 0)
    step.execute("update history.verdicts set creative_id = 'old-' || creative_id where p_meets_target > 0.5")
    assert noted(step, replace(FRAME, clicks_min=9))["meets_target"] == (10, 0, 0, 10, 0)
    step.execute(
        "insert into noted_aliases select creative_id, creative_id[5:] from history.verdicts where p_meets_target > 0.5"
    )
    assert noted(step)["meets_target"] == (10, 10, 0, 0, 0)
    step.execute(
        "insert into history.verdicts by name select * replace (creative_id[5:] as creative_id) from history.verdicts"
        " where creative_id like 'old-%'"
    )  # both were judged that day: its own verdict stands for both
    assert noted(step)["meets_target"] == (10, 10, 0, 0, 0)


def test_what_was_asked_in_another_currency_or_of_other_conversions_is_named(step: duckdb.DuckDBPyConnection) -> None:
    assert noted(step, replace(FRAME, currency="EUR"))["meets_target"] == (10, 0, 0, 0, 10)
    assert noted(step, replace(FRAME, objective="roas"))["misses_target"] == (10, 0, 0, 0, 10)
    step.execute("update history.verdicts set target = 3")  # judged by the target that was said
    assert noted(step)["meets_target"] == (10, 10, 0, 0, 0)


def test_it_is_reckoned_once_per_closed_day_and_whenever_more_was_said(step: duckdb.DuckDBPyConnection) -> None:
    first = noted(step)
    step.execute("update evidence_days set clicks = 0, clicks_compared = 0")
    assert noted(step) == first
    assert noted(step, replace(FRAME, today=date(2026, 9, 25)))["meets_target"] == (10, 0, 10, 0, 0)
    step.execute("delete from history.verdicts")
    assert noted(step) == {}
