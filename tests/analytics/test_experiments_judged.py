"""This module owns the promises of an experiment's decision: on what it rests, and what is said where none can be."""

from datetime import date

import numpy as np
from armed import sums

from analytics.experiments.judged import Judged, Told, judge, measured, rows
from analytics.experiments.measured import Goal, measure


def test_what_is_over_is_decided_when_its_last_day_has_matured() -> None:
    end = date(2026, 11, 15)
    day = sums(
        clicks=[900, 900],
        converted=[30, 33],
        earning=[30, 33],
        conversions=[30, 33],
        revenue=[300, 330],
        revenue_squared=[3e3, 4e3],
    )

    def judged(mature: date) -> Judged:
        told = Told("e", ("a", "b"), (None, None), ("1", "2"), (0.5, 0.5), (None, None, None), end, end, None, "epc",
                    date(2026, 11, 20), mature)  # fmt: skip
        return judge(told, day, measured(told, day, Goal(1.0, False)), 0.3**2)

    young, whole = judged(date(2026, 11, 14)), judged(end)
    assert (young.decision, whole.decision) == ("keep running", "no difference found")
    assert "its last days are still maturing" in rows(young)[0]["reason"]
    assert rows(whole)[0]["reason"].startswith("No difference was found: 'b' leads with EPC 0.367")


def ended(day: dict[str, np.ndarray], metric: str, texts: tuple[str, ...] = ("a", "b")) -> Judged:
    """An experiment that is over and mature, with equal shares in clicks."""
    on = date(2026, 11, 15)
    told = Told("e", texts, (None,) * len(texts), texts, (1 / len(texts),) * len(texts), (None, None, None), on, on,
                "clicks", metric, on, on)  # fmt: skip
    return judge(told, day, measured(told, day, Goal(1.0, False)), 0.3**2)


def test_hits_are_what_the_metric_counts() -> None:
    """In arbitrage a click earns without a purchase."""
    paid = sums(clicks=[900, 900], earning=[179, 133], revenue=[90, 66], revenue_squared=[50, 40], cost=[9, 9])
    for metric in ("epc", "profit_per_click", "net_per_click"):
        assert measure(paid, metric, Goal(1.0, False)).hits.tolist() == [179, 133]
    for metric, of in (("cvr", Goal(1.0, False)), ("net_per_click", Goal(4.0, True))):
        assert measure(paid, metric, of).hits.tolist() == [0, 0]
    assert ended(paid, "epc").decision == "no difference found"
    assert ended(paid, "cvr").decision == "too little to tell"


def test_what_ended_with_too_little_does_not_say_that_there_is_no_difference() -> None:
    few = sums(clicks=[900, 900], earning=[30, 19], revenue=[90, 66], revenue_squared=[300, 300])
    found = rows(ended(few, "epc"))[0]
    assert found["decision"] == "too little to tell"
    assert found["reason"] == "Too little to tell: 'b' has 19 clicks that earned; a comparison needs 20 of each arm."
    assert ended(few | {"earning": np.array([[30.0, 20.0]])}, "epc").decision == "no difference found"


def test_an_arm_that_was_never_seen_is_no_mismatch_of_the_others() -> None:
    three = {name: np.append(each, [[0.0]], axis=1) for name, each in sums(clicks=[900, 905]).items()}
    found = rows(ended(three, "epc", ("a", "b", "misspelt")))[0]
    assert (found["decision"], found["srm"]) == ("too little to tell", False)
    assert found["reason"].endswith("Never seen: 'misspelt'; check the text, the scope and the dates.")
    three["clicks"][0, 1] = 1200
    found = rows(ended(three, "epc", ("a", "b", "misspelt")))[0]
    assert found["srm"] and "'a' got 42.9 % of the clicks instead of 50.0 %" in found["reason"]
    two = rows(ended(sums(clicks=[900, 0]), "epc"))[0]
    assert (two["decision"], two["srm"]) == ("too little to tell", False) and "Never seen: 'b'" in two["reason"]


def test_an_arm_without_impressions_is_not_called_unseen() -> None:
    on = date(2026, 11, 15)
    day = sums(clicks=[900, 900], counted_impressions=[9000, 9000], cost_allocated=[1, 1])
    told = Told("e", ("a", "b"), (None, None), ("1", "2"), (0.5, 0.5), (None, None, None), on, on, "impressions", "ctr",
                on, on)  # fmt: skip
    found = rows(judge(told, day, measured(told, day, Goal(1.0, False)), 0.3**2))[0]
    assert found["decision"] is None
    assert found["reason"].startswith("No impressions are known of 'a', 'b'") and 'unit = "clicks"' in found["reason"]


def test_a_mismatch_that_later_days_even_out_names_the_day_it_was_found() -> None:
    day = {name: np.repeat(each, 2, axis=0) for name, each in sums(clicks=[1000, 2000]).items()}
    day["clicks"][1], day["day"][1] = [2000, 1000], day["day"][0] + 1
    found = rows(ended(day, "epc"))[0]
    assert found["srm"] and found["share_actual"] == 0.5
    assert (
        "up to 2026-11-01 'a' got 33.3 % of the clicks instead of 50.0 % (by now 50.0 %), which chance does not explain"
        in found["reason"]
    )


def test_two_arms_that_count_as_one_creative_are_told_instead_of_compared() -> None:
    on, ids = date(2026, 11, 1), ("rac1_a", "rac1_a")
    told = Told("e", ("a", "b"), ids, (None, None), (0.5, 0.5), (None, None, None), on, None, None, None, on, on)
    day = sums(impressions=[9000, 9000], clicks_observed=[90, 190])
    found = rows(judge(told, day, measured(told, day, Goal(1.0, False)), 0.3**2))
    assert {row["decision"] for row in found} == {None}
    assert found[0]["reason"].startswith("'a' and 'b' count as the same creative by now")
