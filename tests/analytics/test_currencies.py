"""This module owns the promises about currencies: converted once at the rate of the day, or shown and in no number."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import NOW, START, Books, item, report

from analytics.config import AnalyticsSettings
from analytics.inputs.exchange_rates import FIRST_DAY, rates
from analytics.refresh import Refresher
from ingest.config import ConfigError

DAY = START.date()
RATES = "day,currency,rate\n2026-09-10,EUR,1.10\n2026-09-15,EUR,1.2\n2026-09-01,JPY,0.00666667\n"
AD = {"network": "facebook", "account_id": "act_1", "campaign_id": "7", "ad_id": "9"}


def settings(folder: Path, text: str | None = RATES, **more: Any) -> dict[str, Any]:
    if text is not None:
        (folder / "rates.csv").write_text(text, encoding="utf-8")
    return {"base_dir": folder, "currencies": {"rates": "rates.csv"}, **more}


def ledger(books: Books, side: str) -> list[tuple[Any, ...]]:
    sql = "select currency, bucket, sum(amount) from money_ledger where side = ? group by all order by all"
    return books.query(sql, side)


def order(number: int, revenue: str, currency: str, days: int = 0, **more: Any) -> dict[str, Any]:
    fields = {"transaction_id": f"t{number}", "conversion_kind": "purchase", "currency": currency, **more}
    return item("conversion", f"o{number}", START + timedelta(days=days), revenue=revenue, **fields)


def test_reports_are_converted_at_the_rate_of_their_day_and_stand_as_they_were_stated_too(tmp_path: Path) -> None:
    books = Books(tmp_path, **settings(tmp_path))
    books.post(
        item("click", "c", START, referrerAdCreative="Text", **AD), report(DAY, "10", currency="EUR", **AD),
        report(DAY, "15", "campaign", currency="EUR", campaign_id="7"),
        report(DAY + timedelta(days=1), "1", currency="EUR", **AD), report(date(2026, 9, 9), "3", currency="EUR", **AD),
    )  # fmt: skip
    books.ready()
    assert ledger(books, "spend") == [
        ("EUR", "converted", 16), ("EUR", "in", 19), ("EUR", "unconverted", 3),
        ("USD", "campaign_only", Decimal("5.5")), ("USD", "direct", Decimal("12.2")), ("USD", "in", Decimal("17.7")),
    ]  # fmt: skip
    assert books.query("select day, sum(cost_direct) from facts_daily where cost_direct > 0 group by 1 order by 1") == [
        (DAY, Decimal("16.5")), (DAY + timedelta(days=1), Decimal("1.2"))
    ]  # fmt: skip


def test_an_order_and_its_refund_are_converted_at_the_rate_of_the_orders_day(tmp_path: Path) -> None:
    books = Books(tmp_path, **settings(tmp_path))
    books.post(order(1, "30", "EUR"), order(2, "10", "USD"), order(3, "1000", "CHF"))
    refund = {"transaction_id": "t1", "revenue": "30", "currency": "EUR"}
    books.post(item("refund", "b", START + timedelta(days=3), **refund))
    books.ready()
    assert books.query("select sum(revenue_settled), sum(refunds), sum(conversions) from facts_daily") == [(43, 33, 3)]
    assert ledger(books, "revenue") == [
        ("CHF", "in", 1000), ("CHF", "unconverted", 1000),
        ("USD", "in", 10), ("USD", "unattributable", 10),
    ]  # fmt: skip


def test_a_conversion_is_rounded_once_and_its_shares_add_up(tmp_path: Path) -> None:
    books = Books(tmp_path, **settings(tmp_path))
    texts = [item("click", f"c{n}", START, referrerAdCreative=f"Text {n}", **AD) for n in range(3)]
    books.post(*texts, report(DAY, "101", currency="JPY", **AD))  # 101 × 0.00666667 = 0.67333367
    books.ready()
    assert books.query("select cost_allocated from facts_daily order by 1 desc") == [
        (Decimal("0.224445"),), (Decimal("0.224445"),), (Decimal("0.224444"),)
    ]  # fmt: skip
    assert books.query("select sum(cost_allocated) from facts_daily") == [(Decimal("0.673334"),)]


def test_a_word_in_another_currency_replaces_the_one_before(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage", **settings(tmp_path))
    books.post(item("ad_click", "a", START, transaction_id="t", revenue="0.40", revenue_stage="estimated"))
    books.post(item("revenue", "r", START, transaction_id="t", revenue="0.30", revenue_stage="final", currency="EUR"))
    assert books.ready().query("select amount, settled from goals") == [(Decimal("0.33"), True)]


def test_a_settlement_is_converted_by_its_label_and_replaces_estimates_of_any_currency(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage", **settings(tmp_path))
    sales = [("0.40", "USD"), ("0.10", "EUR"), ("9", "CHF")]
    books.post(*(item("ad_click", f"a{n}", START, transaction_id=f"t{n}", revenue=revenue, currency=currency,
                      revenue_stage="estimated") for n, (revenue, currency) in enumerate(sales)))  # fmt: skip
    books.post({"type": "settlement", "day": str(DAY), "revenue": "1", "currency": "EUR"})
    books.ready()  # 0.40 and 0.11 share 1.10; francs without a rate weigh nothing
    assert books.query("select amount from goals order by id") == [(Decimal("0.862745"),), (Decimal("0.237255"),), (0,)]
    assert ledger(books, "revenue") == [
        ("EUR", "converted", 1), ("EUR", "in", 1),
        ("USD", "in", Decimal("1.1")), ("USD", "unattributable", Decimal("1.1")),
    ]  # fmt: skip


def test_a_settlement_without_a_rate_leaves_the_estimates_and_takes_the_place_of_those_in_its_currency(
    tmp_path: Path,
) -> None:
    books = Books(tmp_path, kind="arbitrage", **settings(tmp_path))
    for number, currency in enumerate(("USD", "CHF")):
        books.post(item("ad_click", f"a{number}", START, transaction_id=f"t{number}", revenue="0.40",
                        revenue_stage="estimated", currency=currency))  # fmt: skip
    books.post({"type": "settlement", "day": str(DAY), "revenue": "1", "currency": "CHF"})
    books.ready()
    assert ledger(books, "revenue") == [
        ("CHF", "in", 1), ("CHF", "unconverted", 1), ("USD", "in", Decimal("0.4")),
        ("USD", "unattributable", Decimal("0.4")),
    ]  # fmt: skip
    assert books.query("select sum(revenue_provisional), sum(revenue_settled) from facts_daily") == [
        (Decimal("0.4"), 0)
    ]


def test_costs_of_clicks_are_converted_and_scaled_down_to_a_report_in_another_currency(tmp_path: Path) -> None:
    books = Books(tmp_path, **settings(tmp_path))
    costs = [("4", "USD"), ("10", "EUR")]
    clicks = [item("click", f"c{n}", START, referrerAdCreative=f"Text {n}", cost=cost, currency=currency,
                   **AD | {"ad_id": str(n)}) for n, (cost, currency) in enumerate(costs)]  # fmt: skip
    books.post(*clicks, report(DAY, "5", "campaign", currency="EUR", campaign_id="7"))
    books.ready()  # 4 and 11 dollars share 5.50
    assert books.query("select cost_direct from facts_daily where cost_direct > 0 order by 1") == [
        (Decimal("1.466667"),),
        (Decimal("4.033333"),),
    ]
    assert ledger(books, "spend") == [("EUR", "converted", 5), ("EUR", "in", 5), ("USD", "direct", Decimal("5.5")),
                                      ("USD", "in", Decimal("5.5"))]  # fmt: skip


def test_a_report_without_a_rate_takes_no_cost_away_that_has_one(tmp_path: Path) -> None:
    books = Books(tmp_path, **settings(tmp_path))
    costs = (("4", "USD"), ("2", "CHF"))
    books.post(*(item("click", f"c{n}", START, referrerAdCreative="Text", cost=cost, currency=currency, **AD)
                 for n, (cost, currency) in enumerate(costs)), report(DAY, "5", currency="CHF", **AD))  # fmt: skip
    books.ready()
    assert ledger(books, "spend") == [
        ("CHF", "in", 5),
        ("CHF", "unconverted", 5),
        ("USD", "direct", 4),
        ("USD", "in", 4),
    ]


def test_the_last_rate_up_to_the_day_holds_and_the_reporting_currency_is_one_of_itself(tmp_path: Path) -> None:
    read = rates(AnalyticsSettings(**settings(tmp_path)))
    assert read == (
        ("USD", FIRST_DAY, None, 1), ("EUR", date(2026, 9, 10), date(2026, 9, 15), Decimal("1.10")),
        ("EUR", date(2026, 9, 15), None, Decimal("1.2")), ("JPY", date(2026, 9, 1), None, Decimal("0.00666667")),
    )  # fmt: skip
    assert rates(AnalyticsSettings()) == (("USD", FIRST_DAY, None, 1),)
    shuffled = "\ufeff Rate , Day, Currency\n\n1.10,2026-09-10, eur\n1,2026-09-10,USD\n"
    assert rates(AnalyticsSettings(**settings(tmp_path, shuffled)))[1:] == (
        ("EUR", date(2026, 9, 10), None, Decimal("1.10")), ("USD", date(2026, 9, 10), None, 1),
    )  # fmt: skip


BAD = [
    ("", "line 1: the first line must name the columns day, currency, rate"),
    ("day,currency\n", "line 1: the first line must name"),
    ("day,currency,rate\n2026-09-10,EUR,1,1\n", "line 2: has 4 cells, not 3"),
    ("day,currency,rate\n2026-09-10,EUR\n", "line 2: has 2 cells, not 3"),
    ("day,currency,rate\n2026-09-10,EUX,1.1\n", "line 2: 'EUX' is not an ISO 4217 currency code"),
    ("day,currency,rate\n10.09.2026,EUR,1.1\n", "line 2: Invalid isoformat string: '10.09.2026'"),
    ("day,currency,rate\n2026-09-10,EUR,1.1\n2026-09-11,EUR,abc\n", "line 3: 'abc' is not a rate, such as 1.0842"),
    ("day,currency,rate\n2026-09-10,EUR,0\n", "line 2: a rate is above 0 and below 100,000,000, not 0"),
    ("day,currency,rate\n2026-09-10,EUR,-1\n", "line 2: a rate is above 0"),
    ("day,currency,rate\n2026-09-10,EUR,nan\n", "line 2: a rate is above 0"),
    ("day,currency,rate\n2026-09-10,EUR,1e9\n", "line 2: a rate is above 0"),
    ("day,currency,rate\n2026-09-10,EUR,0.12345678901\n", "line 2: 0.12345678901 has more than 10 digits"),
    ("day,currency,rate\n2026-09-10,EUR,1.1\n2026-09-10,EUR,1.2\n", "line 3: EUR has a rate for 2026-09-10 on line 2"),
    ("day,currency,rate\n2026-09-10,USD,1.1\n", "line 2: this is the reporting currency, which is 1 of itself"),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[said for _, said in BAD])
def test_a_bad_line_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        rates(AnalyticsSettings(**settings(tmp_path, text)))
    assert str(refused.value).startswith(f"The rates {tmp_path / 'rates.csv'}, ") and said in str(refused.value)


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"cannot be read: No such file or directory\. Write the file, with the columns"
    ):
        rates(AnalyticsSettings(**settings(tmp_path, None)))


def test_a_change_of_the_rates_is_news_for_the_loop_and_a_bad_one_keeps_what_was_published(
    tmp_path: Path, change: Callable[[Path, str], None]
) -> None:
    books = Books(tmp_path, **settings(tmp_path))
    books.post(order(1, "30", "EUR"))
    books.load()
    loop = Refresher(books.settings)

    def revenue() -> Decimal:
        return books.query("select sum(revenue_settled) from facts_daily")[0][0]

    assert loop.guarded_cycle(NOW, force=True).ok and revenue() == 33
    assert loop.guarded_cycle(NOW).sentence == "up to date"
    change(tmp_path / "rates.csv", RATES.replace("1.10", "1.5"))
    loop._due_at = 0.0
    assert loop.guarded_cycle(NOW).version and revenue() == 45
    change(tmp_path / "rates.csv", RATES.replace("1.10", "x"))
    failed = loop.guarded_cycle(NOW)
    assert not failed.ok and "rates.csv, line 2: 'x' is not a rate" in failed.sentence and revenue() == 45


@pytest.fixture
def change() -> Callable[[Path, str], None]:
    """Write a file anew, a second later by its own clock."""

    def write(path: Path, text: str) -> None:
        later = path.stat().st_mtime + 1
        path.write_text(text, encoding="utf-8")
        os.utime(path, (later, later))

    return write
