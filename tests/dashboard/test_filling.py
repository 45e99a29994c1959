"""The sentence of a page that is still being filled: of how many days its numbers are, and until when."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dashboard_marts import believable, publish

from analytics.status import loading
from analytics.status.loading import STALE_SECONDS, History
from dashboard.config import Settings
from dashboard.filling import MORE, days_in, filling_words
from dashboard.freshness import Freshness
from dashboard.live import pulse

HISTORY = History(date(2026, 10, 29), date(2026, 11, 25))
NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)


def fresh(reached: datetime | None, as_of: datetime = NOW) -> Freshness:
    return Freshness(reached, as_of, ZoneInfo("UTC"), "USD", "arbitrage", "profit_per_click", 0.0, 1)


def test_nothing_is_said_where_nothing_is_brought_in(tmp_path: Path):
    assert filling_words(tmp_path, fresh(NOW)) == filling_words(tmp_path, None) == ""


def test_of_how_many_days_the_numbers_are_is_said_until_all_of_them_are_in(tmp_path: Path):
    loading.tell(tmp_path, HISTORY)
    assert filling_words(tmp_path, None).startswith("History is still loading: 0 of 28 days are in these numbers")
    at_nine = fresh(datetime(2026, 11, 7, 3, tzinfo=UTC))
    assert filling_words(tmp_path, at_nine).startswith("History is still loading: 9 of 28 days")
    loading.tell(tmp_path, History(HISTORY.first, HISTORY.last, sent_at=NOW))
    assert "All history has come and is being counted: 27 of 28" in filling_words(
        tmp_path, fresh(NOW, NOW - timedelta(seconds=1))
    )
    assert filling_words(tmp_path, fresh(NOW, NOW)) == ""
    (tmp_path / "status.json").write_text(json.dumps({"ok": True, "more": True}))
    assert "All history has come and is being counted: 27 of 28" in filling_words(tmp_path, fresh(NOW, NOW)), (
        "the loop has not read all"
    )


def test_a_history_that_nobody_goes_on_with_is_not_waited_for(tmp_path: Path):
    loading.tell(tmp_path, HISTORY)
    os.utime(tmp_path / loading.NAME, (1000, 1000))
    assert loading.told(tmp_path, 1000 + STALE_SECONDS - 1) == HISTORY
    assert filling_words(tmp_path, None, 1000 + STALE_SECONDS) == ""
    loading.still(tmp_path)
    assert filling_words(tmp_path, None) != ""
    loading.given_up(tmp_path)
    loading.given_up(tmp_path)
    assert filling_words(tmp_path, None) == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"first": 3}', '{"first": "x", "last": "y", "sent_at": null}'])
def test_a_broken_file_says_nothing(tmp_path: Path, text: str):
    (tmp_path / loading.NAME).write_text(text)
    (tmp_path / "status.json").write_text(text)
    assert filling_words(tmp_path, fresh(NOW)) == ""


@pytest.mark.parametrize(
    ("reached", "days"), [(None, 0), (date(2026, 10, 1), 0), (date(2026, 11, 1), 3), (date(2026, 12, 24), 28)]
)
def test_days_are_counted_within_the_history(reached: date | None, days: int):
    assert days_in(HISTORY, reached) == days


def test_every_page_says_it_by_its_pulse_and_trouble_goes_first(settings: Settings):
    loading.tell(settings.data_dir, HISTORY)
    assert "0 of 28 days" in pulse(settings, NOW).banner
    publish(settings.data_dir, believable(days=3), "v7")
    assert "25 of 28 days" in pulse(settings, NOW).banner
    loading.given_up(settings.data_dir)
    (settings.data_dir / "status.json").write_text(json.dumps({"ok": True, "more": True}))
    assert pulse(settings, NOW).banner == MORE
    (settings.data_dir / "status.json").write_text(
        json.dumps({"ok": False, "sentence": "A check failed.", "more": True})
    )
    assert pulse(settings, NOW).banner == "A check failed."
