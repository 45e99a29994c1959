"""This module owns the promises about who counts: a step that several senders tell counts once, from one of them."""

from pathlib import Path
from typing import Any

from journeys import HOUR, START, Books, item

from analytics.verify import verify

AD = {"network": "facebook", "campaign_id": "7", "ad_id": "9"}
SENDERS: dict[str, Any] = {"senders": {"tracker": {}, "feed": {}}}


def click(identity: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    return item("click", identity, START + minutes * HOUR / 60, **AD, **more)


def counted(books: Books, *names: str) -> tuple[Any, ...]:
    return books.query(f"select {', '.join(f'sum({name})' for name in names)} from facts_daily")[0]


def test_a_click_that_two_senders_tell_counts_once_and_the_other_lends_its_text(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("c1", click_id="k1"), click("c2", click_id="k2"), sender="tracker")
    books.post(click("x1", 1, click_id="k1", referrerAdCreative="Quiet SUVs of 2026"), sender="feed")
    books.post(item("landing_view", "l1", START + HOUR, click_id="k1"), sender="feed")
    books.ready()
    assert counted(books, "clicks", "sessions") == (2, 1)
    assert books.query("select sum(clicks) from facts_daily join creatives using (creative_id)"
                       " where creative_text = 'Quiet SUVs of 2026'") == [(2,)]  # fmt: skip
    assert books.query("select corroborating_clicks from freshness") == [(1,)]
    books.publish()
    (line,) = [line for line in verify(books.settings) if "human clicks" in line.what]
    assert line.ok and line.left == line.right == "3"


def test_a_click_id_that_one_sender_tells_twice_is_two_clicks(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("c1", click_id="k1"), click("c2", 1, click_id="k1"), sender="tracker")
    assert counted(books.ready(), "clicks") == (2,)


def test_with_a_system_of_record_a_step_counts_from_it_alone(tmp_path: Path) -> None:
    steps = {"click": {"from": "tracker"}, "landing_view": {"from": "tracker"}}
    books = Books(tmp_path, steps=steps, **SENDERS)
    books.post(click("x1", click_id="k1", visitor_id="v"), click("x2"), sender="feed")
    books.post(item("landing_view", "l1", START + HOUR, click_id="k1"), sender="feed")
    books.post(click("c1", 1, click_id="k1", visitor_id="v"), sender="tracker")
    books.post(
        item("conversion", "o1", START + 2 * HOUR, visitor_id="v", revenue="5", transaction_id="t"), sender="shop"
    )
    books.ready()
    assert counted(books, "clicks", "landing_views", "sessions", "conversions") == (1, 0, 0, 1)
    assert books.query("select distinct sender, id from credit_touches") == [("tracker", "c1")]
    assert books.query("select corroborating_clicks from freshness") == [(2,)]


def test_orders_of_shop_payment_and_pixel_count_once_under_a_system_of_record(tmp_path: Path) -> None:
    def told(folder: str, **settings: Any) -> tuple[Any, ...]:
        books = Books(tmp_path / folder, **settings)
        for sender, transaction, revenue in (
            ("pixel", "1001", "31"),
            ("shop", "gid/1001", "30"),
            ("payments", "pi_9", "30"),
        ):
            books.post(item("conversion", f"{sender}-1", START, conversion_kind="purchase", transaction_id=transaction,
                            revenue=revenue), sender=sender)  # fmt: skip
        return counted(books.ready(), "conversions", "revenue_settled")

    assert told("record", senders={"shop": {}}, conversions={"purchase": {"from": "shop"}}) == (1, 30)
    assert told("none") == (3, 91)  # nothing says that they are one
