"""This module owns the promise that the marts depend on what was said, and never on the order in which it arrived."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from journeys import START, Books, Item, item, journey, report, shown

CLICK = {"network": "facebook", "ad_id": "ad-1", "campaign_id": "c1", "click_id": "c", "visitor_id": "w"}
SALE = {"click_id": "c", "transaction_id": "t"}
# The hard cases: one click id twice at the same moment, two goals at the same moment, equal words of two senders.
FIXED = [
    item("click", "1", **CLICK, referrerAdCreative=shown("A")),
    item("click", "2", **CLICK, referrerAdCreative=shown("B")),
    item("ad_click", "a", **SALE, revenue="0.40"),
    item("ad_click", "b", click_id="c", revenue="0.40"),
    item("conversion", "a", visitor_id="w", revenue="7", currency="EUR"),
    item("refund", "r", transaction_id="t", revenue="0.05"),
    *journey("A B 0s A => 5 -1"),
]


def word(number: int, stage: str, cents: int, minutes: int) -> Item:
    at = START + timedelta(minutes=minutes)
    return item("revenue", f"w{number}", at, transaction_id="t", revenue=f"{cents / 100}", revenue_stage=stage)


stages = st.sampled_from(["pre_estimated", "estimated", "final", "adjusted"])
words = st.builds(word, st.integers(0, 2), stages, st.integers(0, 99), st.integers(1, 3))
costs = st.builds(
    lambda cost, hour, ad: report(START.date(), str(cost), ad_id=ad, stated=f"2026-11-21T0{hour}:00:00Z"),
    st.integers(0, 9), st.integers(1, 3), st.sampled_from(["ad-1", "ad-2"]),
)  # fmt: skip
senders = st.sampled_from(["shop", "tonic"])


@pytest.mark.long  # test_incremental holds the same of refreshes
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a build takes half a second: no time for shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(senders, st.one_of(words, costs)), min_size=3, max_size=12), st.randoms(use_true_random=False)
)
def test_the_order_and_the_parts_in_which_deliveries_arrive_change_no_mart(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, Item]], random: Random
) -> None:
    items = [*(("shop", each) for each in FIXED), *said]
    marts = []
    for arrival in range(2):
        books = Books(tmp_path_factory.mktemp("arrival"), kind="arbitrage")
        for number, (sender, each) in enumerate(items):
            books.post(each, sender=sender)
            if arrival and number == len(items) // 2:
                books.load()
        marts.append(books.build().tables())
        random.shuffle(items)
    assert marts[0] == marts[1]
