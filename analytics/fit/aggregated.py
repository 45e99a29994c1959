"""This module owns the shape that the fits read: aggregated paths as flat integer arrays, and exact sharing of totals.

Millions of journeys are a few arrays here, never lists of texts: a path is a slice of `states`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MILLION = 1_000_000
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Paths:
    """Distinct paths over the states 0 … `size` - 1, each with at least one touch.

    `states` holds all paths one after the other; path p is `states[starts[p]:starts[p + 1]]`. `converted` counts what
    its journeys converted to, `null` the journeys that did not.
    """

    states: Ints
    starts: Ints
    converted: Ints
    null: Ints
    size: int

    @classmethod
    def of(cls, told: Iterable[tuple[Sequence[int], int, int]], size: int | None = None) -> "Paths":
        """From (path, conversions, null journeys)."""
        rows = list(told)
        states = np.array([state for path, _, _ in rows for state in path], dtype=np.int64)
        starts = np.cumsum([0, *(len(path) for path, _, _ in rows)], dtype=np.int64)
        counts = np.array([row[1:] for row in rows], dtype=np.int64).reshape(len(rows), 2)
        found = int(states.max()) + 1 if len(states) else 0
        return cls(states, starts, counts[:, 0], counts[:, 1], found if size is None else size)

    @property
    def lengths(self) -> Ints:
        """The number of touches of each path."""
        return np.diff(self.starts)

    @property
    def before(self) -> Ints:
        """The state before each touch of its path; -1 where the path begins."""
        before = np.full(len(self.states), -1, dtype=np.int64)
        before[1:] = self.states[:-1]
        before[self.starts[:-1]] = -1
        return before

    @property
    def pairs(self) -> int:
        """How many distinct (state before, state) there are: the states of a chain of order 2."""
        return len(distinct((self.before + 1) * self.size + self.states))

    def without_null(self) -> "Paths":
        """The same paths as if nobody had gone without converting."""
        return Paths(self.states, self.starts, self.converted, np.zeros_like(self.null), self.size)

    def touches(self) -> tuple[Ints, Ints]:
        """How often each state is touched in converting and in null journeys."""
        lengths = self.lengths
        return tuple(
            np.bincount(self.states, np.repeat(counts, lengths), self.size).astype(np.int64)
            for counts in (self.converted, self.null)
        )  # type: ignore[return-value]  # a pair

    def kept(self, states_max: int) -> Ints:
        """For every state its new number, where only the `states_max` most touched keep one of their own.

        All others become the last number, "the rest". Most touched in converting journeys, then in all, then by number.
        """
        if self.size <= states_max:
            return np.arange(self.size, dtype=np.int64)
        converted, null = self.touches()
        order = np.lexsort((np.arange(self.size), -(converted + null), -converted))
        mapped = np.full(self.size, states_max, dtype=np.int64)
        mapped[np.sort(order[:states_max])] = np.arange(states_max)
        return mapped

    def mapped(self, to: Ints, size: int) -> "Paths":
        """The same paths with every state s called `to[s]`."""
        return Paths(to[self.states], self.starts, self.converted, self.null, size)


def distinct(values: Ints) -> Ints:
    """The values, ascending, each once. Sorting whole numbers is several times faster than numpy's table of hashes."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    once: Ints = ordered[first]
    return once


def shared(total: int, weights: Floats) -> list[int]:
    """`total` in whole parts in proportion to `weights` (>= 0), by largest remainder: they add up to exactly `total`.

    Equal weights where all are 0. Ties go to the first. Exact for any size of `total`.
    """
    size = len(weights)
    if size == 0:
        return []
    scaled = [int(weight) for weight in np.rint(weights / (weights.max() or 1.0) * 2.0**40)]
    scaled = scaled if sum(scaled) else [1] * size
    whole, sign = sum(scaled), -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight, whole) for weight in scaled]
    left = abs(total) - sum(part for part, _ in parts)
    order = sorted(range(size), key=lambda at: (-parts[at][1], at))
    extra = set(order[:left])
    return [sign * (part + (at in extra)) for at, (part, _) in enumerate(parts)]
