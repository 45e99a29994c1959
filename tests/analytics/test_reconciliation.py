"""This module owns the promises of `reconciliation`: every gap has its parts, and the page's example is true."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from journeys import Books, Item, item, report
from running import ROOT

DAY = datetime(2026, 9, 14)  # noqa: DTZ001 (stored times are naive UTC)
AD = {"network": "facebook", "account_id": "act_9", "campaign_id": "2384", "ad_id": "1202"}
SENDERS = {
    "ads": {"timezone": "America/Los_Angeles"},
    "tonic": {"profile": "tonic", "timezone": "UTC", "auth": "none"},
    "track": {},
    "shop": {},
}
PARTS = (
    "part_time_zone", "part_non_human", "part_no_identity", "part_late", "part_not_settled", "part_duplicates",
    "part_other_currency", "part_claimed", "part_unexplained",
)  # fmt: skip
COLUMNS = ("against", "platform_said", "feed_said", "tracker_said", "observed", "gap", *PARTS)


def clicks(name: str, count: int, hours: float, **more: Any) -> list[Item]:
    """So many clicks on the ad, that many hours into the day."""
    fields = {**AD, "referrerAdCreative": "Quiet SUVs of 2026", **more}
    at = DAY + timedelta(hours=hours)
    return [item("click", f"{name}{n}", at, **{"click_id": f"{name}{n}", **fields}) for n in range(count)]


def earned(name: str, revenue: str, country: str, hours: float = 12, **more: Any) -> list[Item]:
    """A click, and the feed's estimate of the ad click that followed."""
    at = DAY + timedelta(hours=hours + 0.1)
    goal = {"click_id": f"{name}0", "revenue": revenue, "revenue_stage": "estimated", "country": country}
    return [*clicks(name, 1, hours, country=country), item("ad_click", f"m-{name}", at, **goal | more)]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The world of docs/reconciliation.md."""
    books = Books(tmp_path_factory.mktemp("example"), kind="arbitrage", timezone="UTC", senders=SENDERS)
    books.post(
        *clicks("noon", 6, 12), *clicks("small-hours", 2, 3), *clicks("next-day", 3, 28), *clicks("last", 1, 30),
        *clicks("bot", 1, 12.5, traffic="review"), *clicks("lost", 1, 13, campaign_id=None, ad_id=None),
        sender="track",
    )  # fmt: skip
    books.post(*clicks("again", 1, 12, click_id="noon0"), sender="tonic")
    books.post(
        report(DAY.date(), "12.00", stated="2026-09-15T05:00:00Z", clicks=12, **AD),
        sender="ads",
    )
    return books.ready()


def rows(books: Books, measure: str, **where: Any) -> list[dict[str, Any]]:
    found = books.query(
        f"select day, network, campaign_id, {', '.join(COLUMNS)} from reconciliation where measure = $1 order by all",
        measure,
    )
    told = [dict(zip(("day", "network", "campaign_id", *COLUMNS), row, strict=True)) for row in found]
    return [row for row in told if all(row[name] == value for name, value in where.items())]


def parts(row: dict[str, Any]) -> dict[str, Decimal]:
    """The parts that are not zero."""
    return {name.removeprefix("part_"): row[name] for name in PARTS if row[name]}


def test_the_example_of_the_page_is_what_a_build_gives(example: Books) -> None:
    page = (ROOT / "docs" / "reconciliation.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \| (-?[\d.]+) \|", page, re.MULTILINE)
    (row,) = rows(example, "clicks", campaign_id="2384", day=DAY.date())
    assert len(table) == 4 + len(PARTS) - 1
    assert {name: row[name] for name, _ in table} == {name: Decimal(value) for name, value in table}
    assert row["against"] == "platform"


def test_a_click_without_a_campaign_is_in_nobodys_row_and_still_in_the_accounts_sum(example: Books) -> None:
    (row,) = rows(example, "clicks", campaign_id=None)
    assert (row["observed"], row["gap"], parts(row)) == (1, -1, {"no_identity": -1})
    assert sum(row["gap"] for row in rows(example, "clicks", day=DAY.date())) == 12 - 9


def test_a_day_that_no_platform_speaks_of_is_held_against_the_trackers(example: Books) -> None:
    (row,) = rows(example, "clicks", day=(DAY + timedelta(days=1)).date())
    assert (row["against"], row["tracker_said"], row["observed"], row["gap"]) == ("tracker", 4, 4, 0)


def test_what_bots_and_second_tellers_told_is_the_gap_to_the_trackers(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage", timezone="UTC", senders=SENDERS)
    books.post(*clicks("a", 3, 12), *clicks("bot", 2, 12, traffic="suspect"), *clicks("t", 4, 12, traffic="test"),
               sender="track")  # fmt: skip
    books.post(*clicks("z", 1, 12, click_id="a0"), sender="track")
    (row,) = rows(books.ready(), "clicks")
    assert (row["tracker_said"], row["observed"], row["gap"], parts(row)) == (6, 4, 2, {"non_human": 2})


def test_money_that_no_settlement_covers_is_not_settled(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage", timezone="UTC", senders=SENDERS)
    books.post(*earned("us", "1.00", "US"), *earned("ca", "0.50", "CA"), sender="tonic")
    books.post({"type": "settlement", "day": str(DAY.date()), "country": "US", "revenue": "0.90"}, sender="tonic")
    (row,) = rows(books.ready(), "revenue")
    assert (row["against"], row["feed_said"], row["observed"]) == ("feed", Decimal("0.9"), Decimal("1.4"))
    assert parts(row) == {"not_settled": Decimal("-0.5")}


def test_settled_money_of_no_goal_names_no_place(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage", timezone="UTC", senders=SENDERS)
    books.post({"type": "settlement", "day": str(DAY.date()), "country": "US", "revenue": "0.90"}, sender="tonic")
    (row,) = rows(books.ready(), "revenue")
    assert (row["feed_said"], row["observed"], row["gap"]) == (Decimal("0.9"), Decimal("0.9"), 0)


def test_click_costs_of_an_ad_that_is_not_reported_are_not_settled(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC", senders=SENDERS)
    books.post(*clicks("a", 2, 12, ad_id="1203", cost="0.10"), *clicks("b", 1, 12, cost="9"), sender="track")
    books.post(report(DAY.date(), "12.00", **AD), sender="ads")
    (row,) = rows(books.ready(), "spend")
    assert (row["platform_said"], row["tracker_said"], row["observed"]) == (12, Decimal("9.2"), Decimal("12.2"))
    assert parts(row) == {"not_settled": Decimal("-0.2")}


def test_an_order_that_two_senders_tell_is_a_duplicate_of_what_they_told(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC", senders=SENDERS, conversions={"purchase": {"from": "shop"}})
    order = {"conversion_kind": "purchase", "transaction_id": "t1", "revenue": "30", "click_id": "a0"}
    books.post(*clicks("a", 1, 12), sender="track")
    books.post(item("conversion", "o1", DAY + timedelta(hours=13), **order), sender="shop")
    books.post(item("conversion", "p1", DAY + timedelta(hours=13), **order), sender="track")
    books.post(item("refund", "r1", DAY + timedelta(hours=20), transaction_id="t1", revenue="10"), sender="till")
    books.ready()
    (money,), (goals,) = rows(books, "revenue"), rows(books, "conversions")
    assert (money["tracker_said"], money["observed"], parts(money)) == (50, 20, {"duplicates": Decimal(30)})
    assert (goals["tracker_said"], goals["observed"], parts(goals)) == (2, 1, {"duplicates": Decimal(1)})


def test_what_a_platform_claims_is_held_against_what_the_shop_took(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC", senders=SENDERS)
    order = {"conversion_kind": "purchase", "transaction_id": "t1", "revenue": "30", "click_id": "a0"}
    books.post(*clicks("a", 1, 12), item("conversion", "o1", DAY + timedelta(hours=13), **order), sender="track")
    claim = {"platform_conversions": 2, "platform_revenue": "45", "clicks": 1}
    books.post(report(DAY.date(), "5", stated="2026-09-16T00:00:00Z", **AD, **claim), sender="ads")
    books.ready()
    (money,), (goals,) = rows(books, "revenue"), rows(books, "conversions")
    assert (money["against"], money["gap"], parts(money)) == ("platform", 15, {"claimed": Decimal(15)})
    assert (goals["against"], goals["gap"], parts(goals)) == ("platform", 1, {"claimed": Decimal(1)})


def test_an_account_that_no_report_ever_names_is_held_against_the_trackers(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="UTC", senders=SENDERS)
    order = {"conversion_kind": "purchase", "transaction_id": "t1", "revenue": "30"}
    books.post(
        *clicks("a", 2, 12), *clicks("silent", 1, 12, campaign_id="2385", ad_id="1203"),
        *clicks("other", 3, 12, account_id="act_10", campaign_id="77", ad_id="1299"),
        item("conversion", "o1", DAY + timedelta(hours=13), click_id="other0", **order), sender="track",
    )  # fmt: skip
    claim = {"platform_conversions": 2, "platform_revenue": "45", "clicks": 2}
    books.post(report(DAY.date(), "5", stated="2026-09-16T00:00:00Z", **AD, **claim), sender="ads")
    books.ready()
    (silent,), (other,) = (rows(books, "clicks", campaign_id=each) for each in ("2385", "77"))
    assert (silent["against"], silent["gap"]) == ("platform", -1), "of its own account the reports' silence counts"
    assert (other["against"], other["tracker_said"], other["observed"], other["gap"]) == ("tracker", 3, 3, 0)
    (money,) = rows(books, "revenue", campaign_id="77")
    assert (money["against"], money["observed"], parts(money)) == ("tracker", 30, {})
    books.post(report(DAY.date(), "5", account_id="act_10", campaign_id="77", ad_id="1299", network="facebook",
                      stated="2026-09-16T01:00:00Z", clicks=4), sender="ads")  # fmt: skip
    books.ready()
    (other,) = rows(books, "clicks", campaign_id="77")
    assert (other["against"], other["gap"]) == ("platform", 1), "from its first report on it is held against them"


hours = st.integers(-30, 60)
told = st.fixed_dictionaries({
    "what": st.sampled_from(["click", "click", "click", "conversion", "revenue", "refund"]), "hours": hours,
    "click": st.integers(0, 8), "sender": st.sampled_from(["track", "tonic", "shop"]),
    "campaign_id": st.sampled_from(["1", "2", None]), "network": st.sampled_from(["facebook", "taboola", None]),
    "traffic": st.sampled_from(["human", "human", "review", "test"]), "money": st.integers(0, 900),
    "currency": st.sampled_from(["USD", "USD", "EUR"]),
})  # fmt: skip
said = st.fixed_dictionaries({
    "day": st.integers(-1, 1), "campaign_id": st.sampled_from(["1", "2"]), "hours": hours, "count": st.integers(0, 9),
    "network": st.sampled_from(["facebook", "taboola"]), "level": st.sampled_from(["ad", "campaign"]),
})  # fmt: skip
settled = st.fixed_dictionaries({"day": st.integers(-1, 1), "campaign_id": st.sampled_from(["1", "2", None]),
                                 "money": st.integers(0, 900)})  # fmt: skip


@settings(
    max_examples=3, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(told, min_size=30, max_size=60), st.lists(said, max_size=12), st.lists(settled, max_size=6))
def test_in_any_world_every_gap_is_the_sum_of_its_parts_and_what_is_observed_is_in_the_facts(
    tmp_path_factory: pytest.TempPathFactory, events: list[Any], reports: list[Any], settlements: list[Any]
) -> None:
    kind = "arbitrage" if len(events) % 2 else "shop"
    books = Books(tmp_path_factory.mktemp("any"), kind=kind, timezone="UTC", senders=SENDERS | {"shop": {}})
    for number, event in enumerate(events):
        books.post(told_item(number, event), sender=event["sender"])
    for each in reports:
        books.post(said_item(each), sender="ads")
    for each in settlements:
        books.post(settled_item(each), sender="tonic")
    books.ready()  # its checks hold the same; here it is added up apart from them
    total = " + ".join(PARTS)
    assert books.query(f"select * from reconciliation where gap <> {total}") == []
    stated = sum(each["count"] for each in newest(reports) if each["level"] == "ad")
    counted = books.query("select coalesce(sum(platform_said), 0) from reconciliation where measure = 'clicks'")[0][0]
    assert counted >= stated
    for measure, column in (("clicks", "clicks"), ("spend", "cost_direct + cost_allocated")):
        assert books.query(f"select coalesce(sum({column}), 0) from facts_daily") == books.query(
            "select coalesce(sum(observed), 0) from reconciliation where measure = $1", measure
        )


def told_item(number: int, event: dict[str, Any]) -> Item:
    what, identity = event["what"], f"k{event['click']}"
    fields = {name: event[name] for name in ("campaign_id", "network", "traffic")}
    at = DAY + timedelta(hours=event["hours"])
    money = {} if what == "click" else {"revenue": f"{event['money'] / 100}", "currency": event["currency"]}
    if what == "conversion":
        money["conversion_kind"] = "purchase"
    return item(what, f"i{number}", at, click_id=identity, **fields, **money)


def said_item(each: dict[str, Any]) -> Item:
    day, at = (DAY + timedelta(days=each["day"])).date(), DAY + timedelta(hours=each["hours"])
    ad = {"ad_id": f"ad-{each['campaign_id']}"} if each["level"] == "ad" else {}
    return report(
        day, f"{each['count']}.5", each["level"], stated=f"{at.isoformat()}Z", clicks=each["count"],
        campaign_id=each["campaign_id"], network=each["network"], platform_revenue=f"{each['count']}", **ad,
    )  # fmt: skip


def settled_item(each: dict[str, Any]) -> Item:
    cell = {"campaign_id": each["campaign_id"]} if each["campaign_id"] else {"country": "US"}
    day = (DAY + timedelta(days=each["day"])).date()
    return {"type": "settlement", "day": str(day), "revenue": f"{each['money'] / 100}", **cell}


def newest(reports: list[Any]) -> list[Any]:
    """The last stated of each key; of those stated at once the one that counts most is taken for granted."""
    kept: dict[tuple[Any, ...], Any] = {}
    for each in sorted(reports, key=lambda one: (one["hours"], -one["count"])):
        kept[each["day"], each["campaign_id"], each["network"], each["level"]] = each
    return list(kept.values())
