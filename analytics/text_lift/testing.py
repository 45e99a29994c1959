"""This module owns which features of texts are tested, against what, and what may be said of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.inference.discoveries import q_values
from analytics.inference.heterogeneity import Cells, Fitted, Ints, fit
from analytics.inference.lift import Lift, lift
from analytics.text_lift.features import KINDS, Feature

FAMILIES_MIN = 8  # on either side: fewer have no variance that one could trust
FAMILIES_MIN_ALONE = 20  # where a single campaign has it: no other one vouches
EVENTS_MIN = 20  # on either side: fewer are too lumpy for a logarithm
FEATURES_MAX = 1_000  # per metric, those that most creatives have
FALSE_DISCOVERIES_MAX = 0.05  # among the features that hold


@dataclass(frozen=True, slots=True)
class Measured:
    """The cells of one metric: `cells.family` is the creatives' family; `creative` and `campaign` are numbers, too."""

    metric: str
    cells: Cells
    creative: Ints
    campaign: Ints


@dataclass(frozen=True, slots=True)
class Found:
    """One feature under one metric. `same` are features that the very same creatives have."""

    metric: str
    feature: Feature
    lift: Lift
    campaigns: int
    same: tuple[Feature, ...]
    q_value: float = 1.0

    @property
    def holds(self) -> bool:
        """Whether it is among those of which at most 5 % are expected to be false."""
        return self.q_value <= FALSE_DISCOVERIES_MAX


@dataclass(frozen=True, slots=True)
class Tried:
    """What one metric could be tested on: creatives, families and campaigns that can be compared."""

    metric: str
    creatives: int
    families: int
    campaigns: int
    tau2: float
    left_out: int
    found: tuple[Found, ...]


def tried(measured: Measured, had_by: dict[Feature, Ints]) -> Tried:
    """Every feature of `had_by` (feature → numbers of its creatives, ascending) that there is enough to test."""
    fitted = fit(measured.cells)
    here = fitted.at >= 0
    creative = np.zeros(len(fitted.cells), dtype=np.int64)
    creative[fitted.at[here]] = measured.creative[here]
    campaign = np.zeros(len(fitted.begins) - 1, dtype=np.int64)
    campaign[fitted.cells.stratum[fitted.at[here]]] = measured.campaign[here]
    found: list[Found] = []
    left_out = 0
    if len(np.unique(fitted.cells.family)) >= 2 * FAMILIES_MIN:
        chosen = _testable(had_by, np.unique(creative))
        left_out = max(len(chosen) - FEATURES_MAX, 0)
        found = list(_tested(measured.metric, fitted, creative, campaign, chosen[:FEATURES_MAX]))
    return Tried(measured.metric, len(np.unique(creative)), len(np.unique(fitted.cells.family)),
                 len(np.unique(campaign)), fitted.tau2, left_out, tuple(found))  # fmt: skip


def corrected(results: Sequence[Tried]) -> list[Tried]:
    """The same with q-values over every feature of every metric (Benjamini and Hochberg 1995)."""
    every = [found for each in results for found in each.found]
    if not every:
        return list(results)
    values = iter(q_values(np.array([found.lift.p_value for found in every])).tolist())
    return [replace(each, found=tuple(replace(found, q_value=next(values)) for found in each.found))
            for each in results]  # fmt: skip


def _testable(had_by: dict[Feature, Ints], creatives: Ints) -> list[tuple[Ints, list[Feature]]]:
    """(creatives, features that exactly these have) where enough have it and enough have not; the most common first."""
    sets: dict[bytes, list[Feature]] = defaultdict(list)
    for feature, numbers in had_by.items():
        if len(numbers) >= FAMILIES_MIN:
            within = numbers[np.isin(numbers, creatives)]
            if FAMILIES_MIN <= len(within) <= len(creatives) - FAMILIES_MIN:
                sets[within.tobytes()].append(feature)
    told = [(np.frombuffer(key, dtype=np.int64), sorted(same, key=_shown_first)) for key, same in sets.items()]
    return sorted(told, key=lambda each: (-len(each[0]), each[1][0]))


def _shown_first(feature: Feature) -> tuple[int, int, str]:
    kind, name = feature
    return KINDS.index(kind), -len(name), name


def _tested(
    metric: str, fitted: Fitted, creative: Ints, campaign: Ints, chosen: list[tuple[Ints, list[Feature]]]
) -> Iterator[Found]:
    order = np.argsort(creative, kind="stable")
    begins = np.searchsorted(creative[order], np.arange(int(creative.max()) + 2))
    for numbers, same in chosen:
        having = np.concatenate([order[begins[number] : begins[number + 1]] for number in numbers])
        result = lift(fitted, having)
        if result is None:
            continue
        campaigns = len(np.unique(campaign[result.strata]))
        families = min(result.families_with, result.families_without)
        enough = families >= (FAMILIES_MIN if campaigns > 1 else FAMILIES_MIN_ALONE)
        if enough and min(result.events_with, result.events_without) >= EVENTS_MIN:
            yield Found(metric, same[0], result, campaigns, tuple(same[1:]))
