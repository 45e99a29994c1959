"""This module owns the property of the history: closing + changes = now, whatever comes."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from closing import MIDNIGHT, NOON, Closing
from journeys import Item, item, journey, report, shown

DAY = timedelta(days=1)
TEXTS = [shown(name) for name in "ABC"]


def anything(chance: random.Random, number: int, day: int) -> Item:
    """One thing of a day that may be closed."""
    at = NOON + day * DAY - timedelta(minutes=chance.randrange(600))
    text, ad = chance.choice(TEXTS), str(chance.randrange(3))
    click = {"referrerAdCreative": text, "network": "facebook", "ad_id": ad, "account_id": "act_1", "campaign_id": "9"}
    order = f"t-{chance.randrange(6)}"
    return chance.choice([
        item("click", f"k{number}", at, visitor_id=f"v{chance.randrange(4)}", cost=f"0.{number % 100:02}", **click),
        item("click", f"k{number}", at, click_id=f"c{chance.randrange(4)}", **click),
        item("landing_view", f"l{number}", at, click_id=f"c{chance.randrange(4)}"),
        item("conversion", f"o{order}", at, conversion_kind="purchase", transaction_id=order, revenue_stage="estimated",
             visitor_id=f"v{chance.randrange(4)}", revenue=f"{chance.randrange(50)}.{number % 100:02}"),
        item("revenue", f"r{number}", at, transaction_id=order, revenue=f"{number}.5", revenue_stage="final"),
        item("refund", f"b{number}", at, transaction_id=order, revenue=f"{chance.randrange(5)}.01"),
        report(at.date(), f"{chance.randrange(20)}.07", ad_id=ad, campaign_id="9", clicks=chance.randrange(9),
               stated=f"{(MIDNIGHT + timedelta(minutes=number)).isoformat()}Z"),
        report(at.date(), f"{chance.randrange(90)}.03", level="campaign", campaign_id="9",
               stated=f"{(MIDNIGHT + timedelta(minutes=number)).isoformat()}Z"),
        {"type": "settlement", "day": str(at.date()), "campaign_id": "9", "revenue": f"{chance.randrange(70)}.09"},
        {"type": "ad", "network": "facebook", "account_id": "act_1", "ad_id": ad, "referrerAdCreative": text,
         "valid_from": f"{(NOON - DAY).isoformat()}Z"},
    ])  # fmt: skip


@pytest.mark.parametrize(("seed", "kind"), [(1, "shop"), pytest.param(2, "arbitrage", marks=pytest.mark.long)])
def test_closing_and_changes_are_what_is_said_now_whatever_comes(tmp_path: Path, seed: int, kind: str):
    chance, books, number = random.Random(seed), Closing(tmp_path, kind=kind), 0
    books.post(*journey("A B => 30", start=NOON - timedelta(hours=4)), at=NOON)
    books.publish_at(NOON)
    at = MIDNIGHT
    for turn in range(4):
        for _ in range(chance.randrange(1, 12)):
            number += 1
            days = (at - NOON).days  # of those that have begun
            books.post(
                anything(chance, number, chance.randrange(days + 1)), at=at - timedelta(seconds=chance.randrange(600))
            )
        if turn == 2:
            ids = dict(books.published("select creative_text, creative_id from creatives"))
            books.decide("merge", ids[TEXTS[1]], ids[TEXTS[0]])
        if turn == 3:
            books.set(attribution={"click_window_days": 3})
        books.publish_at(at)
        books.assert_adds_up()
        at += chance.choice([timedelta(minutes=7), timedelta(hours=5), DAY])
    told = dict(books.published("select causes, count(*) from restatements group by causes"))
    assert told and "unknown" not in told, told
