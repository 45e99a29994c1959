"""This module owns the promises of the verdict: what is said on which evidence, and what is never called a winner."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inference.interval import Interval, probability_above
from analytics.verdict import ACTIONS, Estimate, Evidence, judge

NOTHING = Estimate(None, None, None)
SURE = Evidence(
    objective="roas", target=2.0, estimate=Estimate(3.0, 2.5, 3.5), p_meets_target=0.999, clicks=1000, clicks_min=200,
    cost=500.0, revenue=1500.0, cost_allocated=0.0, conversions=30,
)  # fmt: skip
LOW, CPA = Estimate(1.0, 0.5, 1.5), {"objective": "cpa", "target": 20.0}

# (what is different from SURE, the verdict, words of its reason)
TABLE = [
    ({}, "winner", "ROAS 3.00, target 2.00: above it with over 99 % certainty on 1,000 clicks"),
    ({"p_meets_target": 0.951}, "winner", "with 95 % certainty"),
    ({"p_meets_target": 0.949}, "promising", "probably above it (95 %), not sure yet"),
    ({"p_meets_target": 0.5}, "promising", "probably above it (50 %)"),
    ({"p_meets_target": 0.49, "estimate": LOW}, "needs_work", "probably below it (51 %)"),
    ({"p_meets_target": 0.06, "estimate": LOW}, "needs_work", "probably below it (94 %)"),
    ({"p_meets_target": 0.04, "estimate": LOW}, "cut", "ROAS 1.00, target 2.00: below it with 96 % certainty"),
    # Too little to say anything.
    ({"clicks": 199}, "too_early", "199 mature clicks; about 1 more to decide"),
    ({"clicks": 0, "p_meets_target": 0.0}, "too_early", "0 mature clicks; about 200 more"),
    ({"cost": 0.0}, "too_early", "no cost is known"),
    ({"cost_allocated": 150.01}, "too_early", "30% of its cost is allocated"),
    ({"cost_allocated": 150.0}, "winner", "certainty"),
    ({"p_meets_target": None}, "too_early", "not known yet"),
    # Money spent without any conversion is evidence, too.
    ({"p_meets_target": None, "estimate": Estimate(0.0, 0.0, 0.0), "revenue": 0.0, "conversions": 0}, "needs_work",
     "without any revenue yet"),
    (CPA | {"p_meets_target": 0.01, "estimate": NOTHING, "conversions": 0}, "cut", "no conversion yet"),
    # A CPA is good where it is low.
    (CPA | {"estimate": Estimate(12.0, None, None)}, "winner", "CPA 12.00, target 20.00: below it"),
    (CPA | {"estimate": Estimate(12.0, None, None), "p_meets_target": 0.8}, "promising", "probably below it (80 %)"),
    (CPA | {"estimate": Estimate(40.0, None, None), "p_meets_target": 0.2}, "needs_work", "probably above it (80 %)"),
    (CPA | {"estimate": Estimate(40.0, None, None), "p_meets_target": 0.01}, "cut", "above it with 99 % certainty"),
    # Profit shows its sign.
    ({"objective": "profit_per_click", "target": 0.0, "estimate": Estimate(0.0123, 0.01, 0.02)}, "winner",
     "profit per click +0.012, target +0.000"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "verdict", "reason"), TABLE)
def test_evidence_gets_its_verdict_with_its_reason(change: dict[str, object], verdict: str, reason: str) -> None:
    found = judge(replace(SURE, **change))
    assert (found.verdict, found.action) == (verdict, ACTIONS[verdict])
    assert reason in found.reason


numbers = st.floats(-100, 100)
evidence = st.builds(
    Evidence,
    objective=st.sampled_from(["roas", "cpa", "profit_per_click"]),
    target=numbers,
    estimate=st.tuples(numbers, st.floats(0, 10)).map(lambda e: Estimate(e[0], e[0] - e[1], e[0] + e[1])),
    p_meets_target=st.none() | st.floats(0, 1),
    clicks=st.integers(0, 2000),
    clicks_min=st.integers(1, 1000),
    cost=st.floats(0, 1000),
    revenue=st.floats(0, 1000),
    cost_allocated=st.floats(0, 1000),
    conversions=st.integers(0, 100),
)


@given(evidence)
def test_nothing_that_misses_its_target_or_its_minimum_is_a_winner(e: Evidence) -> None:
    if judge(e).verdict == "winner":
        value = e.estimate.value
        assert value is not None
        assert value <= e.target if e.objective == "cpa" else value >= e.target
        assert e.clicks >= e.clicks_min and e.cost > 0 and e.cost_allocated <= 0.3 * e.cost


@given(evidence)
def test_every_verdict_has_an_action_and_a_sentence(e: Evidence) -> None:
    found = judge(e)
    assert found.action == ACTIONS[found.verdict]
    assert len(found.reason) > 10
    assert "None" not in found.reason and "nan" not in found.reason


@given(evidence, st.floats(0.01, 0.99))
def test_a_higher_target_never_makes_a_better_verdict(e: Evidence, more: float) -> None:
    ranks = ["too_early", "cut", "needs_work", "promising", "winner"]
    words = []
    interval = Interval(
        *(np.array([each], dtype=float) for each in (e.estimate.value, e.estimate.low, e.estimate.high))
    )
    for target in (e.target, e.target + more):
        p = probability_above(interval, target)[0]
        at = replace(e, objective="roas", target=target, p_meets_target=None if np.isnan(p) else float(p))
        words.append(judge(at).verdict)
    assert ranks.index(words[1]) <= ranks.index(words[0])
