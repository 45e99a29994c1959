"""This module owns the promises of Shapley values over sets of creatives: the definition, its theorem, whole shares."""

from collections import defaultdict
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.fit.aggregated import MILLION, Paths
from analytics.fit.shapley import Value, ledger_weights, sets_of, values

Told = list[tuple[list[int], int, int]]
told = st.lists(
    st.tuples(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(0, 3), st.integers(0, 3)), max_size=8
)


def worth(paths: Told, coalition: set[int], value: Value) -> float:
    inside = [(c, n) for path, c, n in paths if set(path) <= coalition]
    converted = sum(c for c, _ in inside)
    journeys = converted + sum(n for _, n in inside)
    return float(converted) if value == "count" else converted / journeys if journeys else 0.0


def by_definition(paths: Told, players: tuple[int, ...], value: Value) -> list[float]:
    """Each player's mean addition over every order in which the players can arrive."""
    total: dict[int, float] = defaultdict(float)
    orders = list(permutations(players))
    for order in orders:
        for at, player in enumerate(order):
            before = set(order[:at])
            total[player] += worth(paths, before | {player}, value) - worth(paths, before, value)
    return [total[player] / len(orders) for player in players]


@settings(max_examples=60, deadline=None)
@given(told, st.sampled_from(["rate", "count"]))
def test_the_values_are_those_of_the_definition(paths: Told, value: Value) -> None:
    known = sets_of(Paths.of(paths, 5))
    for players in [*combinations(range(5), 3), (0, 1, 2, 3, 4)]:
        found = values(np.array([players], dtype=np.int64), known, value)[0]
        assert found == pytest.approx(by_definition(paths, players, value), abs=1e-9)


@given(told)
def test_with_counts_the_value_is_linear_over_distinct_touches(paths: Told) -> None:
    linear = [0.0] * 5
    for path, conversions, _ in paths:
        for creative in set(path):
            linear[creative] += conversions / len(set(path))
    grand = np.array([[0, 1, 2, 3, 4]], dtype=np.int64)
    assert values(grand, sets_of(Paths.of(paths, 5)), "count")[0] == pytest.approx(linear, abs=1e-9)


def shares(paths: Told, creatives_max: int = 8) -> dict[tuple[int, ...], list[int]]:
    known = sets_of(Paths.of(paths))
    weights = ledger_weights(known, known, creatives_max)
    return {tuple(known.creatives[a:b].tolist()): weights[a:b].tolist() for a, b in pairwise(known.starts)}


@settings(max_examples=60, deadline=None)
@given(told)
def test_weights_are_whole_never_negative_and_add_up_to_a_million(paths: Told) -> None:
    found = shares(paths)
    assert set(found) == {tuple(sorted(set(path))) for path, _, _ in paths}
    for weights in found.values():
        assert sum(weights) == MILLION and min(weights) >= 0


def test_a_creative_with_which_fewer_convert_gets_nothing_and_the_others_share_the_whole() -> None:
    paths = [([0], 9, 1), ([1], 0, 90), ([0, 1], 1, 0)]
    raw = values(np.array([[0, 1]], dtype=np.int64), sets_of(Paths.of(paths)))[0]
    assert raw[1] < 0 < raw[0]
    assert shares(paths)[0, 1] == [MILLION, 0]


def test_the_worth_of_the_whole_set_is_shared_without_a_rest() -> None:
    paths = [([0], 1, 3), ([1, 2], 2, 2), ([0, 1, 2], 3, 1)]
    found = values(np.array([[0, 1, 2]], dtype=np.int64), sets_of(Paths.of(paths)))[0]
    assert found.sum() == pytest.approx(worth(paths, {0, 1, 2}, "rate"))


def test_beyond_the_limit_and_where_nothing_is_worth_anything_the_shares_are_equal() -> None:
    paths = [([0, 1, 2], 2, 0), ([0], 5, 9), ([3, 4], 0, 1)]
    assert shares(paths, creatives_max=2)[0, 1, 2] == [333_334, 333_333, 333_333]
    assert shares(paths)[0, 1, 2] != [333_334, 333_333, 333_333]
    assert shares(paths)[3, 4] == [500_000, 500_000]


def test_paths_with_the_same_creatives_are_one_set() -> None:
    known = sets_of(Paths.of([([0, 1], 1, 0), ([1, 0, 1], 2, 4), ([1], 0, 1)]))
    assert known.creatives.tolist() == [1, 0, 1]
    assert (known.converted.tolist(), known.null.tolist()) == ([0, 3], [1, 4])


def test_the_journey_of_a_crowd_is_a_set_however_many_creatives_it_has() -> None:
    known = sets_of(Paths.of([(list(range(600)), 1, 0), ([0], 1, 0), (list(range(600)), 1, 2)]))
    assert (known.sizes.tolist(), known.converted.tolist(), known.null.tolist()) == ([1, 600], [1, 2], [0, 2])


def test_nothing_known_is_worth_nothing() -> None:
    nothing = sets_of(Paths.of([]))
    assert values(np.array([[0, 1]], dtype=np.int64), nothing).tolist() == [[0.0, 0.0]]
    assert ledger_weights(nothing, nothing).tolist() == []


def test_sets_of_creatives_with_great_numbers_are_counted_together_too() -> None:
    great = [900_000 + n for n in range(4)]
    known = sets_of(Paths.of([(great, 1, 0), (great[::-1], 2, 3), (great[1:], 0, 1)]))
    assert known.creatives.tolist() == [*great[1:], *great]
    assert (known.converted.tolist(), known.null.tolist()) == ([0, 3], [1, 3])
