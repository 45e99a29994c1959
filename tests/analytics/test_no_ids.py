"""This module owns the promise that an id which identifies nothing joins nobody, and hides no money."""

from pathlib import Path

import pytest
from journeys import START, Books, item, report, shown

DAY = START.date()


@pytest.mark.parametrize("nobody", ["undefined", "null", "0", "{click_id}", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("field", ["click_id", "visitor_id", "transaction_id"])
def test_a_conversion_of_nobody_is_credited_to_nobody(tmp_path: Path, field: str, nobody: str) -> None:
    books = Books(tmp_path)
    books.post(*(item("click", name, network="facebook", referrerAdCreative=shown(name), **{field: nobody})
                 for name in "AB"))  # fmt: skip
    orders = [("1", "30"), ("2", "5")]
    books.post(*(item("conversion", n, conversion_kind="purchase", revenue=r, traffic="human", **{field: nobody})
                 for n, r in orders))  # fmt: skip
    books.ready()
    assert books.query("select count(*) from credits") == [(0,)]
    found = books.query(
        "select bucket, reason, conversions, revenue from attribution_ledger where rule = 'last_touch'"
        " and window_days = (select min(window_days) from windows) order by bucket"
    )
    assert [(*row[:2], int(row[2]), int(row[3])) for row in found] == [
        ("total", None, 2, 35), ("unattributed", "no_id", 2, 35),
    ]  # fmt: skip


def test_a_macro_in_a_click_id_is_a_reviewers_visit(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(
        item("click", "1", click_ids={"gclid": "{gclid}", "fbclid": "IwAR0"}),
        item("click", "2", sub_id="{sub}"),
        item("click", "3", ad_id="undefined"),
    )
    books.load()
    assert books.recorded("select id, traffic, click_ids, ad_id, properties from interactions order by id") == [
        ("1", "review", '{"fbclid":"IwAR0"}', None, '{"click_ids":{"gclid":"{gclid}"}}'),
        ("2", "review", None, None, '{"sub_id":"{sub}"}'),
        ("3", "human", None, None, '{"ad_id":"undefined"}'),
    ]


@pytest.mark.parametrize("nobody", ["0", "(not set)", "{{ad.id}}", "undefined"])
def test_cost_that_is_reported_under_no_ads_id_is_unmatched_and_not_lost(tmp_path: Path, nobody: str) -> None:
    books = Books(tmp_path)
    books.post(report(DAY, "7", ad_id=nobody), report(DAY, "3", ad_id="real"))
    books.ready()
    found = books.query("select bucket, cast(amount as integer) from money_ledger where side = 'spend' order by bucket")
    assert found == [("direct", 3), ("in", 10), ("unmatched", 7)]
