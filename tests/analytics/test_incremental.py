"""This module owns the promise that a refresh by what is new leaves every table as a full build makes it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from colliding import Colliding, settings
from journeys import NOW, START, Books, item, journey, report

from analytics.build import build
from analytics.incremental import identity, refreshing, statements, worlds
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.near import Near
from analytics.incremental.refreshing import AGE_BUCKETS, Limits, Refreshed, refresh_incrementally
from analytics.incremental.ways import FIRST, WORDS, frozen, in_worlds, read, said, way
from analytics.plan import MODELS, header, sql

ALWAYS = Limits(rows_min=0, share_max=1e6)
SQL_MODELS = [model for model in MODELS if not model.endswith("()")]


def refresh(books: Books, minutes: float, work: Path | None = None) -> Refreshed:
    books.load()
    made_of = books.settings.record_path, books.inputs(NOW + timedelta(minutes=minutes))
    return refresh_incrementally(work or books.settings.work_path, *made_of, ALWAYS)


def full(books: Books, minutes: float) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a full build of the same."""
    work = books.settings.data_dir / "full.duckdb"
    build(work, books.settings.record_path, books.inputs(NOW + timedelta(minutes=minutes)))
    return books.tables(work)


def differing(books: Books, minutes: float, work: Path | None = None) -> list[str]:
    one, other = books.tables(work), full(books, minutes)
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def run(folder: Path, kind: str, seed: int, first: int, refreshes: int) -> tuple[Books, int]:
    """A colliding world that is built once, then refreshed again and again; and how many refreshes were by news."""
    world, chance, by_news = Colliding(seed, kind, size=first * 2), Random(seed), 0  # noqa: S311 (a test's)
    books = Books(folder, **settings(folder, kind))
    for step in range(refreshes + 1):
        for sender, items in world.batch(chance.randrange(1, 6) if step else first):
            books.post(*items, sender=sender)
        if step and chance.random() < 0.4:
            texts = [row[0] for row in books.recorded("select creative_id from creatives order by 1")]
            books.decide(chance.choice(["merge", "unmerge"]), *chance.sample(texts, 2))
        if not step:
            books.build()
            continue
        try:
            refresh(books, step)
            by_news += 1
        except NeedsFullBuildError:
            books.build(NOW + timedelta(minutes=step))
    return books, by_news


@pytest.mark.parametrize(("kind", "seed"), [("arbitrage", 3), ("shop", 11)])
def test_whatever_comes_in_whatever_order_every_table_is_that_of_a_full_build(
    tmp_path: Path, kind: str, seed: int
) -> None:
    books, by_news = run(tmp_path, kind, seed, first=150, refreshes=3)
    assert by_news >= 2
    assert differing(books, 3) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
@pytest.mark.parametrize("kind", ["arbitrage", "shop"])
def test_of_many_worlds_every_table_is_that_of_a_full_build(tmp_path: Path, kind: str, seed: int) -> None:
    books, by_news = run(tmp_path, kind, seed, first=300, refreshes=6)
    assert by_news >= 3
    assert differing(books, 6) == []


AD = {"network": "facebook", "account_id": "act_1", "ad_id": "9", "campaign_id": "7"}
FINAL = {"feed": {}, "feed_final": {"settles": "feed"}}


