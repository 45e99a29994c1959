"""This module owns what must not matter: the order of arrival, what came twice, whether it came through the door."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from acceptance import arbitrage as arbitrage_world
from acceptance import shop as shop_world
from acceptance.arbitrage import Arbitrage
from acceptance.business import AS_OF
from acceptance.shop import Shop
from acceptance.telling import COST, REVENUE
from journeys import Books
from running import Ingest

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.version.marts import MARTS

SLICE_DAYS = 3
LATER = AS_OF.replace(year=2100)  # whatever the clock says, what the door received counts


def marts(work: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every mart's rows, but for what speaks of arrival."""
    connection = duckdb.connect(str(work), read_only=True)
    try:
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in MARTS
                if name not in ("freshness", "data_quality", "sender_activity")}  # fmt: skip
    finally:
        connection.close()


def differing(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """The marts that are not the same."""
    return [name for name in one | other if one.get(name) != other.get(name)]


def test_another_order_of_arrival_makes_the_same_arbitrage_books(arbitrage: Arbitrage, tmp_path: Path) -> None:
    again = arbitrage_world.tell(tmp_path, seed=1, order=2)
    assert differing(marts(arbitrage.books.settings.work_path), marts(again.books.settings.work_path)) == []


@pytest.mark.long
def test_another_order_of_arrival_makes_the_same_shops_books(shop: Shop, tmp_path: Path) -> None:
    again = shop_world.tell(tmp_path, seed=1, order=2)
    assert differing(marts(shop.books.settings.work_path), marts(again.books.settings.work_path)) == []


@pytest.mark.long
def test_another_world_is_as_exact(tmp_path: Path) -> None:
    feeds, orders = arbitrage_world.tell(tmp_path / "a", 2, 2), shop_world.tell(tmp_path / "s", 2, 2)
    for world in (feeds, orders):
        assert world.cost().off(world.of_creatives(COST)) == {}
        assert world.revenue().off(world.of_creatives(REVENUE)) == {}


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_world_ten_times_as_large_is_as_exact(seed: int, tmp_path: Path) -> None:
    world = arbitrage_world.tell(tmp_path, seed, seed, per_ad_day=30)
    assert world.cost().off(world.of_creatives(COST)) == {}
    assert world.revenue().off(world.of_creatives(REVENUE)) == {}


def test_signed_deliveries_through_the_door_make_the_same_books(tmp_path: Path) -> None:
    world = arbitrage_world.plant(seed=1, per_ad_day=1, days=SLICE_DAYS)
    items = world.bought.items + world.earned.items
    values = arbitrage_world.configured(world, tmp_path / "direct")
    books = Books(tmp_path / "direct", **values)
    by_sender: dict[str, list[Any]] = {}
    for sender, item in items:
        by_sender.setdefault(sender, []).append(item)
    tables: dict[str, Any] = values["senders"]
    with Ingest(tmp_path / "door", {name: {**table, "strict": False} for name, table in tables.items()}) as door:
        for sender, own in by_sender.items():
            books.post(*own, sender=sender, at=AS_OF)
            for _ in range(2):  # and once more, as a sender does that did not hear the answer
                answer = door.post(own[:900], sender=sender)
                assert (answer.status, answer.json["quarantined"]) == (200, 0), answer.body
    assert max(map(len, by_sender.values())) <= 900
    door.load()
    through = AnalyticsSettings(**values, data_dir=door.settings.data_dir)
    build(through.work_path, door.settings.record_path, Inputs(AS_OF, through, LATER))
    assert differing(marts(books.build(AS_OF).settings.work_path), marts(through.work_path)) == []
