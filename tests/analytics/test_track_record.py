"""This module owns the promises of the track record that need no build: what is judged, held, promised and said."""

from dataclasses import replace
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from analytics.inference.proportions import wilson
from analytics.track_record.after import After, Followed
from analytics.track_record.cohorts import Cohorts, cohorts
from analytics.track_record.reckoning import (
    BEATS,
    GONE,
    MEETS,
    MISSES,
    NOT_YET,
    OTHER,
    OVER,
    TRAILS,
    Row,
    Said,
    independent,
    reckon,
)
from analytics.track_record.sentences import sentence
from analytics.verdicts.days import COLUMNS, Aim, days_of

FIRST = date(2026, 9, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_verdicts_are_judged_so_far_apart_that_no_day_after_them_counts_twice() -> None:
    said = [day(n) for n in range(40)]
    found = cohorts(said, mature=day(37), after_days=14)
    assert found == Cohorts((day(23), day(9)), pending=day(39))
    assert found.all == [day(9), day(23), day(39)]


@pytest.mark.parametrize(
    ("said", "judged", "pending"),
    [
        ([], [], None),
        ([36], [], 36),  # its fortnight is not over
        ([23], [23], None),  # it just is
        ([24, 23, 10, 9], [23, 9], 24),
        ([22, 10, 8], [22, 8], None),  # a day that was missed has none
        ([23, -400], [23], None),  # of another time
    ],
)
def test_of_the_days_with_verdicts_the_newest_that_can_be_judged_come_first(
    said: list[int], judged: list[int], pending: int | None
) -> None:
    found = cohorts([day(n) for n in said], mature=day(37), after_days=14)
    assert found == Cohorts(tuple(day(n) for n in judged), None if pending is None else day(pending))


def followed() -> Followed:
    """Two creatives of one scope over days 0 to 9, 10 clicks a day each at a cost of 1; A brings 2 a click, B 1."""
    unit, days = np.repeat([0, 1], 10), np.tile(np.arange(10), 2)
    columns = {name: np.zeros(20) for name in COLUMNS}
    value = np.where(unit == 0, 20.0, 10.0)
    columns |= {"clicks": np.full(20, 10.0), "converted": np.full(20, 5.0), "cost": np.full(20, 10.0), "revenue": value,
                "revenue_squared": value**2 / 5, "revenue_capped": value, "capped_squared": value**2 / 5,
                "clicks_compared": np.full(20, 10.0), "rest_compared": np.full(20, 10.0),
                "weight_compared": np.full(20, 5.0), "capped_observed": value, "capped_expected": np.full(20, 15.0),
                "capped_variance": np.full(20, 4.0), "capped_variance_apart": np.full(20, 3.0)}  # fmt: skip
    return Followed(days_of(columns, days, unit, np.zeros(2, dtype=int), Aim("roas", 1.0), 100.0), mature=8)


def test_after_a_verdict_count_the_days_that_follow_it_and_are_mature() -> None:
    after = followed().after(np.array([0, 1, 0, 1]), np.array([1, 1, 5, 20]), 4)
    assert after.clicks.tolist() == [40, 40, 30, 0]  # days 2 to 5; 6, 7 and 8, for 9 is not mature; none
    assert after.compared.tolist() == [40, 40, 30, 0]
    assert after.ahead[:3].tolist() == pytest.approx([1.0, -1.0, 1.0])  # A brings one more per click than B
    assert after.net[:3].tolist() == pytest.approx([1.0, 0.0, 1.0])
    assert after.ahead_variance[0] == pytest.approx(4 * 4.0 / 20.0**2)  # the larger of both
    assert after.conversions.tolist() == [0.5] * 4  # at the pace of the 28 days before
    assert np.isnan(after.ahead[3]) and np.isnan(after.net[3])


def said(many: int, **more: Any) -> Said:
    """Verdicts about as many creatives of one scope, 97.7 % sure of both: 2 deviations of 0.1 each."""
    sure = np.full(many, NormalDist().cdf(2.0))
    told = Said(
        np.full(many, 100), np.arange(many), np.zeros(many, dtype=int), np.array(["winner"] * many), sure,
        np.full(many, 0.2), np.full(many, 0.1), sure, np.full(many, 0.2), np.full(many, 0.1),
    )  # fmt: skip
    return replace(told, **more)


def after(many: int, **more: Any) -> After:
    """All of them beat the rest and met the target in 500 clicks of which 25 were to convert, without any noise."""
    found = After(
        np.full(many, 500.0), np.full(many, 500.0), np.full(many, 0.05), np.full(many, 0.1), np.zeros(many),
        np.full(many, 0.1), np.ones(many), np.zeros(many),
    )  # fmt: skip
    return replace(found, **more)


def row(rows: list[Row], claim: str, what: str) -> Row:
    (found,) = [each for each in rows if (each.claim, each.what) == (claim, what)]
    return found


def test_of_twenty_winners_sixteen_still_beat_their_scope() -> None:
    ahead = np.where(np.arange(20) < 16, 0.1, -0.1)
    rows = reckon(said(20), np.full(20, OVER), after(20, ahead=ahead), 200)
    assert {(each.claim, each.what) for each in rows} == {
        (claim, what) for claim in (BEATS, MEETS) for what in ("winner", "95–99 %", "over 50 %")
    }
    found = row(rows, BEATS, "winner")
    assert (found.said, found.judged, found.held, found.share, found.creatives) == (20, 20, 16, 0.8, 20)
    limits = wilson(16, 20)
    assert found.expected == pytest.approx(NormalDist().cdf(2.0))
    assert (found.low, found.high, found.independent) == (limits.low, limits.high, 20)
    assert found.calibration == "too_sure"
    assert row(rows, MEETS, "winner").held == 20


def test_the_noise_of_the_days_after_is_part_of_what_is_expected() -> None:
    noisy = after(20, ahead_variance=np.full(20, 0.03), net_noise=np.full(20, 0.025))
    rows = reckon(said(20), np.full(20, OVER), noisy, 200)
    # 0.2 / sqrt(0.1² + 0.03); and of a click that is to bring 1.2: 0.1² + 0.025 · 1.2
    for claim in (BEATS, MEETS):
        assert row(rows, claim, "winner").expected == pytest.approx(NormalDist().cdf(1.0))


def test_what_was_called_unlikely_is_judged_by_its_reverse() -> None:
    low = np.full(12, NormalDist().cdf(-3.0))
    told = said(12, p_beats=low, ahead=np.full(12, -0.3), p_meets=low, net=np.full(12, -0.3),
                word=np.array(["cut"] * 12))  # fmt: skip
    ahead = np.where(np.arange(12) < 11, -0.1, 0.1)
    rows = reckon(told, np.full(12, OVER), after(12, ahead=ahead, net=np.full(12, -0.1)), 200)
    assert {each.claim for each in rows} == {TRAILS, MISSES}
    found = row(rows, TRAILS, "over 99 %")
    assert (found.held, found.expected) == (11, pytest.approx(NormalDist().cdf(3.0)))
    assert row(rows, MISSES, "cut").held == 12


def test_every_verdict_that_was_said_is_judged_or_has_the_reason_why_not() -> None:
    state = np.array([OVER] * 14 + [NOT_YET] * 2 + [GONE, OTHER])
    clicks = np.array([500.0] * 11 + [0.0, 199.0, 500.0] + [np.nan] * 4)
    pace = np.array([0.05] * 13 + [0.009] + [np.nan] * 4)  # 4.5 conversions
    rows = reckon(said(18), state, after(18, clicks=clicks, compared=clicks, conversions=pace), 200)
    for found in (row(rows, BEATS, "winner"), row(rows, MEETS, "over 50 %")):
        assert (found.said, found.judged, found.stopped_running, found.too_few_clicks) == (18, 11, 1, 2)
        assert (found.not_mature_yet, found.scope_gone, found.other_objective) == (2, 1, 1)


def test_clicks_without_others_beside_them_do_not_count_for_the_comparison() -> None:
    rows = reckon(said(12), np.full(12, OVER), after(12, compared=np.full(12, 50.0)), 200)
    assert (row(rows, BEATS, "winner").judged, row(rows, BEATS, "winner").too_few_clicks) == (0, 12)
    assert row(rows, MEETS, "winner").judged == 12


def test_a_verdict_without_a_certainty_makes_no_claim() -> None:
    unknown = np.full(12, np.nan)
    rows = reckon(said(12, p_beats=unknown), np.full(12, OVER), after(12), 200)
    assert {each.claim for each in rows} == {MEETS}
    assert reckon(said(12, ahead_sd=unknown, net_sd=unknown), np.full(12, OVER), after(12), 200) == []


@pytest.mark.parametrize(
    ("certainty", "claim", "what"),
    [
        (0.5, BEATS, "50–80 %"), (0.8, BEATS, "50–80 %"), (0.95, BEATS, "80–95 %"), (0.99, BEATS, "95–99 %"),
        (1.0, BEATS, "over 99 %"), (0.4999, TRAILS, "50–80 %"), (0.049, TRAILS, "95–99 %"), (0.0, TRAILS, "over 99 %"),
    ],
)  # fmt: skip
def test_every_certainty_is_in_one_bin(certainty: float, claim: str, what: str) -> None:
    told = said(1, p_beats=np.array([certainty]), word=np.array(["average"]))
    rows = [each for each in reckon(told, np.array([OVER]), after(1), 200) if each.claim in (BEATS, TRAILS)]
    assert [(each.claim, each.what) for each in rows] == [(claim, what), (claim, "over 50 %")]


def test_verdicts_about_the_same_creative_count_less_the_more_they_share_their_surprises() -> None:
    foreseen, creative = np.full(60, 0.7), np.repeat(np.arange(12), 5)
    alike = np.repeat(np.arange(12) % 3 > 0, 5)  # each creative held always or never
    mixed = np.tile(np.arange(5) % 3 > 0, 12)  # each as often as any other
    assert independent(alike, foreseen, [creative]) < 15
    assert independent(mixed, foreseen, [creative]) == 60
    assert independent(np.ones(60, dtype=bool), foreseen, [creative]) == pytest.approx(12)
    assert independent(mixed, foreseen, [creative, np.zeros(60, dtype=int)]) == pytest.approx(1)  # one campaign


def test_the_sentence_says_what_held_how_sure_and_what_was_promised() -> None:
    ahead = np.where(np.arange(20) < 16, 0.1, -0.1)
    rows = reckon(said(20), np.full(20, OVER), after(20, ahead=ahead), 200)
    found = replace(row(rows, BEATS, "winner"), low=0.584, high=0.919)
    assert sentence(found, 14, 3) == (
        "Of 20 creatives called winner, 16 still beat the rest of their campaign in the 14 days after"
        " (80 %, 58–92 %); if the certainties are right, 20 would: the certainties are too high."
    )
    assert sentence(replace(row(rows, MEETS, "95–99 %"), low=0.839, high=1.0), 7, 3) == (
        "Of 20 creatives said to meet their target with 95–99 % certainty, 20 did in the 7 days after"
        " (100 %, 84–100 %); if the certainties are right, 20 would."
    )
    again = replace(found, creatives=8, expected=0.5)
    assert sentence(again, 14, 3) == (
        'Of 20 verdicts "winner" about 8 creatives, 16 still beat the rest of their campaign in the 14 days after'
        " (80 %, 58–92 %); if the certainties are right, 10 would: they are too low."
    )


def test_below_ten_it_is_silent_and_says_why() -> None:
    few = row(reckon(said(1), np.array([OVER]), after(1), 200), MEETS, "over 50 %")
    assert sentence(few, 7, 3) == (
        "Only 1 verdict to meet their target, more than 50 % sure, could be judged by the 7 days after; 10 are needed."
    )
    state = np.array([OVER] * 9 + [NOT_YET] * 2)
    found = row(reckon(said(11), state, after(11), 200), BEATS, "winner")
    assert np.isnan([found.share, found.low, found.high, found.expected]).all() and found.calibration is None
    assert sentence(found, 14, 3) == (
        'Only 9 of 11 verdicts "winner" could be judged by the 14 days after (2 not mature yet); 10 are needed.'
    )


def test_where_all_are_too_young_it_says_when_the_first_can_be_judged() -> None:
    (*_, found) = reckon(said(3), np.full(3, NOT_YET), after(3), 200)
    assert sentence(found, 14, 3) == (
        "None of 3 verdicts to meet their target, more than 50 % sure, could be judged by the 14 days after"
        " (3 not mature yet); 10 are needed. The first can be judged on 1970-04-28."
    )
