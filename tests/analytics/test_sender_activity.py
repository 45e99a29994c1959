"""This module owns the promise that every sender says when it last delivered, how much, and how much is usual."""

from datetime import timedelta
from pathlib import Path

from journeys import NOW, Books, item, report

HOUR = timedelta(hours=1)
ASKED = "select {} from sender_activity where sender = ?"


def books_of(folder: Path) -> Books:
    return Books(folder, senders={"shop": {}, "silent": {}, "costs": {"profile": "spend_csv"}})


def test_a_sender_says_when_it_last_delivered_and_what_it_told(tmp_path: Path) -> None:
    books = books_of(tmp_path)
    books.post(item("click", "c1", NOW - 30 * HOUR), item("click", "c2", NOW - 30 * HOUR), at=NOW - 29 * HOUR)
    books.post(item("click", "c3", NOW - 2 * HOUR), at=NOW - HOUR / 2)
    books.post(item("click", "c3", NOW - 2 * HOUR), at=NOW - HOUR / 4)  # the same again
    books.post(report((NOW - 24 * HOUR).date(), "3", ad_id="a1"), sender="costs", at=NOW - 5 * HOUR)
    books.ready()
    said = "last_delivery, last_event, items_last_hour, items_last_day, items_day_before, items, accepted, duplicates"
    assert books.query(ASKED.format(said), "shop") == [
        (NOW - HOUR / 2, NOW - 2 * HOUR, 1, 1, 2, 4, 3, 1)
    ]  # fmt: skip
    assert books.query(ASKED.format("profile, last_delivery, last_event, items_last_day"), "costs") == [
        ("spend_csv", NOW - 5 * HOUR, None, 1)
    ]


def test_a_sender_that_never_delivered_and_one_that_is_not_configured_stand_there(tmp_path: Path) -> None:
    books = books_of(tmp_path)
    books.post(item("click", "c1", NOW), sender="former", at=NOW)
    books.refuse("stranger", "signature_wrong")
    books.ready()
    said = "sender, profile, deliveries, refused, last_delivery is null"
    assert books.query(f"select {said} from sender_activity order by 1") == [
        ("costs", "spend_csv", 0, 0, True), ("former", None, 1, 0, False), ("shop", "standard", 0, 0, True),
        ("silent", "standard", 0, 0, True), ("stranger", None, 0, 1, True),
    ]  # fmt: skip


def test_what_is_usual_is_the_median_of_the_days_on_which_anybody_delivered(tmp_path: Path) -> None:
    books = books_of(tmp_path)
    for back, count in ((6, 9), (5, 2), (4, 4), (2, 6), (1, 100)):
        at = NOW - 3 * HOUR - timedelta(days=back)
        books.post(*(item("click", f"c{back}-{n}", at) for n in range(count)), at=at)
    books.post(report((NOW - 3 * 24 * HOUR).date(), "3", ad_id="a1"), sender="costs", at=NOW - 3 * 24 * HOUR)
    books.ready()
    # The first day is left out: nobody knows when on it the sender began. Three days ago it was silent, and costs not.
    assert books.query(ASKED.format("usual_day_items, days"), "shop") == [(4.0, 5)]
    assert books.query(ASKED.format("usual_day_items, days"), "costs") == [(None, 1)]
