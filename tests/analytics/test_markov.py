"""This module owns the promises of the absorbing chain: exact, finite for any counts, and its two readings apart."""

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.fit.aggregated import Paths, shared
from analytics.fit.markov import classical, effects, ledger_weights, transitions

START, CONVERTED, NULL = "start", "converted", "null"
Told = list[tuple[list[int], int, int]]
told = st.lists(
    st.tuples(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(0, 3), st.integers(0, 3)), max_size=8
)
# (paths as (touches, conversions, null journeys), removal effects worked out by hand)
WORKED = [
    ([([0], 1, 0)], [1]),
    ([([0], 1, 1)], [1]),
    ([([0, 1], 1, 0)], [1, 1]),
    ([([0], 1, 0), ([1], 1, 0)], [Fraction(1, 2), Fraction(1, 2)]),
    ([([0], 1, 0), ([1], 3, 0)], [Fraction(1, 4), Fraction(3, 4)]),
    # Half of all walks begin with 0; from there half end, half go on to 1, which converts always.
    ([([0, 1], 1, 0), ([0], 0, 1), ([1], 2, 0)], [Fraction(1, 3), 1]),
    # The textbook's three journeys: A > B > C, A, and B > C without a conversion.
    ([([0, 1, 2], 1, 0), ([0], 0, 1), ([1, 2], 0, 1)], [Fraction(1, 2), 1, 1]),
    # A repeated touch is a step to itself.
    ([([0, 0], 1, 0), ([0, 1], 1, 0)], [1, Fraction(1, 2)]),
]


@pytest.mark.parametrize(("paths", "worked"), WORKED)
def test_a_worked_chain_has_the_effects_that_one_finds_by_hand(paths: Told, worked: list[Fraction]) -> None:
    assert effects(Paths.of(paths)).removal == pytest.approx([float(each) for each in worked], abs=1e-12)


def graph(paths: Told) -> dict[object, dict[object, int]]:
    steps: dict[object, dict[object, int]] = defaultdict(lambda: defaultdict(int))
    for path, conversions, nulls in paths:
        for end, count in ((CONVERTED, conversions), (NULL, nulls)):
            for a, b in pairwise([START, *path, end] if count else []):
                steps[a][b] += count
    return steps


def converts(steps: dict[object, dict[object, int]], removed: object = None) -> Fraction:
    """P(converted) from the start with a state removed, by Gauss over fractions: nothing of ours, nothing rounded."""
    names = [name for name in steps if name != removed]
    rows = []
    for name in names:
        total = sum(steps[name].values())
        row = [Fraction(-steps[name].get(other, 0), total) + (other == name) for other in names]
        rows.append([*row, Fraction(steps[name].get(CONVERTED, 0), total)])
    for at in range(len(names)):
        pivot = next(r for r in range(at, len(names)) if rows[r][at])
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for r in range(len(names)):
            if r != at and rows[r][at]:
                rows[r] = [x - rows[r][at] * y for x, y in zip(rows[r], rows[at], strict=True)]
    return rows[names.index(START)][-1] if START in names else Fraction(0)


