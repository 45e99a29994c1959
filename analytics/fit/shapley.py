"""This module owns Shapley attribution over sets of creatives: exact up to a stated number of distinct creatives.

The worth of a coalition S is what journeys bring that touch nothing outside S: v(S) = conversions / journeys over them
("rate"), v(∅) = 0. A conversion's game is played by the creatives of its own journey (Shapley, A value for n-person
games, 1953). With counts instead of rates the value is known in closed form: equal shares of every journey among its
distinct creatives, linear over distinct touches; that kind ("count") serves as the test of this code.
"""

from dataclasses import dataclass
from math import factorial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.fit.aggregated import MILLION, Floats, Ints, Paths, distinct

CREATIVES_MAX = 8  # 256 coalitions per journey: 100,000 sets of eight take 7 s, of ten 31 s (one run, one core)
_CHUNK_CELLS = 2_000_000  # 16 MB per array
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
Value = Literal["rate", "count"]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Sets:
    """Distinct sets of creatives with their counts; set n is `creatives[starts[n]:starts[n + 1]]`, ascending."""

    creatives: Ints
    starts: Ints
    converted: Ints
    null: Ints

    @property
    def sizes(self) -> Ints:
        """The number of creatives of each set."""
        return np.diff(self.starts)


def sets_of(paths: Paths) -> Sets:
    """The paths' sets of creatives, journeys with equal sets added up, by size and then by creative."""
    lengths = paths.lengths
    path = np.repeat(np.arange(len(lengths)), lengths)
    pairs = distinct(path * max(paths.size, 1) + paths.states)
    path, creative = pairs // max(paths.size, 1), pairs % max(paths.size, 1)
    sizes = np.bincount(path, minlength=len(lengths))
    begins = np.concatenate([[0], np.cumsum(sizes)])
    creatives: list[Ints] = []
    found: list[tuple[int, Ints, Ints]] = []
    for size in np.unique(sizes[sizes > 0]):
        at = np.flatnonzero(sizes == size)
        rows = creative[begins[at][:, None] + np.arange(size)]
        once, which = _distinct_rows(rows, paths.size)
        counts = [np.zeros(len(once), dtype=np.int64) for _ in range(2)]
        for sums, values in zip(counts, (paths.converted, paths.null), strict=True):
            np.add.at(sums, which, values[at])
        creatives.append(once.reshape(-1))
        found.append((int(size), *counts))  # type: ignore[arg-type]  # two counts
    widths = [np.full(len(converted), size) for size, converted, _ in found]
    nothing = np.zeros(0, dtype=np.int64)
    return Sets(
        np.concatenate([nothing, *creatives]), np.concatenate([[0], np.cumsum(np.concatenate([nothing, *widths]))]),
        np.concatenate([nothing, *(each[1] for each in found)]),
        np.concatenate([nothing, *(each[2] for each in found)]),
    )  # fmt: skip


def values(games: Ints, known: Sets, value: Value = "rate") -> Floats:
    """The Shapley value of every player in every game, in the games' own shape.

    `games` has shape (games, players), each row ascending and distinct; `known` are all journeys. Values of a row sum
    to the worth of its whole set. A coalition nobody's journey fits into is worth 0.
    """
    return _values(games, _Table(known), value)


def _values(games: Ints, table: "_Table", value: Value) -> Floats:
    players = games.shape[1]
    out = np.zeros(games.shape)
    for begin in range(0, len(games), step := max(1, _CHUNK_CELLS >> players)):
        out[begin : begin + step] = _played(games[begin : begin + step], table, value)
    return out


def ledger_weights(wanted: Sets, known: Sets, creatives_max: int = CREATIVES_MAX) -> Ints:
    """Millionths for splitting a conversion over each of the `wanted` sets, aligned with `wanted.creatives`.

    They add up to a million per set. A creative can be worth less than nothing (journeys with it convert less): it gets
    0, and the others share all. Equal where the whole set is worth nothing, and beyond `creatives_max` creatives.
    """
    out = np.zeros(len(wanted.creatives), dtype=np.int64)
    sizes, table = wanted.sizes, _Table(known)
    for size in np.unique(sizes):
        cells = wanted.starts[:-1][sizes == size][:, None] + np.arange(size)
        if size > creatives_max:
            out[cells] = _millionths(np.ones((1, size)))
        else:
            out[cells] = _millionths(np.clip(_values(wanted.creatives[cells], table, "rate"), 0.0, None))
    return out


