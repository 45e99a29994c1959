"""This module owns the lift of a feature over cells of events and exposure, with the family as the unit.

A *cell* is a creative in a stratum (a campaign, a country, four weeks): events (clicks, conversions) out of an exposure
(impressions, clicks). Creatives of one *family* are near-duplicates and share an effect of their own that no feature
explains; a feature compared impression by impression calls that effect its own. Here the ratio of rates is that of
Mantel and Haenszel over strata, with two differences: a family weighs no more than what it can say (1 / (1 + τ²M)
per event, M its expected events, τ² the relative variance between families), and the variance is the sum of the
families' squared scores, each blown up by its leverage, not Poisson's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
ROUNDS = 40  # halvings of an interval
TAU2_MAX = 25.0  # families that differ by more than that have no rate in common
EXPECTED_MIN = 1.0  # a family with fewer expected events says nothing of τ²
LEVERAGE_MAX = 0.99
LOG_MAX = 50.0  # an interval this wide says nothing, and fits into a double


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
    weight     of each cell's family
    """

    cells: Cells
    at: Ints
    begins: Ints
    weight: Floats
    tau2: float


@dataclass(frozen=True, slots=True)
class Lift:
    """The ratio of the rates with and without a feature, its interval, and what it rests on."""

    ratio: float
    low: float
    high: float
    p_value: float
    freedom: float
    families_with: int
    families_without: int
    events_with: float
    events_without: float
    strata: Ints


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
    return Fitted(ours, at, begins, _weights(ours, high)[0], high)


def lift(fitted: Fitted, having: Ints, level: float = 0.95) -> Lift | None:
    """The lift of a feature that the cells `having` (places in `fitted.cells`) have, and all others have not.

    None where no stratum holds cells with and without it, or one side has no event there.
    ratio: Mantel and Haenszel's for rates (Rothman, Greenland, Lash 2008, ch. 15), of weighted cells. Interval: on the
    log scale, robust to whatever a family's cells have in common, with leverage taken off (HC2, MacKinnon and White
    1985; by clusters Bell and McCaffrey 2002), never narrower than the fitted τ² says, with Student's t at
    Satterthwaite's degrees of freedom.
    """
    strata, places, has = _compared(fitted, having)
    part, weight = fitted.cells.at(places), fitted.weight[places]
    at, size = np.searchsorted(strata, part.stratum), len(strata)
    events, exposure = weight * part.events, weight * part.exposure
    a1, a0, e1, e0 = (np.bincount(at, of * side, size) for of in (events, exposure) for side in (has, ~has))
    whole = e1 + e0
    above, beneath = float((a1 * e0 / whole).sum()), float((a0 * e1 / whole).sum())
    if above <= 0 or beneath <= 0:
        return None
    ratio = above / beneath
    expected = exposure * ((a1 + a0) / (ratio * e1 + e0))[at] * np.where(has, ratio, 1.0)
    pull = np.where(has, (e0 / whole)[at], -(ratio * e1 / whole)[at])
    scores = _Scores(part.family, at, has, pull, expected, events - expected, weight, fitted.tau2)
    variance, freedom = _variance(scores)
    error = variance**0.5 / above
    half = min(float(stdtrit(freedom, (1 + level) / 2)) * error, LOG_MAX)
    return Lift(
        ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half)),
        2 * float(stdtr(freedom, -abs(np.log(ratio)) / error)), freedom,
        len(np.unique(part.family[has])), len(np.unique(part.family[~has])),
        float(part.events[has].sum()), float(part.events[~has].sum()), strata,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Scores:
    """The terms of `above - ratio * beneath`, whose mean is 0: each cell adds pull * (events - expected)."""

    family: Ints
    stratum: Ints
    has: Mask
    pull: Floats
    expected: Floats
    residual: Floats
    weight: Floats
    tau2: float


def _compared(fitted: Fitted, having: Ints) -> tuple[Ints, Ints, Mask]:
    """(strata that hold both sides, places of all their cells, which of these have the feature)."""
    sizes = np.diff(fitted.begins)
    count = np.bincount(fitted.cells.stratum[having], minlength=len(sizes))
    strata = np.flatnonzero((count > 0) & (count < sizes))
    length = sizes[strata]
    places = np.arange(length.sum()) + np.repeat(fitted.begins[strata] - (np.cumsum(length) - length), length)
    return strata, places, np.isin(places, having)


def _variance(scores: _Scores) -> tuple[float, float]:
    """(variance of the sum of scores, degrees of freedom)."""
    at, has, expected = scores.stratum, scores.has, scores.expected
    size = int(at.max()) + 1
    w1, w0 = np.bincount(at, expected * has, size), np.bincount(at, expected * ~has, size)
    whole = w1 + w0
    apart = np.where(has, (w0 / whole)[at], (w1 / whole)[at])
    # What a family has in one stratum and side leans on the fit as one.
    cells = np.unique((scores.family * size + at) * 2 + has, return_inverse=True)[1]
    together = np.bincount(cells, expected)[cells]
    leverage = together * (1 / whole[at] + apart**2 / float((w1 * w0 / whole).sum()))
    left = 1 - np.minimum(leverage, LEVERAGE_MAX)
    family = np.unique(scores.family, return_inverse=True)[1]
    found = np.bincount(family, scores.pull * scores.residual / np.sqrt(left)) ** 2
    chance = np.bincount(family, scores.pull**2 * scores.weight * expected)
    modelled = chance + scores.tau2 * np.bincount(family, scores.pull * expected) ** 2
    of_family = np.bincount(family, expected * left) / np.bincount(family, expected)
    freedom = float(modelled.sum() ** 2 / (modelled**2 / of_family).sum())
    return max(float(found.sum()), float(modelled.sum())), freedom


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
    pairs = np.unique(cells.stratum * families + cells.family, return_inverse=True)[1]
    together = np.bincount(pairs, weight * expected)[pairs] / fitted[cells.stratum]
    left = 1 - np.bincount(cells.family, expected * together, families)[told] / of_family[told]
    squared = np.bincount(cells.family, cells.events - expected, families)[told] ** 2
    return float((squared / (of_family * (1 + tau2 * of_family))[told] - left).sum())
