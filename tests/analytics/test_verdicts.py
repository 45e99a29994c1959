"""This module owns the promises of the verdicts: which word is said on which evidence, how it stays, and in what words.

Evidence is written down by hand, one stratum per scope and day, and judged by the functions of the fit; no build.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from evidence import Ad, judged
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.verdicts.amounts import money, percent
from analytics.verdicts.experimented import Experiment, compared_by_experiment
from analytics.verdicts.sentences import sentence
from analytics.verdicts.told import Told
from analytics.verdicts.words import ACTIONS, WHYS, action_of

GOOD, EQUAL, BAD = Ad(50, 10, 8.0), Ad(50, 5, 8.0), Ad(50, 2, 8.0)
SO_SO = Ad(50, 5, 10.2)  # earns 1.02 per click, a click costs 1


def words(*ads: Ad, **how: object) -> list[str]:
    return [each.word for each in judged(*ads, **how)]


def test_who_surely_meets_the_target_and_surely_beats_the_rest_is_a_winner() -> None:
    found = judged(replace(GOOD, amount=10), SO_SO, SO_SO)
    assert [each.word for each in found] == ["winner", "average", "average"]
    assert found[0].p_beats > 0.99 and found[0].why == "proven"


def test_nothing_that_misses_its_target_is_a_winner_however_much_it_beats_the_rest() -> None:
    best, *_ = judged(Ad(50, 10, 4.5), Ad(50, 2, 4.5), Ad(50, 2, 4.5))  # 0.90 per click at a cost of 1
    assert best.p_beats > 0.99 and best.word not in ("winner", "promising")


def test_who_surely_misses_it_and_is_surely_worse_is_cut_and_where_all_miss_it_the_campaign_is_to_blame() -> None:
    assert words(replace(BAD, amount=10), SO_SO, SO_SO) == ["cut", "average", "average"]
    together = judged(EQUAL, EQUAL, EQUAL)  # 0.80 per click, all of them
    assert {(each.word, each.why) for each in together} == {("needs_work", "campaign")}


def test_who_pays_twice_for_clicks_worth_twice_is_neither_worse_nor_better_by_its_roas_but_by_its_profit() -> None:
    dear, cheap = (Ad(100, 10, 7.0 * price, cost=price) for price in (2, 1))  # ROAS 0.70, both
    for objective, target in (("roas", 1.0), ("cpa", 15.0)):
        ads = (dear, cheap, cheap) if objective == "roas" else (Ad(100, 10, 1, cost=2), Ad(100, 5, 1), Ad(100, 5, 1))
        found = judged(*ads, objective=objective, target=target)
        assert {each.why for each in found} == {"campaign"}
        assert all(0.4 < each.p_beats < 0.6 for each in found)
    by_profit = judged(dear, cheap, cheap, objective="profit_per_click", target=0.0, days=120)
    assert [each.why for each in by_profit] == ["failed", "campaign", "campaign"]


def test_alone_in_its_scope_an_ad_is_judged_by_its_target() -> None:
    (winner,), (loser,) = judged(Ad(50, 8, 10)), judged(Ad(50, 2, 10))
    assert (winner.word, winner.why) == ("winner", "proven_alone")
    assert (loser.word, loser.why) == ("cut", "failed_alone")
    assert winner.p_beats is None


def test_one_day_however_clear_proves_nothing_since_days_may_differ() -> None:
    first, _ = judged(Ad(2000, 400, 10), Ad(2000, 200, 10.2), days=1)
    assert (first.word, first.reason.endswith("one day only, and days differ: nothing is sure yet")) == (
        "promising",
        True,
    )
    assert words(Ad(200, 40, 10), Ad(200, 20, 10.2), days=10)[0] == "winner"
    assert [words(Ad(200, 60, 21, cost=4), days=days)[0] for days in (1, 3)] == ["promising", "winner"]


def test_spend_without_any_conversion_is_evidence_below_the_minimum_sample_too() -> None:
    others = [Ad(60, 6, 12)] * 3
    found = [judged(Ad(2, 0, 12, cost=cost), *others)[0] for cost in (0.2, 0.8, 3)]  # 80 clicks; 16, 64, 240 spent
    assert [each.why for each in found] == ["few", "none_yet", "failed_without"]
    assert [each.word for each in found] == ["too_early", "needs_work", "cut"]


def test_more_refunded_than_earned_is_known_to_miss_the_target_and_is_not_called_no_revenue() -> None:
    (alone,), both = judged(Ad(50, 5, -3.0)), judged(Ad(50, 5, -3.0), Ad(50, 5, -3.0))
    assert (alone.word, alone.p_meets < 0.01) == ("cut", True)
    assert alone.reason.startswith("spent 2,000 and had 600.00 more refunded than earned, where the target asks for")
    assert {each.why for each in both} == {"campaign"}


@dataclass(frozen=True, slots=True)
class Case:
    """A situation, the word that it gets, and why."""

    ads: tuple[Ad, ...]
    word: str
    why: str
    how: dict[str, object] = field(default_factory=dict)


CASES = {
    "fewer clicks than asked for": Case((Ad(5, 4, 10),), "too_early", "few", {"days": 10}),
    "no mature day yet": Case((Ad(0, 0, 10, cost=0),), "too_early", "maturing"),
    "a third of its cost is not its own": Case((replace(GOOD, allocated=0.31),), "unattributable", "allocated"),
    "less than that is": Case((Ad(50, 10, 10, allocated=0.3),), "winner", "proven_alone"),
    "no cost, where others have theirs": Case((replace(GOOD, cost=0), EQUAL), "unattributable", "no_cost"),
    "a placeholder": Case((GOOD,), "unattributable", "no_text", {"no_text": (0,)}),
    "no cost anywhere, and ahead": Case((replace(GOOD, cost=0), replace(EQUAL, cost=0)), "promising", "likely"),
    "no cost anywhere, and behind": Case((replace(BAD, cost=0), replace(EQUAL, cost=0)), "needs_work", "behind"),
    "decayed and still profitable": Case((Ad(50, 10, 10),), "fatigued", "faded", {"faded": (1,)}),
    "decayed below its target": Case((SO_SO,), "fatigued", "faded_below", {"faded": (2,)}),
    "far fewer than its spend asks for": Case((Ad(20, 0.5, 10, cost=1),), "needs_work", "short", {"days": 12}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_situation_has_its_word(case: Case) -> None:
    found, *_ = judged(*case.ads, **case.how)
    assert (found.word, found.why) == (case.word, case.why)


def test_a_winner_stays_until_it_more_likely_than_not_fails_and_a_cut_until_it_does_not() -> None:
    slipping = Ad(50, 5.5, 10)
    assert words(slipping, SO_SO, SO_SO)[0] != "winner"
    assert words(slipping, SO_SO, SO_SO, before=("winner", "", ""))[0] == "winner"
    assert words(Ad(50, 4, 10), SO_SO, SO_SO, before=("winner", "", ""))[0] != "winner"
    recovering = Ad(50, 4.6, 10)
    assert words(recovering, SO_SO, SO_SO)[0] != "cut"
    assert words(recovering, SO_SO, SO_SO, before=("cut", "", ""))[0] == "cut"
    assert words(Ad(50, 6, 10), SO_SO, SO_SO, before=("cut", "", ""))[0] != "cut"


def test_to_stay_promising_or_in_need_of_work_takes_less_than_to_become_it() -> None:
    for was, ads in (("promising", (Ad(50, 5.6, 10), SO_SO)), ("needs_work", (Ad(50, 4.9, 10), SO_SO))):
        assert (words(*ads)[0], words(*ads, before=(was, ""))[0]) == ("average", was)


def test_a_longer_list_takes_more_evidence() -> None:
    pair, many = (judged(Ad(50, 7.3, 10), *[SO_SO] * others)[0] for others in (2, 40))
    assert (pair.word, many.word == "winner", pair.log_e[2] < many.log_e[2]) == ("winner", False, True)


def test_the_best_are_told_apart_or_told_as_a_set() -> None:
    clear = judged(Ad(50, 10, 10), SO_SO, SO_SO)
    assert sum(each.p_best for each in clear) == pytest.approx(1)
    assert [each.in_best for each in clear] == [True, False, False]
    close = judged(SO_SO, SO_SO, Ad(50, 5.2, 10.2))
    assert [each.in_best for each in close] == [True, True, True]
    assert all(each.p_best is None for each in judged(*[SO_SO] * 21))


numbers = st.integers(0, 400)
ads = st.lists(
    st.builds(Ad, clicks=st.integers(0, 80), converted=st.floats(0, 30), amount=st.floats(0.01, 500),
              cost=st.floats(0, 50), allocated=st.floats(0, 1)),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ads, st.integers(1, 20), st.sampled_from(["roas", "cpa", "profit_per_click"]), st.floats(0.1, 50),
       st.sampled_from(["", "winner", "cut", "promising"]))  # fmt: skip
def test_whatever_the_evidence_every_verdict_keeps_its_promises(
    told: list[Ad], days: int, objective: str, target: float, before: str
) -> None:
    how = {"days": days, "objective": objective, "target": target, "before": (before,) * len(told)}
    for found in judged(*told, **how):
        assert found.word in ACTIONS and found.action in {"scale", "keep", "fix", "cut", "wait"}
        assert len(found.reason) > 20 and "nan" not in found.reason and "None" not in found.reason
        assert all(p is None or 0 <= p <= 1 for p in (found.p_meets, found.p_beats, found.p_best))
        if found.word == "winner":
            assert found.net >= 0 and found.cost > 0 and found.allocated <= 0.3 * found.cost * (1 + 1e-9)
        if found.word == "cut":
            assert found.p_meets is None or found.p_meets <= 0.5


BASE = Told(
    why="proven", objective="profit_per_click", target=0.0, clicks=2400, converted=120, conversions=0, cost=528.0,
    revenue=744.0, allocated_share=0.0, p_meets=0.998, p_beats=0.97, more_clicks=2400, rivals=1, times=80.0,
    by_chance=0.015, priced=True, clicks_min=200, converted_min=10, goal="paying click", maturity_days=2,
)  # fmt: skip
SENTENCES = [
    ({}, "earns 0.31 per click at a cost of 0.22; 97 % sure it beats the campaign; about 2,400 more clicks would settle"
         " first place between it and another"),
    ({"why": "proven_alone"}, "earns 0.31 per click at a cost of 0.22; over 99 % sure it meets the target; no other ad"
                              " here has enough clicks to compare it with"),
    ({"why": "likely", "objective": "roas", "target": 1.2, "p_meets": 0.84},
     "ROAS 1.41, target 1.20; 84 % likely to meet the target, 97 % to beat the campaign; about 2,400 more clicks to"
     " decide"),
    ({"why": "failed", "objective": "cpa", "target": 20, "conversions": 12, "p_meets": 0.004, "p_beats": 0.02},
     "CPA 44.00, target 20.00; over 99 % sure it misses the target, and 98 % that the rest of the campaign does"
     " better"),
    ({"why": "failed_without", "objective": "cpa", "target": 20, "times": 4.2},
     "spent 528.00, 4.2 times the target CPA, without a conversion: 1.5 % of ads that meet the target would have none"
     " by now"),
    ({"why": "campaign"}, "earns 0.31 per click at a cost of 0.22; the whole campaign misses the target, and this ad"
                          " does not stand out: look at the offer, the page or the bid first"),
    ({"why": "few", "converted": 3}, "2,400 mature clicks with 3 paying clicks: too few to judge, 10 paying clicks are"
                                     " needed; about 2,400 more clicks to decide"),
    ({"why": "maturing"}, "no mature click in these days yet: a day is mature 2 days later"),
    ({"why": "faded", "decline": 0.38, "faded_since": "12 Nov", "measure": "CTR"},
     "its CTR fell 38 % since 12 Nov; earns 0.31 per click at a cost of 0.22; it still meets the target since then:"
     " keep it, and prepare a successor"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), SENTENCES)
def test_a_reason_speaks_the_marketers_words(change: dict[str, object], said: str) -> None:
    assert sentence(replace(BASE, **change)) == said  # type: ignore[arg-type]


def test_every_why_has_a_sentence_and_an_action() -> None:
    for why, word in WHYS.items():
        assert len(sentence(replace(BASE, why=why))) > 20
        assert action_of(why) == ("fix" if why == "faded_below" else ACTIONS[word])


def test_amounts_have_the_digits_that_say_something_and_nobody_is_surer_than_99_percent() -> None:
    assert [money(each) for each in (1234.5, 12.3, 0.314, 0.0221, 0.00417, 0, -2)] == [
        "1,234", "12.30", "0.31", "0.022", "0.0042", "0.00", "-2.00"]  # fmt: skip
    assert [percent(p) for p in (0.9999, 0.99, 0.5, 0.004)] == ["over 99 %", "99 %", "50 %", "under 1 %"]


def test_a_comparison_is_an_experiment_only_where_the_scope_is_one_and_no_more() -> None:
    scope, clicks, begun = np.array([0, 0, 1, 1]), np.array([9.0, 9, 9, 0]), np.array([5, 6, 5, 5])
    declared = [Experiment(5, 20, [0, 1, 2])]
    assert compared_by_experiment(declared, scope, clicks, begun, 10).tolist() == [True, True, True, False]
    for change in (
        {"clicks": np.array([9.0, 9, 9, 1])},  # one more creative ran along in the second scope
        {"begun": np.array([5, 6, 4, 5])},  # the window begins before the experiment
    ):
        told = {"clicks": clicks, "begun": begun} | change
        found = compared_by_experiment(declared, scope, told["clicks"], told["begun"], 10)
        assert found.tolist() == [True, True, False, False]
    assert not compared_by_experiment(declared, scope, clicks, begun, 21).any()  # and where it ends after it
