"""This module owns the promises of `[experiments.<name>]`: what is declared is taken, what is wrong names itself."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from armed import sums

from analytics.config import AnalyticsSettings
from analytics.experiments.declared import arm
from analytics.experiments.lift import HITS_MIN, chances, family_level, lift, overdispersion
from analytics.experiments.measured import Goal, Measure, goal, measure, metric_of, unit_of
from ingest.config import ConfigError, load
from ingest.creative import identify

GOOD = """
[experiments.headline]
arms = ["Quiet SUVs of 2026", "SUVs under 20k"]
split = [60, 40]
dates = "2026-11-01..2026-11-28"
"""
SECOND = '\n[experiments.second]\narms = ["quiet SUVs of 2026", "Roofs"]\ndates = "2026-11-28.."\n'
WRONG = {
    "one arm": (('"Quiet SUVs of 2026", ', ""), "experiments.headline.arms", "has 2 to 20 arms"),
    "one creative twice": (("SUVs under 20k", "QUIET  SUVs of 2026"), "headline.arms", "are the same creative"),
    "no text": (("SUVs under 20k", "{{ad.name}}"), "headline.arms", "'{{ad.name}}' is no text of an ad"),
    "a part too few": (("[60, 40]", "[100]"), "experiments.headline", "split has 1 parts for 2 arms"),
    "nothing for an arm": (("[60, 40]", "[100, 0]"), "headline.split", "every arm has a part above 0"),
    "turned dates": (("11-28", "10-28"), "headline.dates", "end (2026-10-28) before it begins (2026-11-01)"),
    "no dates": (("2026-11-01..2026-11-28", "November"), "headline.dates", "'November' are no days"),
    "a day that is none": (("11-28", "11-31"), "headline.dates", "are no days"),
    "a misspelt key": (("split", "splits"), "headline.splits", "did you mean 'split'?"),
    "the same arm elsewhere": (("", SECOND), "'experiments'", "headline and second both have the arm"),
}


def told(tmp_path: Path, text: str) -> AnalyticsSettings:
    path = tmp_path / "whichad.toml"
    path.write_text(text, encoding="utf-8")
    return load(AnalyticsSettings, path)


def test_three_lines_declare_an_experiment(tmp_path: Path) -> None:
    found = told(tmp_path, GOOD).experiments["headline"]
    assert found.shares == (0.6, 0.4) and found.days == (date(2026, 11, 1), date(2026, 11, 28))
    assert found.scope == (None, None, None)
    alone = told(tmp_path, GOOD.replace("split = [60, 40]\n", "network = 'Meta'\ncampaign_id = 7\ncountry = 'us'\n"))
    assert alone.experiments["headline"].shares == (0.5, 0.5)
    assert alone.experiments["headline"].scope == ("facebook", "7", "US")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_names_itself(tmp_path: Path, name: str) -> None:
    (old, new), setting, why = WRONG[name]
    with pytest.raises(ConfigError) as wrong:
        told(tmp_path, GOOD.replace(old, new, 1) if old else GOOD + new)
    assert setting in str(wrong.value) and why in str(wrong.value)


@pytest.mark.parametrize("change", [("2026-11-28..", "2026-11-29.."), ("dates = ", 'country = "DE"\ndates = ')])
def test_days_or_scopes_of_their_own_keep_two_experiments_apart(tmp_path: Path, change: tuple[str, str]) -> None:
    first = GOOD if change[0].startswith("2026") else GOOD.replace("split", 'country = "US"\nsplit')
    assert len(told(tmp_path, first + SECOND.replace(*change)).experiments) == 2


def test_an_arm_is_a_text_a_creative_or_an_ad() -> None:
    known = identify("Roofs").creative_id
    assert known is not None
    assert arm("roofs").creative_id == arm(known).creative_id == known
    assert (arm("ad: 1202").creative_id, arm("ad: 1202").ad_id) == (None, "1202")


def test_the_unit_is_impressions_where_all_arms_have_them() -> None:
    both = sums(impressions=[10, 20], clicks=[1, 2])
    assert unit_of(both, None)[0] == "impressions" and unit_of(both, "clicks")[1].tolist() == [[1, 2]]
    assert unit_of(sums(impressions=[10, 0], clicks=[1, 2]), None)[0] == "clicks"
    reported = both | {"counted_impressions": np.array([[100.0, 200.0]])}
    assert unit_of(reported, None)[1].tolist() == [[100, 200]]
    shared = reported | {"cost_allocated": np.array([[0.0, 1.0]])}  # an ad's report shared among its texts is no count
    assert unit_of(shared, None)[1].tolist() == [[10, 20]]


def test_the_metric_is_the_objective_where_all_that_it_needs_is_known() -> None:
    money = sums(clicks=[10, 10], converted=[1, 1], conversions=[1, 1], revenue=[5, 9], cost=[2, 3])
    assert metric_of(money, None) == "net_per_click" and metric_of(money, "cvr") == "cvr"
    assert metric_of(money | {"cost": np.array([[2.0, 0.0]])}, None) == "epc"
    assert metric_of(sums(clicks=[10, 10], converted=[1, 1], conversions=[1, 1]), None) == "cvr"
    assert metric_of(sums(impressions=[10, 10], clicks=[1, 2]), None) == "ctr"


@pytest.mark.parametrize(
    ("objective", "target", "net"), [("profit_per_click", 0, 0.3), ("roas", 2, 0.05), ("cpa", 4, 0.2)]
)
def test_net_per_click_is_what_a_click_brings_above_its_target(objective: str, target: float, net: float) -> None:
    found = measure(
        sums(clicks=[10, 10], converted=[1, 1], conversions=[1, 1], revenue=[5, 9], cost=[2, 3]), "net_per_click",
        goal(objective, target),
    )  # fmt: skip
    assert float(found.total[0, 0] - found.cost[0, 0]) / 10 == pytest.approx(net)


def test_days_still_maturing_are_in_no_money_and_in_the_ctr() -> None:
    young = sums(impressions=[90, 90], clicks_observed=[9, 9], clicks=[9, 9], revenue=[5, 9], mature=[0, 0])
    assert measure(young, "epc", Goal(1.0, False)).units.sum() == 0
    assert measure(young, "ctr", Goal(1.0, False)).units.sum() == 180


def played(rate: tuple[float, ...], days: int = 20, apart: float = 0.0) -> Measure:
    chance = np.random.default_rng(4)
    units = np.full((days, len(rate)), 1000.0)
    total = np.round(units * np.array(rate) * np.exp(chance.normal(0, apart, units.shape)))
    hits = total.sum(axis=0)
    return Measure("ctr", units, total, hits, hits, np.zeros_like(units))


def test_the_lift_is_wider_where_days_differ_and_where_more_arms_are_compared() -> None:
    calm, wild = lift(played((0.02, 0.03)), 1, 0), lift(played((0.02, 0.03), apart=0.5), 1, 0)
    three = lift(played((0.02, 0.03, 0.03)), 1, 0)
    assert calm is not None and wild is not None and three is not None
    assert calm.value == pytest.approx(0.01) and calm.excludes_zero
    assert overdispersion(played((0.02, 0.03)), 1, 0) == 1 < overdispersion(played((0.02, 0.03), apart=0.5), 1, 0)
    assert wild.high - wild.low > 1.5 * (calm.high - calm.low)
    assert three.high - three.low > calm.high - calm.low
    assert [family_level(n) for n in (2, 3)] == pytest.approx([0.95, 1 - 0.05 / 3])


def test_too_few_hits_have_no_lift_and_an_arm_of_few_may_still_be_the_best() -> None:
    few = played((0.02, 0.03, 0.001), days=HITS_MIN - 1)  # one a day
    assert lift(few, 2, 0) is None and lift(few, 1, 0) is not None
    found = chances(few, 0.3**2)
    assert found.p_best.sum() == pytest.approx(1) and found.p_best[2] > 0.05
