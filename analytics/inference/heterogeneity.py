"""This module owns how far families of creatives differ for reasons of their own, within strata.

A *cell* is a creative in a stratum (a campaign, a country, four weeks): events (clicks, conversions) out of an exposure
(impressions, clicks). Creatives of one *family* are near-duplicates and share an effect of their own that nothing
measured explains; its relative variance is τ².
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
ROUNDS = 40  # halvings of an interval
TAU2_MAX = 25.0  # families that differ by more than that have no rate in common
EXPECTED_MIN = 1.0  # a family with fewer expected events says nothing of τ²


@dataclass(frozen=True, slots=True)
class Cells:
    """One entry per creative and stratum, arrays of one length; strata and families are numbered from 0.

    events     what happened, not negative: a count, or money over the spread of a sale
    exposure   what it happened out of, above 0
    """

    stratum: Ints
    family: Ints
    events: Floats
    exposure: Floats

    def __len__(self) -> int:
        return len(self.stratum)

    def at(self, which: Ints | Mask) -> "Cells":
        """Some of the cells."""
        return Cells(self.stratum[which], self.family[which], self.events[which], self.exposure[which])


@dataclass(frozen=True, slots=True)
class Fitted:
    """What all features of a metric share.

    cells      those of strata with two families or more and an event, stratum after stratum
    at         for each cell of the input its place here, -1 where it is not here
    begins     where each stratum begins, and the last one ends
    pair       of each cell: the number of its stratum and family together
    weight     of each cell's family
    """

    cells: Cells
    at: Ints
    begins: Ints
    pair: Ints
    weight: Floats
    tau2: float


def fit(cells: Cells) -> Fitted:
    """The families' heterogeneity and weights.

    τ² is where the families' squared deviations from their strata are what chance and τ² explain, leverage taken off
    (Paule and Mandel 1982; of overdispersed counts Breslow 1984).
    """
    kept = np.flatnonzero(_comparable(cells))
    kept = kept[np.argsort(cells.stratum[kept], kind="stable")].astype(np.int64)
    at = np.full(len(cells), -1, dtype=np.int64)
    at[kept] = np.arange(len(kept))
    names, stratum = np.unique(cells.stratum[kept], return_inverse=True)
    ours = Cells(stratum.astype(np.int64), cells.family[kept], cells.events[kept], cells.exposure[kept])
    begins = np.searchsorted(ours.stratum, np.arange(len(names) + 1)).astype(np.int64)
    low, high = 0.0, TAU2_MAX if len(kept) and _excess(ours, 0.0) > 0 else 0.0
    for _ in range(ROUNDS if high else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if _excess(ours, middle) > 0 else (low, middle)
    return Fitted(ours, at, begins, _pairs(ours), _weights(ours, high)[0], high)


def _pairs(cells: Cells) -> Ints:
    """A number for each stratum and family together."""
    families = int(cells.family.max(initial=0)) + 1
    numbers: Ints = np.unique(cells.stratum * families + cells.family, return_inverse=True)[1].astype(np.int64)
    return numbers


def _comparable(cells: Cells) -> Mask:
    """Cells of strata with an event and at least two families."""
    if not len(cells):
        return np.zeros(0, dtype=np.bool_)
    size = int(cells.stratum.max()) + 1
    pairs = np.unique(np.stack([cells.stratum, cells.family]), axis=1)
    families = np.bincount(pairs[0], minlength=size)
    return ((families > 1) & (np.bincount(cells.stratum, cells.events, size) > 0))[cells.stratum]


def _weights(cells: Cells, tau2: float) -> tuple[Floats, Floats]:
    """(weight of each cell's family, expected events of each cell) where families differ by `tau2`."""
    size, families = int(cells.stratum[-1]) + 1 if len(cells) else 0, int(cells.family.max(initial=-1)) + 1
    weight = np.ones(len(cells))
    expected = weight
    for _ in range(3):  # weights follow from the strata's rates, which follow from weights: three rounds are plenty
        events = np.bincount(cells.stratum, weight * cells.events, size)
        exposure = np.bincount(cells.stratum, weight * cells.exposure, size)
        expected = cells.exposure * (np.maximum(events, 0) / exposure)[cells.stratum]
        weight = (1 / (1 + tau2 * np.bincount(cells.family, expected, families)))[cells.family]
    return weight, expected


def _excess(cells: Cells, tau2: float) -> float:
    """How much more the families deviate than chance and `tau2` explain."""
    weight, expected = _weights(cells, tau2)
    size, families = int(cells.stratum[-1]) + 1, int(cells.family.max()) + 1
    fitted = np.bincount(cells.stratum, weight * expected, size)
    of_family = np.bincount(cells.family, expected, families)
    told = of_family >= EXPECTED_MIN
    pairs = _pairs(cells)
    together = np.bincount(pairs, weight * expected)[pairs] / fitted[cells.stratum]
    left = 1 - np.bincount(cells.family, expected * together, families)[told] / of_family[told]
    squared = np.bincount(cells.family, cells.events - expected, families)[told] ** 2
    return float((squared / (of_family * (1 + tau2 * of_family))[told] - left).sum())
