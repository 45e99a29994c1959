"""This module owns the worlds that both engines build: two of the demo's, and two in which everything collides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from colliding import Colliding, settings
from journeys import NOW, START, Books, item, journey, play

from ingest.archive.layout import Archive
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.world import world_for

DEMO_NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
ZONES = {"shop": "Asia/Kathmandu", "arbitrage": "America/St_Johns"}  # 5:45 ahead, and 3:30 behind, with summer time
SHAPED = {
    "shop": {"path": "collapse", "after_conversion": "restart", "half_life_days": "window/4",
             "remove_networks": "taboola"},
    "arbitrage": {"path": "first", "position_based": (50, 30, 20)},
}  # fmt: skip
# What each of these is to a computer: a dotted I, an emoji of five code points, two ways to write é, right to left.
TEXTS = (
    "İstanbul'da SUV'lar ΟΔΟΣ",
    "👨‍👩‍👧 families \\ save",
    "Cafe\u0301 now",
    "Caf\u00e9 now",
    "سيارات هادئة",
    "ẞ ﬁ ½",
    "100% 'real'",
)


def demo(kind: str) -> Callable[[Path], tuple[Books, datetime]]:
    """Twelve days of the demo's world, in a tenth of its size."""

    def made(folder: Path) -> tuple[Books, datetime]:
        books = play(world_for(kind, DEMO_NOW, days=12, scale=0.1), DEMO_NOW, folder).books
        books.archive()
        return books, DEMO_NOW.replace(tzinfo=None)

    return made


def hard(kind: str, seed: int) -> Callable[[Path], tuple[Books, datetime]]:
    """Few ids for many rows, in several zones and currencies; three seals, with versions, conflicts and a replay."""

    def made(folder: Path) -> tuple[Books, datetime]:
        known = settings(folder, kind) | {"timezone": ZONES[kind]}
        known["senders"] = {
            name: each | {"secrets": ["unused-but-long-enough"]} for name, each in known["senders"].items()
        }
        books = Books(folder, **known, attribution=SHAPED[kind])
        world = Colliding(seed, kind)
        for part in range(3):
            for sender, items in world.batch(60):
                books.post(*items, sender=sender)
            strange(books, part)
            if part:
                texts = [row[0] for row in books.recorded("select creative_id from creatives order by 1")]
                books.decide("merge", texts[0], texts[1])
            books.archive(part)
            if part == 1:
                replay(books.settings, chosen(books.settings.journal_dir, Wanted())[:9], False, lambda _: None)
        lose_a_column(books)
        return books, NOW + timedelta(minutes=9)

    return made


def strange(books: Books, part: int) -> None:
    """Texts of the world, more back than came in, ids that are numbers, and days on which clocks change."""
    for number, text in enumerate(TEXTS):
        at = datetime(2026, 11, 1, 5, 59) + timedelta(minutes=number)  # noqa: DTZ001 (naive UTC: New York falls back)
        who = {"click_id": f"u{number}", "ad_id": str(number), "network": "facebook", "visitor_id": f"u{number}"}
        text_of = {"referrerAdCreative": text, "term": text, "cost": "0.10"}
        books.post(item("click", f"u{number}", at, **who, **text_of), sender="tracker")
    for number in range(4):  # other contents under one key: whichever has the smallest hash counts, and displaces
        text_of = {"referrerAdCreative": f"Text {part} {number}", "ad_id": "1", "network": "facebook"}
        books.post(item("click", "one", START + timedelta(minutes=number), **text_of), sender="tracker")
    goal = {"properties": {"sub_id": [7, 1.5, "ä", {"a": 1}][part]}, "revenue": "999999999.999999"}
    books.post(
        item("conversion", f"big{part}", START, click_id="u1", transaction_id=f"big{part}", **goal), sender="shop"
    )
    books.post(*journey(f"A B C A => {part}.000001 -{part + 7}", f"w{part}"), sender="shop")


def lose_a_column(books: Books) -> None:
    """Make the oldest file one of a release that knew no `consent` yet; nobody in these worlds says any."""
    archive = Archive(books.settings.data_dir)
    oldest = min((archive.current.resolve() / "interactions").glob("*/*.parquet"))
    aside = oldest.with_suffix(".new")
    duckdb.execute(f"copy (select * exclude (consent) from '{oldest}') to '{aside}' (format parquet)")
    oldest.unlink()  # the live file has the same inode, and stays as it is
    aside.rename(oldest)


WORLDS = {
    "demo shop": demo("shop"), "demo arbitrage": demo("arbitrage"), "hard shop": hard("shop", 11),
    "hard arbitrage": hard("arbitrage", 3),
}  # fmt: skip
