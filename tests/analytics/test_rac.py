"""This module owns the promises of the ad-text marts: the evidence per ad, the feed's rulings, the money per status."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import FIRST_ARRIVAL, START, Books, Item, item, report, shown

from ingest.creative import identify, variant_id

FULL = "Quiet SUVs of 2026: the new electric models nobody told you about. See prices near you."
CUT, WORDS, OTHER = FULL[:61], "Quiet SUVs of 2026", "Cruises for over-60s"


def click(identity: str, text: str | None, ad: str | None, days: float = 0, kind: str = "click", **more: Any) -> Item:
    fields = {"network": "facebook", "account_id": "act_1", "ad_id": ad, "referrerAdCreative": text}
    return item(kind, identity, START + timedelta(days=days), **(fields | more))


def ruling(ad: str, status: str, days: float = 0, **more: Any) -> Item:
    """A feed's compliance callback: an `ad` statement without a text."""
    said = {"compliance_status": status, "compliance_explanation": f"it is {status}", "compliance_checked_at": "1736"}
    fields = {"type": "ad", "ad_id": ad, "network": "facebook", "properties": said}
    return fields | {"occurred_at": f"{(START + timedelta(days=days)).isoformat()}Z"} | more


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Ads in every state."""
    books = Books(tmp_path_factory.mktemp("rac"), kind="arbitrage")
    books.post(
        click("1", CUT, "cut", days=1), click("2", FULL, "cut", days=3), click("3", FULL, "cut", days=4),
        click("4", FULL, "late"), click("5", WORDS, "late", days=1),
        click("6", OTHER, "fine", term="cruise"), click("7", OTHER, "fine", traffic="review"),
        click("8", "Learn More", "fine", days=2),
        click("9", "Used SUV", "terms", term="used suv"), click("10", "Used SUV", "terms", term="USED SUV"),
        click("11", None, "silent"), click("12", None, "silent", kind="landing_view"),
        click("13", None, "silent", kind="search_click"), click("14", "Test text", "fine", traffic="test"),
        click("15", "No ad", None), click("16", "us_suv_v3_1080x1080", "named"),
    )  # fmt: skip
    books.post(
        {"type": "ad", "network": "facebook", "account_id": "act_1", "ad_id": "posted", "referrerAdCreative": FULL},
        sender="catalogue",
    )
    books.post(
        ruling("cut", "allowed", days=2), ruling("cut", "Declined", days=5), ruling("cut", "allowed", days=4),
        ruling("unseen", "declined"), ruling("silent", "declined", network=None), ruling("fine", "allowed"),
        sender="feed",
    )  # fmt: skip
    return books.ready()


def evidence(books: Books, ad: str | None, text: str | None, columns: str) -> tuple[Any, ...]:
    variant = variant_id(text) if text else None
    (row,) = books.query(
        f"select {columns} from rac_compliance where ad_id is not distinct from $1"
        " and variant_id is not distinct from $2", ad, variant,
    )  # fmt: skip
    return row


WHOLE = "status, truncated, shorter_than_known_text, equals_terms, longest_known_then, complete"


@pytest.mark.parametrize(
    ("why", "ad", "text", "expect"),
    [
        ("the whole text", "cut", FULL, ("ok", False, False, False, True, True)),
        ("cut, and the whole one came later", "cut", CUT, ("ok", True, True, False, True, False)),
        ("a headline after the whole text", "late", WORDS, ("ok", False, True, False, False, False)),
        ("another text", "fine", OTHER, ("ok", False, False, False, True, True)),
        ("a placeholder", "fine", "Learn More", ("placeholder", False, False, False, None, False)),
        ("the search term", "terms", "Used SUV", ("ok", False, False, True, True, False)),
        ("an ad's name", "named", "us_suv_v3_1080x1080", ("ok", False, False, False, True, False)),
        ("no text", "silent", None, ("missing", False, False, False, None, False)),
        ("no ad", None, "No ad", ("ok", False, False, False, None, True)),
        ("posted, not sent", "posted", FULL, ("ok", False, False, False, True, True)),
        ("ruled on, not seen", "unseen", None, ("missing", False, False, False, None, False)),
    ],
)
def test_the_evidence_says_whether_a_text_was_the_whole_one(
    books: Books, why: str, ad: str | None, text: str | None, expect: tuple[Any, ...]
) -> None:
    assert evidence(books, ad, text, WHOLE) == expect


def test_the_evidence_says_what_was_sent_when_by_whom_and_what_it_counts_as(books: Books) -> None:
    found = evidence(books, "cut", FULL, "creative_raw, creative_text, first_seen, last_seen, interactions, senders")
    assert found == (FULL, FULL, START + timedelta(days=3), START + timedelta(days=4), 2, ["shop"])
    assert evidence(books, "cut", CUT, "creative_id, longest_text") == (identify(FULL).creative_id, FULL)


def test_bots_stand_apart_and_tests_stand_nowhere(books: Books) -> None:
    assert evidence(books, "fine", OTHER, "interactions, non_human") == (1, 1)
    assert books.query("select count(*) from rac_compliance where creative_raw = 'Test text'") == [(0,)]


def test_visits_without_a_text_are_evidence_and_what_follows_a_visit_is_not(books: Books) -> None:
    assert evidence(books, "silent", None, "interactions, creative_id") == (2, None)


def test_an_ad_with_texts_has_no_row_without_one_because_of_a_ruling(books: Books) -> None:
    assert books.query("select count(*) from rac_compliance where ad_id = 'cut'") == [(2,)]


def test_the_newest_ruling_stands_beside_every_text_of_its_ad(books: Books) -> None:
    columns = "compliance_status, compliance_explanation, compliance_checked_at, compliance_sender"
    newest = ("declined", "it is Declined", "1736", "feed")
    assert evidence(books, "cut", FULL, columns) == evidence(books, "cut", CUT, columns) == newest
    assert evidence(books, "silent", None, "compliance_status") == ("declined",)
    assert evidence(books, "unseen", None, "compliance_status, interactions") == ("declined", 0)
    assert evidence(books, "terms", "Used SUV", "compliance_status") == (None,)


@pytest.fixture(params=["before", "after", "amid"])
def ruled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Books, Books]]:
    """The same books without and with rulings on the ad; its texts are posted from day 1 and from day 4 on."""
    days = {"before": 0.0, "after": 9.0, "amid": 2.0}[request.param]
    pair = []
    for name in ("without", "with"):
        books = Books(tmp_path / name)
        for day, text in ((1, "A"), (4, "B")):
            since = f"{(START + timedelta(days=day)).date()}T00:00:00Z"
            fields = {"network": "facebook", "account_id": "act_1", "ad_id": "7", "valid_from": since}
            books.post({"type": "ad", "referrerAdCreative": shown(text), **fields})
        fields = {"type": "ad", "network": "facebook", "account_id": "act_1", "ad_id": "8"}
        books.post(fields | {"referrerAdCreative": shown("C")})  # without a day, as rulings come
        if name == "with":  # stated later than the catalogue, as rulings are
            since = {"valid_from": f"{(START + timedelta(days=days)).isoformat()}Z"}
            plain = [ruling(ad, "declined", account_id="act_1") | {"occurred_at": None} for ad in ("7", "8")]
            plain += [each | {"account_id": "feeds-own", "campaign_id": "140"} for each in plain]
            books.post(*plain, *(each | since for each in plain), sender="feed")
            books.post(*plain, *(each | since for each in plain))  # and by the sender of the catalogue itself
        week = [(ad, day) for ad in ("7", "8") for day in range(7)]
        clicks = [click(f"{ad}-{day}", None, ad, days=day, account_id=None) for ad, day in week]
        reports = [report((START + timedelta(days=day)).date(), "1", ad_id=ad) for ad, day in week]
        books.post(*clicks, *reports, at=FIRST_ARRIVAL + timedelta(minutes=1))
        pair.append(books.ready())
    yield pair[0], pair[1]


def test_a_ruling_changes_neither_what_is_known_of_an_ad_nor_any_ladder(ruled: tuple[Books, Books]) -> None:
    without, with_rulings = ruled
    for table in ("ads_known", "ad_day_texts", "identified", "creative_daily", "creatives"):
        assert with_rulings.query(f"from {table} order by all") == without.query(f"from {table} order by all"), table
    texts = with_rulings.query("select distinct creative_text from creatives order by 1")
    assert [text for (text,) in texts] == ["Ad 7", "Ad A of v", "Ad B of v", "Ad C of v"]


def test_the_health_of_texts_shows_the_money_behind_each_status(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(
        click("1", OTHER, "7", click_id="c1", cost="0.10"), click("2", "{{ad.name}}", "7", click_id="c2", cost="0.20"),
        click("3", None, "7", click_id="c3"), click("4", "{{ad.name}}", "7", traffic="review", cost="9"),
    )  # fmt: skip
    orders = [("1", "c1", "30"), ("2", "c2", "5"), ("3", None, "7")]
    books.post(
        *(item("conversion", f"o{n}", click_id=c, revenue=r, conversion_kind="purchase") for n, c, r in orders),
        sender="till",
    )
    books.ready()
    found = books.query("select sender, status, interactions, revenue, cost from rac_health order by sender, status")
    assert [(s, status, n, float(revenue), float(cost)) for s, status, n, revenue, cost in found] == [
        ("shop", "missing", 1, 0, 0), ("shop", "non_human", 0, 0, 9), ("shop", "ok", 1, 0, 0.1),
        ("shop", "unresolved_macro", 1, 0, 0.2),
        ("till", "missing", 3, 7, 0), ("till", "ok", 0, 30, 0), ("till", "unresolved_macro", 0, 5, 0),
    ]  # fmt: skip
    assert books.query("select sum(revenue) from rac_health") == [(Decimal("42.000000"),)]