def deal(number: int, **more: Any) -> list[dict[str, Any]]:
    """A click on its own ad, minutes after eight, and its ad click worth a dollar."""
    place = AD | {"ad_id": f"a{number}", "campaign_id": f"c{number}"} | more
    at, link = START + timedelta(minutes=number), {"click_id": f"k{number}"}
    return [item("click", f"c{number}", at, **link, **{"referrerAdCreative": f"Text {number}"} | place),
            item("ad_click", f"g{number}", at + timedelta(minutes=1), **link, revenue="1", revenue_stage="estimated")]  # fmt: skip


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Books that were built, and then got one piece of news for every link between rows; not refreshed yet."""
    books = Books(tmp_path_factory.mktemp("linked"), kind="arbitrage", senders=FINAL)
    day = str(START.date())
    for number in range(20):
        books.post(*deal(number, cost="0.10" if number < 4 else None), sender="feed")
    books.post(*journey("A", "late"), *journey("A", "old", start=NOW - timedelta(days=3, minutes=-5)))
    books.post(deal(30, referrerAdCreative=None, account_id=None)[0], deal(31, referrerAdCreative=None)[0])
    books.post(*(report(day, "3", "campaign", campaign_id=f"c{n}") for n in range(4)), sender="ads")
    books.post({"type": "settlement", "day": day, "campaign_id": "c10", "revenue": "3"}, sender="feed_final")
    books.post(*deal(11, campaign_id="c10"), sender="feed")
    books.build()
    books.post(*journey("8d", "late")[:0], item("conversion", "x", START + timedelta(hours=5), visitor_id="late", revenue="7"))
    books.post(item("landing_view", "y", START, click_id="k12"), item("search_click", "y", START, click_id="k13"))
    books.post(deal(30, account_id="act_2")[0] | {"id": "z", "click_id": "kz", "referrerAdCreative": "Text 99"})
    books.post(report(day, "2", "campaign", stated="2026-11-20T00:00:00Z", campaign_id="c2"), sender="ads")
    books.post(item("ad_click", "w", START + timedelta(minutes=30), click_id="k10", revenue="5", revenue_stage="estimated"),
               {"type": "settlement", "day": day, "campaign_id": "c11", "revenue": "9"}, sender="feed_final")  # fmt: skip
    yield books


Break = Callable[[pytest.MonkeyPatch], None]


def without(link: str) -> Break:
    """Rows are not followed along a link."""
    follow = Near._follow
    return lambda patch: patch.setattr(Near, "_follow", lambda self, name, which="who": (
        0 if name == link else follow(self, name, which)))  # fmt: skip


MUTANTS: dict[str, Break] = {
    "a visitor's journey": without("visitor"),
    "what hangs on a click": without("click_id"),
    "who shares a settled cell": lambda patch: patch.setattr(statements, "share_settlements", lambda near: (
        near.connection.execute(statements._SETTLING), near.connection.execute(statements._CELLS), None)[-1]),
    "clicks beneath a report": lambda patch: patch.setattr(statements, "_SHARING_COST", "false and $timezone <> ''"),
    "an ad that reads otherwise": lambda patch: patch.setattr(identity, "_LADDERED", "select 0 limit 0"),
    "clicks that grow older": lambda patch: patch.setattr(refreshing, "_AGED", "select $was + $now limit 0"),
    "shares of cells that are not touched": lambda patch: patch.setattr(worlds, "_PINNED", "select 1"),
}  # fmt: skip


def test_the_news_of_every_link_are_followed(linked: Books, tmp_path: Path) -> None:
    work = Path(shutil.copy(linked.settings.work_path, tmp_path / "work.duckdb"))
    assert refresh(linked, 15, work).near < 60
    assert differing(linked, 15, work) == []


@pytest.mark.parametrize("link", MUTANTS)
def test_without_one_of_the_links_it_would_be_seen(
    linked: Books, tmp_path: Path, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Path(shutil.copy(linked.settings.work_path, tmp_path / "work.duckdb"))
    MUTANTS[link](monkeypatch)
    refresh(linked, 15, work)
    monkeypatch.undo()
    assert differing(linked, 15, work) != []


@pytest.mark.parametrize("model", SQL_MODELS)
def test_every_model_says_how_it_is_refreshed(model: str) -> None:
    found = read(said(sql("models", model)))
    assert said(sql("models", model)) and found.word in WORDS
    reads = header(sql("models", model)).reads
    assert set(found.of) <= set(reads)
    if model in in_worlds():
        known = {*frozen(), *FIRST, *(name.removesuffix("()") for name in in_worlds())}
        assert {name for name in reads if not name.startswith("record.")} <= known, "the small builds have no such table"


def test_a_line_that_is_no_way_is_refused_and_a_model_without_one_is_made_anew() -> None:
    assert read("keys (day ± 1, ad_id) of events").keys == ("day", "ad_id")
    for line in ("rows of events", "sometimes", "keys day", "whole; x = y"):
        with pytest.raises(ValueError, match="is no way to refresh a model"):
            read(line)
    assert read("").word == "whole"


def test_the_ages_of_the_cohorts_are_those_that_clicks_are_looked_up_by() -> None:
    text = sql("models", "click_cohorts")
    assert [n for n in range(100) if f"select {n} union" in text or f"select {n} as age_bucket" in text or f"select {n})" in text] == list(AGE_BUCKETS)


@pytest.mark.parametrize(
    ("minutes", "reason"), [(-1, "a clock was set back"), (24 * 60, "a day began"), (16, None)]
)
def test_a_moment_of_another_day_wants_a_full_build(linked: Books, tmp_path: Path, minutes: float, reason: str | None) -> None:
    work = Path(shutil.copy(linked.settings.work_path, tmp_path / "work.duckdb"))
    if reason is None:
        assert refresh(linked, minutes, work).news == 6
        return
    with pytest.raises(NeedsFullBuildError, match=reason):
        refresh(linked, minutes, work)


def test_nothing_is_written_where_what_concerns_everybody_changes(linked: Books, tmp_path: Path) -> None:
    assert way("steps_reported").word == "global"
