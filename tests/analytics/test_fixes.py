"""This module owns the promises of `next_fixes`: each problem in a sentence, the most urgent first, and in `status`."""

import string
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import START, Books, Item, item, report

from analytics.causes import TIERS, causes, why_of
from analytics.status.health import status
from analytics.version.about import NOTHING_TO_FIX
from ingest.rejection import REASONS, REFUSALS

FIELDS = {"money", "revenue", "cost", "amount", "items", "days", "sender", "sample", "detail", "why", "parts"}
AD = {"network": "facebook", "account_id": "act_1", "campaign_id": "c1"}
AS_OF = START + timedelta(days=3)


def click(name: str, text: str | None, days: int = 0, **more: Any) -> Item:
    at = START + timedelta(days=days)
    return item("click", name, at, **{"click_id": name, "referrerAdCreative": text, **AD, **more})


def sale(name: str, revenue: str, days: int = 0) -> Item:
    at = START + timedelta(days=days, hours=1)
    return item("conversion", f"o-{name}", at, click_id=name, revenue=revenue, conversion_kind="purchase")


def built(folder: Path, *items: Item, sender: str = "tonic", **more: Any) -> Books:
    books = Books(folder, timezone="UTC", **more)
    books.post(*items, sender=sender, at=START + timedelta(days=2))
    return books.ready(AS_OF)


def fixes(books: Books, columns: str) -> list[tuple[Any, ...]]:
    return books.query(f"select {columns} from next_fixes order by rank")


def macros(*days: int) -> list[Item]:
    """Money behind a macro that nobody filled in, on these days."""
    return [each for day in days for each in (click(f"m{day}", "{{ad.name}}", day), sale(f"m{day}", "400.40", day))]


def test_revenue_without_a_text_names_the_macro_the_days_and_what_to_do(tmp_path: Path) -> None:
    books = built(tmp_path, *macros(0, 1))
    (first, *_) = fixes(books, "kind, detail, who, days, items, revenue, sentence")
    assert first == (
        "unattributable", "text_unresolved_macro", "tonic", 2, 2, Decimal("800.80"),
        "800.80 of revenue from `tonic` on 2 days has no ad text, because `{{ad.name}}` was not filled in.",
    )  # fmt: skip
    assert fixes(books, "action")[0][0].startswith("Put the ad's text into the tracking link")


def test_more_money_comes_first_and_what_may_be_as_it_should_comes_last(tmp_path: Path) -> None:
    books = built(
        tmp_path, *macros(0), click("h", "Learn More"), sale("h", "900"), click("bot", "A text", traffic="review"),
        sale("bot", "5000"), report(START.date(), "50", "campaign", **AD),
    )  # fmt: skip
    assert fixes(books, "rank, detail")[:3] == [
        (1, "text_placeholder"), (2, "text_unresolved_macro"), (3, "campaign_only"),
    ]  # fmt: skip
    assert fixes(books, "kind, detail")[-1] == ("non_human", "review")


