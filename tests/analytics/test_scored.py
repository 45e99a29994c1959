"""This module owns the promises of the scorecard's rates: whole columns at once say what each row alone would."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analytics.inference import money
from analytics.inference.proportions import wilson
from analytics.scorecard.rated import SHRUNK, WITH_LIMITS, Cells, rates

STEPS = ("impressions", "clicks", "sessions", "search_sessions", "results_sessions", "ad_click_sessions", "ad_clicks")


def sums(**columns: list[float]) -> dict[str, np.ndarray]:
    """Four rows: two creatives in one campaign, and in the pool; what is not given is zero."""
    names = (*STEPS, "reported_impressions", "reported_clicks", "conversions", "cost", "revenue", "mature_cost")
    bases = [
        f"{basis}_{name}"
        for basis in ("all", "mature")
        for name in (
            "clicks",
            "converted",
            "earning",
            "revenue_millionths",
            "revenue_squared",
            "capped_millionths",
            "capped_squared",
        )
    ]
    return {name: np.array(columns.get(name, [0.0] * 4), dtype=float) for name in (*names, *bases)}  # fmt: skip


CELLS = Cells(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1]), 2)
SOLD = sums(
    clicks=[100, 200, 100, 200], all_clicks=[100, 200, 100, 200], all_converted=[4, 2, 4, 2], all_earning=[4, 2, 4, 2],
    all_revenue_millionths=[120e6, 50e6, 120e6, 50e6], all_revenue_squared=[4000e12, 1300e12, 4000e12, 1300e12],
    all_capped_millionths=[110e6, 50e6, 110e6, 50e6], all_capped_squared=[3100e12, 1300e12, 3100e12, 1300e12],
    cost=[30, 40, 30, 40], revenue=[120, 50, 120, 50], conversions=[5, 2, 5, 2], sessions=[80, 150, 80, 150],
)  # fmt: skip


def test_every_row_has_what_it_would_have_alone() -> None:
    found = rates(SOLD, CELLS, capped=True)
    spread = money.spread_of([120, 50], [4000, 1300], [4, 2])
    alone = [money.per_click(*row, spread) for row in ((120, 4000, 100, 4), (50, 1300, 200, 2))]
    assert_allclose(found["epc"], [1.2, 0.25, 1.2, 0.25])
    assert_allclose(found["epc_low"], [each.low[0] for each in alone] * 2)
    assert_allclose(found["profit_per_click_high"][:2], [alone[0].high[0] - 0.3, alone[1].high[0] - 0.2])
    assert_allclose(found["roas_low"][:2], [alone[0].low[0] / 0.3, alone[1].low[0] / 0.2])
    limits = wilson([4, 2], [100, 200])
    assert_allclose([found["cvr_low"][:2], found["cvr_high"][:2]], [limits.low, limits.high])
    assert_allclose(found["epc_capped"], [1.1, 0.25, 1.1, 0.25])


def test_what_is_of_all_days_has_limits_in_proportion() -> None:
    found = rates(SOLD, CELLS, capped=True)
    assert_allclose(found["cpa"][:2], [6, 20])
    limits = wilson(4, 100)
    assert_allclose([found["cpa_low"][0], found["cpa_high"][0]], [6 * 0.04 / limits.high[0], 6 * 0.04 / limits.low[0]])
    assert_allclose(found["rps"][:2], [1.5, 1 / 3])
    assert ((found["rps_low"] < found["rps"]) & (found["rps"] < found["rps_high"])).all()
    assert np.isnan(found["rpc"]).all()  # no ad click


def test_money_that_was_more_than_paid_back_lies_between_its_limits_below_zero() -> None:
    back = SOLD | {"revenue": np.array([-60.0, 50, -60, 50]), "ad_clicks": np.array([40.0, 10, 40, 10])}
    found, before = rates(back, CELLS, capped=True), rates(SOLD, CELLS, capped=True)
    assert_allclose(found["rps"][:2], [-0.75, 1 / 3])
    assert_allclose(found["rps_low"][0], -before["rps_high"][0] / 2)  # 120 came in, 60 more went than came
    assert_allclose(found["rps_high"][0], -before["rps_low"][0] / 2)
    assert (found["rpc_low"] < found["rpc"]).all() and (found["rpc"] < found["rpc_high"]).all()


@pytest.mark.parametrize("name", WITH_LIMITS)
def test_a_value_lies_between_its_limits(name: str) -> None:
    rng = np.random.default_rng(20261123)
    steps = -np.sort(-rng.integers(0, 2000, (len(STEPS), 400)), axis=0)
    row = dict(zip(STEPS, steps, strict=True))
    sold = rng.binomial(row["clicks"], 0.05)
    worth = rng.gamma(2.0, 1e7, 400)
    squared = sold * worth**2
    many = {"converted": sold, "earning": sold, "clicks": row["clicks"], "revenue_millionths": sold * worth}
    many |= {"revenue_squared": 1.3 * squared, "capped_millionths": sold * worth * 0.9, "capped_squared": squared}
    both = {f"{basis}_{of}": each for basis in ("all", "mature") for of, each in many.items()}
    none = dict.fromkeys(("reported_impressions", "reported_clicks"), np.zeros(400))
    money_of = {
        "conversions": sold,
        "revenue": sold * worth * rng.uniform(-1, 1, 400) / 1e6,
        "cost": rng.uniform(0, 50, 400),
    }
    given = row | both | none | money_of | {"mature_cost": rng.uniform(0, 40, 400)}
    cell = np.repeat(np.arange(4), 100)
    found = rates(
        {of: each.astype(float) for of, each in given.items()}, Cells(cell, np.zeros(400, dtype=int), 4), True
    )
    value, low, high = (found[name + suffix] for suffix in ("", "_low", "_high"))
    known = ~np.isnan(value) & ~np.isnan(low) & ~np.isnan(high)
    assert known.sum() > 200
    assert ((low <= value) & (value <= high))[known].all()
    assert not np.isinf(np.concatenate([each[~np.isnan(each)] for each in (value, low, high)])).any()
    if name in SHRUNK:
        assert np.isnan(found[f"{name}_shrunk"]).tolist() == np.isnan(value).tolist()


def test_mature_days_are_what_money_and_cvr_are_of_where_there_are_any() -> None:
    given = SOLD | sums(mature_clicks=[50, 0, 50, 0], mature_converted=[1, 0, 1, 0], mature_earning=[1, 0, 1, 0],
                        mature_revenue_millionths=[20e6, 0, 20e6, 0], mature_revenue_squared=[400e12, 0, 400e12, 0],
                        mature_cost=[10, 0, 10, 0])  # fmt: skip
    given |= {name: SOLD[name] for name in SOLD if not name.startswith("mature")}
    found = rates(given, CELLS, capped=False)
    assert_allclose([found["epc"][:2], found["cvr"][:2]], [[0.4, 0.25], [0.02, 0.01]])
    assert_allclose(found["profit_per_click"][:2], [0.4 - 0.2, 0.25 - 0.2])
    assert np.isnan(found["epc_capped"]).all()


def test_clicks_without_a_sale_have_the_upper_limit_of_no_conversion_of_their_scope() -> None:
    given = {name: each.copy() for name, each in SOLD.items()}
    for name in ("converted", "earning", "revenue_millionths", "revenue_squared"):
        given[f"all_{name}"][[1, 3]] = 0
    found = rates(given, CELLS, capped=False)
    assert (found["epc"][1], found["epc_low"][1]) == (0, 0)
    spread = money.spread_of([120], [4000], [4])
    assert found["epc_high"][1] == pytest.approx(3.689 * 30 * spread / 200, rel=1e-3)


def test_shrunk_rates_lie_between_the_creatives_own_and_its_scopes() -> None:
    clicks = np.array([1000.0, 50, 5000, 20, 300])
    sold = np.array([10.0, 5, 100, 0, 9])
    one = {"clicks": clicks, "all_clicks": clicks, "all_converted": sold, "all_earning": sold,
           "all_revenue_millionths": sold * 1e7, "all_revenue_squared": sold * 1.5e14}  # fmt: skip
    given = {name: one.get(name, np.zeros(5)) for name in SOLD}
    found = rates(given, Cells(np.zeros(5, dtype=int), np.zeros(5, dtype=int), 1), capped=False)
    for name in ("cvr", "epc"):
        own, shrunk = found[name], found[f"{name}_shrunk"]
        assert own.min() < shrunk.min() and shrunk.max() < own.max()
        assert np.abs(shrunk - own)[2] < np.abs(shrunk - own)[[1, 3]].min()  # 5,000 clicks less than 50 and 20


def test_a_scope_of_two_is_drawn_to_the_pool_and_one_of_three_to_itself() -> None:
    cell, pool = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 2]), np.full(10, 2)
    clicks = np.array([100.0, 100, 100, 100, 100, 100, 100, 100, 100, 100])
    sold = np.array([40.0, 40, 2, 2, 2, 40, 40, 2, 2, 2])
    given = {name: np.zeros(10) for name in SOLD} | {"all_clicks": clicks, "clicks": clicks, "all_converted": sold}
    found = rates(given, Cells(cell, pool, 3), capped=False)["cvr_shrunk"]
    assert_allclose(found[2:5], 0.02, rtol=1e-3)  # all alike: their own mean
    assert 0.3 < found[0] < 0.4 and found[0] == found[5]  # the pool's prior is wide, and draws a little


def test_nothing_at_all_is_no_row_of_every_rate() -> None:
    empty = np.zeros(0, dtype=np.int64)
    found = rates({name: np.zeros(0) for name in SOLD}, Cells(empty, empty, 0), capped=True)
    assert {len(each) for each in found.values()} == {0}
    assert len(found) == 3 * len(WITH_LIMITS) + len(SHRUNK)
