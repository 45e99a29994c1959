"""This module owns the promises of a refresh at its edges: crowds, and what is done where the news alone do not do."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from journeys import NOW, START, Books, Item, item, journey
from refreshed import ALWAYS, differing, refresh

from analytics.incremental import worlds
from analytics.incremental.bringing import Builder, Built
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.near import CROWD_ROWS_MAX

CROWD = {"visitor_id": "kiosk"}


def clicks(first: int, last: int, at: datetime = START) -> list[Item]:
    """Clicks of an id that many share, a second apart."""
    return [
        item(
            "click", f"u{n}", at + timedelta(seconds=n), click_id=f"ku{n}", referrerAdCreative=f"Text {n % 7}", **CROWD
        )
        for n in range(first, last)
    ]


def test_of_a_crowd_only_so_much_is_looked_at_that_it_shows_that_it_is_one(tmp_path: Path) -> None:
    books, later = Books(tmp_path), START + timedelta(days=2)
    books.post(*clicks(0, CROWD_ROWS_MAX + 200), *journey("A => 30"))
    books.build()
    books.post(
        *clicks(2000, 2003), item("conversion", "x", later, revenue="7", **CROWD),
        item("conversion", "y", later, click_id="ku5", revenue="7", **CROWD),
        item("conversion", "z", later, click_id="nowhere", revenue="7", **CROWD),
    )  # fmt: skip
    assert CROWD_ROWS_MAX < refresh(books, 1).near < CROWD_ROWS_MAX + 20
    assert differing(books, 1) == []
    books.post(*clicks(3000, 3001, START - timedelta(days=1)))
    with pytest.raises(NeedsFullBuildError, match="an id that a crowd shares got an earlier click"):
        refresh(books, 2)


def test_a_cycle_goes_by_the_news_and_builds_everything_where_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books(tmp_path)
    builder = Builder(books.settings, ALWAYS)

    def cycle(minutes: int) -> Built:
        books.post(*journey("A => 30", f"v{minutes}"))
        books.load()
        built = builder.bring_up(books.inputs(NOW + timedelta(minutes=minutes)))
        assert books.query("select sum(revenue_settled) from facts_daily") == [(30 * minutes,)]
        return built

    assert cycle(1) == Built(True, "the loop began", full_builds=1)
    assert cycle(2) == Built(False, "", news=2, near=2, full_builds=1, refreshes=1)
    monkeypatch.setattr(worlds, "_PINNED", "from nowhere")
    why = "the refresh failed (Catalog Error: Table with name nowhere does not exist!)"
    assert cycle(3) == Built(True, why, full_builds=2, refreshes=1)
