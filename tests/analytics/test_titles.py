"""This module owns the promise about ads without a text: titled by their newest name, and by the text once it comes."""

from datetime import timedelta
from pathlib import Path

import duckdb
from journeys import NOW, START, Books, item, report

from ingest.creative import ad_identity, identify

DAY = START.date()
AD = {"network": "facebook", "account_id": "act_1", "campaign_id": "7", "ad_id": "9"}
TEXT = "Quiet SUVs of 2026"
OWN, OF_TEXT = ad_identity("facebook", "act_1", "9"), identify(TEXT).creative_id


def published(books: Books) -> list[tuple[str, str, str, int, int]]:
    """What the published file says of every creative: id, title, rung, clicks and cost."""
    books.ready()
    books.publish(NOW)
    connection = duckdb.connect(str(books.settings.published_link.resolve()), read_only=True)
    try:
        return connection.execute(
            "select creative_id, creative_text, identity_by, sum(clicks)::int, sum(cost_direct)::int"
            " from creatives join facts_daily using (creative_id) group by all order by all"
        ).fetchall()
    finally:
        connection.close()


def posted(tmp_path: Path) -> Books:
    books = Books(tmp_path)
    books.post(item("click", "c1", START, **AD), item("click", "c2", START + timedelta(days=3), **AD))
    books.post(report(DAY, "4", ad_name="blankets v3", stated="2026-11-20T08:00:00Z", **AD))
    books.post(report(DAY + timedelta(days=1), "4", ad_name="blankets v2", stated="2026-11-21T08:00:00Z", **AD))
    return books


def test_an_ad_without_a_text_has_its_newest_name(tmp_path: Path) -> None:
    books = posted(tmp_path)
    assert published(books) == [(OWN, "blankets v2", "ad", 2, 8)]
    books.post({"type": "ad", "ad_name": "blankets, final", "occurred_at": "2026-11-22T08:00:00Z", **AD})
    books.post(report(DAY, "4", ad_name="{{ad.name}}", stated="2026-11-23T08:00:00Z", **AD))
    assert published(books) == [(OWN, "blankets, final", "ad", 2, 8)]


def test_a_text_that_is_seen_later_makes_the_ads_history_its_own(tmp_path: Path) -> None:
    books = posted(tmp_path)
    assert published(books) == [(OWN, "blankets v2", "ad", 2, 8)]
    books.post(item("click", "c3", START + timedelta(days=9), referrerAdCreative=TEXT, **AD))
    assert published(books) == [(OF_TEXT, TEXT, "text", 3, 8)]


def test_a_text_that_is_posted_makes_the_ads_history_from_its_first_day_its_own(tmp_path: Path) -> None:
    books = posted(tmp_path)
    assert published(books) == [(OWN, "blankets v2", "ad", 2, 8)]
    since = {"valid_from": f"{DAY + timedelta(days=1)}T00:00:00Z", "referrerAdCreative": TEXT}
    books.post({"type": "ad", "occurred_at": "2026-11-22T08:00:00Z", **since, **AD})
    assert published(books) == [(OWN, "blankets v2", "ad", 1, 4), (OF_TEXT, TEXT, "ad_text", 1, 4)]
    books.post({"type": "ad", "occurred_at": "2026-11-22T09:00:00Z", "referrerAdCreative": TEXT, **AD})
    assert published(books) == [(OF_TEXT, TEXT, "ad_text", 2, 8)]