def test_what_hits_a_tenth_of_a_senders_items_comes_before_any_money(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC")
    books.post(*macros(0), sender="tonic", at=START + timedelta(days=2))
    books.post(click("a", "A text"), sender="track", at=START + timedelta(days=2))
    books.post(click("a", "Another"), sender="track", at=START + timedelta(days=2))
    ((kind, detail, sentence), *_) = fixes(books.ready(AS_OF), "kind, detail, sentence")
    assert (kind, detail) == ("in_quarantine", "id_conflict")
    assert REASONS["id_conflict"] in sentence and "`track`" in sentence


def test_the_order_is_by_the_money_at_stake_and_what_may_be_right_has_none_at_stake(tmp_path: Path) -> None:
    order = item("conversion", "o2", START, conversion_kind="purchase", revenue="70", currency="CHF")
    books = built(
        tmp_path, *macros(0), order, click("bot", "A text", traffic="review"), sale("bot", "5000"),
        report(START.date(), "500", "campaign", **AD),
    )  # fmt: skip
    told = fixes(books, "kind, at_stake, revenue + cost")
    stakes = [at_stake for _, at_stake, _ in told]
    assert stakes == sorted(stakes, reverse=True) and stakes[:2] == [Decimal(500), Decimal("400.40")]
    assert {kind: (at_stake, money) for kind, at_stake, money in told}["non_human"] == (0, 5000)


def test_what_has_one_cause_at_one_sender_is_one_problem_that_names_its_parts(tmp_path: Path) -> None:
    unfilled = {"adset_id": "{{adset.id}}", "campaign_id": "{{campaign.id}}"}
    bots = [click(f"b{n}", "A text", traffic="review" if n else "suspect") for n in range(3)]
    books = built(tmp_path, click("u1", "A text", **unfilled), click("u2", "A text", adset_id="{{adset.id}}"), *bots)
    told = {kind: rest for kind, *rest in fixes(books, "kind, detail, items, sentence")}
    assert len(told) == len(fixes(books, "kind"))
    assert told["unfilled_id"] == ["adset_id, campaign_id", 2, "Items of `tonic` came on 1 day with a macro or a "
                                   "placeholder as adset_id (2) and campaign_id (1)."]  # fmt: skip
    # Who comes by a link with its macros left in is a reviewer, too; classes of traffic add up.
    assert told["non_human"][:2] == ["review, suspect", 5] and "4 review and 1 suspect" in told["non_human"][2]


def test_what_an_ad_account_claims_is_one_problem_of_its_network_and_no_money_at_stake(tmp_path: Path) -> None:
    claim = report(START.date(), "5", **AD, ad_id="1", platform_conversions=3, platform_revenue="45")
    books = built(tmp_path, click("a", "A text", ad_id="1"), sale("a", "30"), claim)
    (told,) = [row for row in fixes(books, "kind, who, items, revenue, at_stake, sentence") if row[0] == "claimed"]
    assert told == ("claimed", "facebook", 2, 15, 0, "The ad account of `facebook` claims 15.00 of revenue and "
                    "2 conversions more or less, on 1 day, than followed its clicks here.")  # fmt: skip


def test_history_that_was_brought_in_is_not_late(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC")
    books.post(click("a", "A text"), sale("a", "3"), sender="tonic", at=START + timedelta(days=20))
    assert ("late",) not in fixes(books.ready(START + timedelta(days=21)), "kind")
    books.post(click("b", "A text", 21), sender="tonic", at=START + timedelta(days=21, hours=2))
    books.post(sale("b", "4", 21), sender="tonic", at=START + timedelta(days=40))
    assert ("late",) in fixes(books.ready(START + timedelta(days=41)), "kind")


def test_what_is_older_than_four_weeks_is_not_told_again(tmp_path: Path) -> None:
    books = built(tmp_path, *macros(0))
    assert any(kind == "unattributable" for (kind,) in fixes(books, "kind"))
    books.ready(START + timedelta(days=27))
    assert any(kind == "unattributable" for (kind,) in fixes(books, "kind"))
    books.ready(START + timedelta(days=28))
    assert fixes(books, "kind") == []


def test_a_hostile_text_in_a_sentence_is_short_and_commands_no_terminal(tmp_path: Path) -> None:
    hostile = "{{ad.name\u202e\u001b[31m" + "x" * 100 + "}}"
    books = built(tmp_path, click("m", hostile), sale("m", "3"))
    sentences = " ".join(sentence for (sentence,) in fixes(books, "sentence"))
    assert "has no ad text" in sentences and sentences.isprintable()
    assert "x" * 50 not in sentences


@pytest.mark.parametrize("cause", causes().values(), ids=lambda cause: f"{cause.kind}, {cause.detail}")
def test_every_cause_is_a_sentence_with_something_to_do(cause: Any) -> None:
    named = {name for _, name, _, _ in string.Formatter().parse(cause.sentence) if name}
    assert named <= FIELDS and "sender" in named
    assert cause.tier in TIERS and cause.action.strip()
    assert cause.sentence.endswith((".", "{why}"))
    assert bool(cause.together) == bool(cause.part) == ("{parts}" in cause.sentence)


def test_every_code_of_the_door_has_words() -> None:
    assert all(why_of(code) for code in (*REFUSALS, *REASONS))
    assert why_of("text_missing") == ""


def test_status_shows_what_to_fix_next(tmp_path: Path) -> None:
    books = built(tmp_path, *macros(0))
    books.publish(AS_OF)
    (line,) = [each for each in status(books.settings, AS_OF) if each.what == "fix next"]
    assert line.ok and line.detail.startswith("400.40 of revenue from `tonic` on 1 day has no ad text")


def test_status_says_that_there_is_nothing_to_fix(tmp_path: Path) -> None:
    books = built(tmp_path, click("a", "A text"), sale("a", "3"))
    books.publish(AS_OF)
    assert [each.detail for each in status(books.settings, AS_OF) if each.what == "fix next"] == [NOTHING_TO_FIX]
