"""This module owns the promise that a refresh passes over only what must be as it was, and over all of that."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from journeys import START, Books, item, journey
from refreshed import differing, refresh

from analytics.incremental import still as rule
from analytics.incremental.still import Still, binds_the_moment, reads_of
from analytics.incremental.ways import in_worlds, way
from analytics.incremental.worlds import Worlds
from analytics.plan import MODELS

LATE = START + timedelta(days=3)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Journeys with orders and a report, built."""
    books = Books(tmp_path_factory.mktemp("still"))
    books.post(*journey("A => 30"), *journey("B => 20", "w"))
    books.build()
    return books


def copied(built: Books, folder: Path) -> Books:
    """The same books, elsewhere."""
    return Books(Path(shutil.copytree(built.settings.data_dir, folder / "data")).parent)


def passed_over(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """By model of the last run of the small builds, whether it was found to be as it was without making it twice."""
    found: dict[str, bool] = {}
    make = Worlds._make_in_both

    def noting(self: Worlds, model: str) -> None:
        found[model] = False
        make(self, model)

    monkeypatch.setattr(Worlds, "_make_in_both", noting)
    return found


def test_a_click_alone_moves_nothing_of_reports_settlements_and_money(
    built: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books, twice = copied(built, tmp_path), passed_over(monkeypatch)
    books.post(item("click", "new", START, click_id="new", visitor_id="new", referrerAdCreative="A"))
    refresh(books, 1)
    assert {"events", "identified", "facts_daily"} <= twice.keys()
    passed = {"credits", "creative_credit", "goals", "transactions", "settlement_shares", "report_shares", "lags"}
    assert passed.isdisjoint(twice)
    assert differing(books, 1) == []


def test_an_order_moves_what_hangs_on_orders(built: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books, twice = copied(built, tmp_path), passed_over(monkeypatch)
    books.post(item("conversion", "late", LATE, visitor_id="v", revenue="5"))
    refresh(books, 1)
    assert {"goals", "credits", "creative_credit", "attribution_ledger"} <= twice.keys()
    assert differing(books, 1) == []


def test_a_rule_that_forgets_a_source_would_be_seen(
    built: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = copied(built, tmp_path)
    monkeypatch.setattr(rule, "reads_of", lambda model: [t for t in reads_of(model) or () if t != "goals"])
    books.post(item("conversion", "late", LATE, visitor_id="v", revenue="5"))
    refresh(books, 1)
    assert differing(books, 1) != []


def test_of_what_nobody_told_nothing_is_still() -> None:
    still = Still()
    assert not still.holds("events") and not still.follows("stitches") and not still.follows("creative_scorecard()")
    assert still.holds("senders", "fits")
    for table in ("events", "network_clicks"):
        still.learn(table, True)
    assert still.follows("stitches")
    still.learn("events", False)
    assert not still.follows("stitches") and still.moved(["events", "network_clicks"]) == ["events"]


def test_what_binds_the_moment_is_never_passed_over() -> None:
    bound = {model for model in MODELS if binds_the_moment(model)}
    assert {"events", "click_cohorts", "freshness", "sender_activity"} <= bound
    still = Still()
    for model in bound:
        for table in reads_of(model) or ():
            still.learn(table, True)
        assert not still.follows(model)


def test_of_every_model_of_the_small_builds_it_is_known_what_it_reads() -> None:
    assert [model for model in in_worlds() if reads_of(model) is None] == []
    assert {way(name).word for name in ("settlement_beneath", "goals")} == {"rows"}