@settings(max_examples=150, deadline=None)
@given(told)
def test_one_inverse_gives_what_removing_every_creative_in_turn_gives(paths: Told) -> None:
    steps = graph(paths)
    whole = converts(steps)
    expected = [float(1 - converts(steps, each) / whole) if whole else 0.0 for each in range(5)]
    found = effects(Paths.of(paths, 5))
    assert found.removal == pytest.approx(expected, abs=1e-9)
    assert found.conversion == pytest.approx(float(whole), abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(told)
def test_an_effect_is_one_exactly_when_every_walk_to_a_conversion_passes_the_creative(paths: Told) -> None:
    steps = graph(paths)

    def reaches(without: object) -> bool:
        seen, waiting = {START}, [START]
        while waiting:
            for other in steps.get(waiting.pop(), {}):
                if other not in seen and other != without:
                    seen.add(other)
                    waiting.append(other)
        return CONVERTED in seen

    found = effects(Paths.of(paths, 5)).removal
    for creative in range(5):
        passes_all = reaches(None) and not reaches(creative)
        assert (abs(found[creative] - 1) < 1e-9) == passes_all, creative


@settings(max_examples=150, deadline=None)
@given(told)
def test_collapsing_repeats_leaves_the_effects_as_they_are(paths: Told) -> None:
    collapsed = [([b for a, b in pairwise([-1, *path]) if a != b], c, n) for path, c, n in paths]
    assert effects(Paths.of(collapsed, 5)).removal == pytest.approx(effects(Paths.of(paths, 5)).removal, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(told)
def test_an_order_two_chain_of_paths_of_two_touches_is_the_paths_themselves(paths: Told) -> None:
    short = [(path[:2], c, n) for path, c, n in paths]
    whole = sum(c for _, c, _ in short)
    expected = [sum(c for path, c, _ in short if each in path) / whole if whole else 0.0 for each in range(5)]
    assert effects(Paths.of(short, 5), order=2).removal == pytest.approx(expected, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(told, st.sampled_from([1, 2]))
def test_no_counts_make_an_effect_that_is_no_share(paths: Told, order: int) -> None:
    for each in (Paths.of(paths, 5), Paths.of(paths, 5).without_null()):
        found = effects(each, order)
        for share in (found.removal, found.reach):
            assert np.isfinite(share).all() and (share >= 0).all() and (share <= 1).all()
        assert (found.removal <= found.reach / max(found.conversion, 1e-300) + 1e-9).all()


@pytest.mark.parametrize("paths", [[], [([0, 1], 0, 5)], [([0], 0, 0)]])
def test_where_nothing_converts_every_effect_is_nothing(paths: Told) -> None:
    assert effects(Paths.of(paths, 2)).removal.tolist() == [0.0, 0.0]


def test_a_creative_of_null_journeys_only_has_none_without_them() -> None:
    paths = Paths.of([([0, 1], 0, 3), ([0], 2, 0)])
    assert effects(paths).removal.tolist() == pytest.approx([1, 0])
    assert effects(paths.without_null()).removal.tolist() == pytest.approx([1, 0])


def test_without_null_journeys_the_effect_is_the_share_of_converting_walks_that_pass() -> None:
    paths = Paths.of([([0, 1], 1, 0), ([1], 3, 9)]).without_null()
    found = effects(paths)
    assert found.removal == pytest.approx(found.reach)
    assert found.conversion == 1


def test_an_unknown_order_and_too_many_pairs_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="order 1 or 2, not 3"):
        effects(Paths.of([([0], 1, 0)]), order=3)
    every_pair = [([a, b], 1, 0) for a in range(40) for b in range(40)]
    with pytest.raises(ValueError, match=r"1640 pairs is over the limit of 1000"):
        effects(Paths.of(every_pair), order=2)


def test_transitions_are_whole_counts_of_every_step() -> None:
    cells = transitions(Paths.of([([0, 1, 1], 2, 1), ([1], 0, 4)]))
    assert cells.dtype == np.int64
    assert cells.tolist() == [[3, 4, 0, 0], [0, 3, 0, 0], [0, 3, 2, 5]]


def test_the_most_touched_creatives_keep_a_state_and_the_others_are_the_rest() -> None:
    paths = Paths.of([([0, 2], 1, 0), ([1, 1, 3], 2, 0), ([2], 0, 50)])
    assert paths.kept(4).tolist() == [0, 1, 2, 3]
    assert paths.kept(2).tolist() == [2, 0, 2, 1]


def test_creatives_of_the_rest_share_its_effect_by_their_touches() -> None:
    weights = ledger_weights(np.array([0.5, 0.3]), np.array([0, 1, 1, 1]), np.array([9, 1, 2, 0]))
    assert weights.tolist() == [500_000, 100_000, 200_000, 0]
    alone = ledger_weights(np.array([0.5, 0.3]), np.array([0, 1]), np.array([9, 0]))
    assert alone.tolist() == [500_000, 300_000]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(-(10**20), 10**20))
def test_the_classical_totals_add_up_to_the_last_unit(removal: list[float], total: int) -> None:
    found = classical(np.array(removal), total)
    assert sum(found) == total
    assert all(part * total >= 0 for part in found)


def test_a_total_is_shared_in_proportion_and_equally_where_no_share_weighs_anything() -> None:
    assert shared(10, np.array([1.0, 2.0, 2.0])) == [2, 4, 4]
    assert shared(-7, np.zeros(2)) == [-4, -3]
    assert shared(5, np.zeros(0)) == []