class _Table:
    """Looks up the counts of sets by two 64-bit sums of their members: both collide for one of 10^30 pairs of sets."""

    def __init__(self, known: Sets) -> None:
        sums = [_sums(known, multiplier) for multiplier in _MULTIPLIERS]
        order = np.argsort(sums[0], kind="stable")
        self._first, self._second = sums[0][order], sums[1][order]
        self._converted = np.concatenate([known.converted[order], [0]])
        self._journeys = self._converted + np.concatenate([known.null[order], [0]])

    def counts(self, first: Hashes, second: Hashes) -> tuple[Ints, Ints]:
        """(conversions, journeys) of exactly those sets; zeros for a set that is not there."""
        size = len(self._first)
        if not size:
            return np.zeros(first.shape, dtype=np.int64), np.zeros(first.shape, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._first, first), size - 1)
        at = np.where((self._first[at] == first) & (self._second[at] == second), at, size)
        return self._converted[at], self._journeys[at]


def _played(games: Ints, table: _Table, value: Value) -> Floats:
    """Values of a chunk of games: the 2^n coalitions' counts, summed over subsets, then each player's mean addition."""
    players = games.shape[1]
    cells = (len(games), 1 << players)
    first, second = np.zeros(cells, dtype=np.uint64), np.zeros(cells, dtype=np.uint64)
    for sums, multiplier in zip((first, second), _MULTIPLIERS, strict=True):
        member = _mixed(games, multiplier)
        for player in range(players):  # bit `player` of a coalition's number says whether it is in
            half = 1 << player
            sums[:, half : 2 * half] = sums[:, :half] + member[:, player : player + 1]
    converted, journeys = table.counts(first, second)
    for counts in (converted, journeys):
        for player in range(players):
            view = counts.reshape(len(games), -1, 2, 1 << player)
            view[:, :, 1, :] += view[:, :, 0, :]
    worth = converted / np.maximum(journeys, 1) if value == "rate" else converted.astype(np.float64)
    return _mean_additions(worth, players)


def _mean_additions(worth: Floats, players: int) -> Floats:
    """Σ over S without i of |S|! (n - |S| - 1)! / n! · (v(S ∪ i) - v(S)), for each player i."""
    numbers = np.arange(1 << players)
    sizes = np.array([number.bit_count() for number in range(1 << players)])
    chance = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)])
    out = np.zeros((len(worth), players))
    for player in range(players):
        without = numbers[(numbers >> player) & 1 == 0]
        out[:, player] = (worth[:, without | (1 << player)] - worth[:, without]) @ chance[sizes[without]]
    return out


def _distinct_rows(rows: Ints, size: int) -> tuple[Ints, Ints]:
    """(each row once, ascending; which of them every row is), for rows over 0 … `size` - 1."""
    width = rows.shape[1]
    if int(size) ** int(width) < 1 << 62:  # a row is a number of so many digits
        digits = size ** np.arange(width - 1, -1, -1, dtype=np.int64)
        codes = rows @ digits
        once = distinct(codes)
        return once[:, None] // digits % size, np.searchsorted(once, codes)
    found, which = np.unique(rows, axis=0, return_inverse=True)
    return found, which.reshape(-1)


def _sums(known: Sets, multiplier: int) -> Hashes:
    mixed = np.concatenate(
        [np.zeros(1, dtype=np.uint64), np.cumsum(_mixed(known.creatives, multiplier), dtype=np.uint64)]
    )
    sums: Hashes = mixed[known.starts[1:]] - mixed[known.starts[:-1]]
    return sums


def _mixed(numbers: Ints, multiplier: int) -> Hashes:
    """A pseudo-random 64-bit word per creative (splitmix64's finaliser); sums wrap around on purpose."""
    word = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(multiplier)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = word ^ (word >> np.uint64(31))
    return mixed


def _millionths(weights: Floats) -> Ints:
    """Each row as whole millionths that add up to a million, by largest remainder; equal where all are 0."""
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, 1.0)
    exact = weights / weights.sum(axis=1, keepdims=True) * MILLION
    parts = np.floor(exact).astype(np.int64)
    order = np.argsort(parts - exact, axis=1, kind="stable")  # ties go to the first
    rank = np.argsort(order, axis=1, kind="stable")
    whole: Ints = parts + (rank < (MILLION - parts.sum(axis=1, keepdims=True)))
    return whole
