"""This module owns Markov attribution: an absorbing chain estimated from paths, solved exactly, never simulated.

A journey walks from the start over its touches to "converted" or "null". N = (I - Q)^-1 holds how often the chain
visits each state (Kemeny & Snell, Finite Markov Chains, 1960, ch. III), and one N gives every removal effect: of all
conversions, the share whose walk passes the creative (Anderl et al., Mapping the customer journey, 2016, sec. 3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.fit.aggregated import MILLION, Floats, Ints, Paths, distinct, shared

PAIRS_MAX = 1_000  # states of an order-2 chain: a matrix of 8 MB, inverted in a tenth of a second


@dataclass(frozen=True, slots=True)
class Effects:
    """Per state: the removal effect and the share of walks that reach it, both 0 … 1; and P(converted) of a journey."""

    removal: Floats
    reach: Floats
    conversion: float


def effects(paths: Paths, order: int = 1) -> Effects:
    """Removal effects of a chain whose state is the last touch (order 1) or the last two (order 2).

    Finite for any counts: where nothing converts, and for a state no walk reaches, the effect is 0.
    Raises ValueError for another order, or where order 2 needs more than `PAIRS_MAX` states.
    """
    if order == 1:
        owners = np.arange(paths.size, dtype=np.int64)
        return _solved(transitions(paths), owners, paths.size)
    if order != 2:
        raise ValueError(f"a chain has order 1 or 2, not {order}")
    pairs, owners = _pairs(paths)
    if len(owners) > PAIRS_MAX:
        raise ValueError(f"an order-2 chain of {len(owners)} pairs is over the limit of {PAIRS_MAX}")
    return _solved(transitions(pairs), owners, paths.size)


def transitions(paths: Paths) -> Ints:
    """Counts of steps, shape (size + 1, size + 2).

    Rows are the start and then the states, columns the states and then converted and null.
    """
    width, counts = paths.size + 2, paths.converted + paths.null
    cells = np.zeros((paths.size + 1) * width, dtype=np.int64)
    first, last = paths.starts[:-1], paths.starts[1:] - 1
    inner = np.ones(len(paths.states), dtype=bool)
    inner[last] = False
    steps = np.flatnonzero(inner)
    np.add.at(cells, paths.states[first], counts)
    np.add.at(
        cells, (paths.states[steps] + 1) * width + paths.states[steps + 1], np.repeat(counts, paths.lengths)[steps]
    )
    np.add.at(cells, (paths.states[last] + 1) * width + paths.size, paths.converted)
    np.add.at(cells, (paths.states[last] + 1) * width + paths.size + 1, paths.null)
    return cells.reshape(paths.size + 1, width)


def ledger_weights(removal: Floats, mapped: Ints, touches: Ints) -> Ints:
    """Millionths per creative for splitting a conversion within its path.

    A creative with a state of its own weighs its removal effect; those of "the rest" (several creatives on the number
    that `mapped` gives them) share the rest's effect in proportion to their touches.
    """
    sharing = np.bincount(mapped, minlength=len(removal))
    together = np.bincount(mapped, touches, len(removal))
    share = np.where(sharing[mapped] == 1, 1.0, touches / np.maximum(together[mapped], 1.0))
    return np.rint(removal[mapped] * share * MILLION).astype(np.int64)


def classical(removal: Floats, total: int) -> list[int]:
    """The other reading: `total` (conversions or money, in whole units) over the states in proportion to the effects.

    They add up to exactly `total`. A journey's own touches play no part, so this never enters the ledger.
    """
    return shared(total, removal)


def _solved(cells: Ints, owners: Ints, size: int) -> Effects:
    """Effects per owner of the chain's states (order 1: each its own; order 2: the pair's second touch)."""
    removal, reach = np.zeros(size), np.zeros(size)
    states = cells.shape[1] - 2
    live = _live(cells)
    if not live[0]:
        return Effects(removal, reach, 0.0)
    used = np.flatnonzero(live)
    # A state that no walk leaves is a trap (hand-made counts only): what enters it never converts, like null.
    steps = cells[used].astype(np.float64) / cells[used].sum(axis=1, keepdims=True)
    inner = np.zeros((len(used), len(used)))
    inner[:, 1:] = steps[:, used[1:] - 1]
    visits = np.linalg.inv(np.eye(len(used)) - inner)
    converts = np.clip(visits @ steps[:, states], 0.0, 1.0)
    whose = owners[used[1:] - 1]
    shares = np.bincount(whose, minlength=size)
    alone = np.flatnonzero(shares[whose] == 1) + 1  # of order 1 all: a state each
    entered = visits[0, alone] / visits[alone, alone]
    reach[whose[alone - 1]] = np.clip(entered, 0.0, 1.0)
    if converts[0] > 0.0:
        removal[whose[alone - 1]] = np.clip(entered * converts[alone] / converts[0], 0.0, 1.0)
    for owner in np.flatnonzero(shares > 1):
        block = np.flatnonzero(whose == owner) + 1
        # The chance that a walk enters the block first at each of its states: the general form of N[s,i] / N[i,i].
        enters = np.linalg.solve(visits[np.ix_(block, block)].T, visits[0, block])
        reach[owner] = min(max(float(enters.sum()), 0.0), 1.0)
        if converts[0] > 0.0:
            removal[owner] = min(max(float(enters @ converts[block]) / converts[0], 0.0), 1.0)
    return Effects(removal, reach, float(converts[0]))


def _live(cells: Ints) -> NDArray[np.bool_]:
    """Which of start and the states some walk from the start reaches, and some walk leaves for good."""
    states = cells.shape[1] - 2
    step = np.zeros((states + 1, states + 1), dtype=bool)
    step[:, 1:] = cells[:, :states] > 0
    ends = cells[:, states:].sum(axis=1) > 0
    reached = np.zeros(states + 1, dtype=bool)
    reached[0] = True
    while (more := reached | step[reached].any(axis=0)).sum() > reached.sum():
        reached = more
    while (more := ends | step[:, ends].any(axis=1)).sum() > ends.sum():
        ends = more
    live: NDArray[np.bool_] = reached & ends
    return live


def _pairs(paths: Paths) -> tuple[Paths, Ints]:
    """The same journeys over states (touch before, touch); and whose each pair is: its second touch."""
    of_touch = (paths.before + 1) * paths.size + paths.states
    codes = distinct(of_touch)
    pairs = Paths(np.searchsorted(codes, of_touch), paths.starts, paths.converted, paths.null, len(codes))
    return pairs, codes % max(paths.size, 1)
