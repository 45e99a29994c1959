"""This module owns the promise that a refresh by what is new leaves every table as a full build makes it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from colliding import Colliding, settings
from journeys import NOW, START, Books, item, journey, report
from refreshed import differing, full, refresh

from analytics.incremental import identity, refreshing, statements, worlds
from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.near import Near
from analytics.incremental.refreshing import Refreshed

LATER = 15.0  # minutes


def run(folder: Path, kind: str, seed: int, first: int, refreshes: int) -> tuple[Books, int]:
    """A colliding world that is built once, then refreshed again and again; and how many refreshes were by news."""
    world, chance, by_news = Colliding(seed, kind, size=first * 2), Random(seed), 0
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


@pytest.mark.parametrize(("kind", "seed"), [("arbitrage", 3), pytest.param("shop", 11, marks=pytest.mark.long)])
def test_whatever_comes_in_whatever_order_every_table_is_that_of_a_full_build(
    tmp_path: Path, kind: str, seed: int
) -> None:
    books, by_news = run(tmp_path, kind, seed, first=120, refreshes=2)
    assert by_news >= 1
    assert differing(books, 2) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
@pytest.mark.parametrize("kind", ["arbitrage", "shop"])
def test_of_many_worlds_every_table_is_that_of_a_full_build(tmp_path: Path, kind: str, seed: int) -> None:
    books, by_news = run(tmp_path, kind, seed, first=300, refreshes=6)
    assert by_news >= 1  # merges of what nobody refreshes around are built anew: of seed 135 five in six
    assert differing(books, 6) == []


AD = {"network": "facebook", "account_id": "act_1", "ad_id": "9", "campaign_id": "7"}
DAY = 24 * 60  # in minutes
PAID = 2 * DAY + 9  # a day without settlements
ESTIMATED = {"revenue_stage": "estimated"}
FINAL = {"feed": {}, "feed_final": {"settles": "feed"}}


def deal(number: int, **more: Any) -> list[dict[str, Any]]:
    """A click on its own ad, minutes after eight, and its ad click worth a dollar."""
    place = AD | {"ad_id": f"a{number}", "campaign_id": f"c{number}"} | more
    at, link = START + timedelta(minutes=number), {"click_id": f"k{number}"}
    return [item("click", f"c{number}", at, **link, **{"referrerAdCreative": f"Text {number}"} | place),
            item("ad_click", f"g{number}", at + timedelta(minutes=1), revenue="1", **ESTIMATED, **link)]  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """Books that were built, and then got one piece of news for every link between rows; not refreshed yet."""

    books: Books
    expected: dict[str, list[tuple[Any, ...]]]

    def differing(self, folder: Path) -> tuple[Refreshed, list[str]]:
        """A refresh of a copy, and the tables in which it differs from a full build."""
        work = Path(shutil.copy(self.books.settings.work_path, folder / "work.duckdb"))
        done, found = refresh(self.books, LATER, work), self.books.tables(work)
        return done, [name for name, rows in self.expected.items() if found.get(name) != rows]


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """One for all tests: three builds."""
    books = Books(tmp_path_factory.mktemp("linked"), kind="arbitrage", senders=FINAL)
    day = str(START.date())
    for number in range(20):
        books.post(*deal(number), sender="feed")
    books.post(*journey("A", "late"), *journey("A", "old", start=NOW - timedelta(days=3, minutes=-5)))
    books.post(*(item(kind, f"first {kind}", START) for kind in ("landing_view", "search_click", "conversion")))
    for at, text in ((31, None), (2 * DAY, "P"), (2 * DAY + 1, "Q"), (3 * DAY, None)):  # the ad itself stays known
        books.post(deal(at, ad_id="a31", campaign_id="c31", referrerAdCreative=text)[0])
    books.post(
        deal(PAID, cost="0.10")[0], report(START.date() + timedelta(days=2), "3", "campaign", campaign_id=f"c{PAID}")
    )
    books.post(
        {"type": "settlement", "day": day, "campaign_id": "c10", "revenue": "3"},
        {"type": "settlement", "day": str(START.date() + timedelta(days=1)), "revenue": "2"},
        sender="feed_final",
    )
    books.post(*(each | {"visitor_id": "late"} for each in deal(DAY)), sender="feed")
    books.post(*deal(11, campaign_id="c10"), sender="feed")
    books.post(deal(40, session_id="s40")[0], deal(41, click_ids={"fbclid": "f41"})[0])
    books.post(item("landing_view", "asks", START, click_ids={"fbclid": "f0"}))
    books.build()
    books.post(item("search_click", "s", START, session_id="s40"))
    books.post(item("search_click", "f", START, click_ids={"fbclid": "f41"}))
    books.post(item("conversion", "x", START + timedelta(hours=5), visitor_id="late", revenue="7"))
    books.post(item("landing_view", "y", START, click_id="k12"), item("search_click", "y", START, click_id="k13"))
    books.post(
        deal(31)[0] | {"id": "zz", "click_id": "kzz"},
        deal(32)[0] | {"visitor_id": "late"},
    )
    books.post(report(START.date() + timedelta(days=2), "2", "campaign", campaign_id=f"c{PAID}"))
    books.post(
        item("ad_click", "w", START + timedelta(minutes=30), click_id="k10", revenue="5", **ESTIMATED),
        {"type": "settlement", "day": day, "campaign_id": "c11", "revenue": "9"},
        sender="feed_final",
    )
    books.load()
    return Linked(books, full(books, LATER))


Break = Callable[[pytest.MonkeyPatch], None]


def without(link: str) -> Break:
    """Rows are not followed along a link."""
    follow = Near._follow
    return lambda patch: patch.setattr(Near, "_follow", lambda self, name, which="who": (
        0 if name == link else follow(self, name, which)))  # fmt: skip


MUTANTS: dict[str, Break] = {
    "a visitor's journey": without("visitor"),
    "what hangs on a click": without("click_id"),
    "a session": without("session_id"),
    "a network's id of a click": lambda patch: patch.setattr(Near, "_follow_names", lambda *_: 0),
    "who shares a settled cell": lambda patch: patch.setattr(statements, "share_settlements", lambda near: (
        near.connection.execute(statements._SETTLING), near.connection.execute(statements._CELLS), None)[-1]),
    "clicks beneath a report": lambda patch: patch.setattr(statements, "_SHARING_COST", "false and $timezone <> ''"),
    "an ad that reads otherwise": lambda patch: patch.setattr(identity, "_LADDERED", "select 0 limit 0"),
    "clicks that grow older": lambda patch: patch.setattr(refreshing, "_AGED", "select $was + $now limit 0"),
    "shares of cells that are not touched": lambda patch: patch.setattr(worlds, "_PINNED", "select 1"),
}  # fmt: skip


def test_the_news_of_every_link_are_followed(linked: Linked, tmp_path: Path) -> None:
    done, differing = linked.differing(tmp_path)
    assert (done.news, differing) == (10, [])
    assert done.near < 60


LONG = (
    "clicks beneath a report",
    "a network's id of a click",
    "a session",
    "clicks that grow older",
    "shares of cells that are not touched",
    "what hangs on a click",
)


@pytest.mark.parametrize(
    "link", [pytest.param(link, marks=pytest.mark.long) if link in LONG else link for link in MUTANTS]
)
def test_without_one_of_the_links_it_would_be_seen(
    linked: Linked, tmp_path: Path, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    MUTANTS[link](monkeypatch)
    assert linked.differing(tmp_path)[1] != []


@pytest.mark.parametrize(("minutes", "reason"), [(-1, "a clock was set back"), (24 * 60, "a day began")])
def test_a_moment_of_another_day_wants_a_full_build(linked: Linked, minutes: float, reason: str) -> None:
    with pytest.raises(NeedsFullBuildError, match=reason):
        refresh(linked.books, minutes)


def test_what_concerns_everybody_is_not_refreshed_and_nothing_is_written(linked: Linked, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(linked.books.settings.data_dir, tmp_path / "data")).parent
    books = Books(folder, kind="arbitrage", senders=FINAL)
    books.post(item("results_view", "first", START, click_id="k12"))
    before = books.tables()
    with pytest.raises(NeedsFullBuildError, match="steps_reported changed, and it concerns everybody"):
        refresh(books, LATER)
    assert books.tables() == before
