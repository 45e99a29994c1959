"""This module owns how uneven money is: of each creative's scope, what counts as "one conversion" in evidence."""

from dataclasses import dataclass

import numpy as np

from analytics.inference import money
from analytics.inference.interval import Floats
from analytics.verdicts.days import Ints, Measures

UNKNOWN = 2.0  # E[v²]/E[v]² where no two conversions were seen yet: about that of an exponential law
NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """Per unit. `size` is E[v²]/E[v], the amount of which a Poisson count is as uncertain as the money (compound
    Poisson by two moments); `capped_size` that of capped money, `step` the jump that also has its skewness
    (E[v³]/E[v²], of a log-normal law with that spread; at most the cap); `per_click` what a click brings in the scope,
    and where nothing came yet what its target asks; `shape` the scope's E[v²]/E[v]² (nan: unknown). `least` is the
    minimum sample in conversions, `pace` how many conversions of the scope a click is."""

    shape: Floats
    size: Floats
    capped_size: Floats
    step: Floats
    per_click: Floats
    least: Floats
    pace: Floats


def spread_of(m: Measures, scope: Ints, scopes: int, cap: float, worth: float = 0.0) -> Spread:
    """The spread behind each unit's sums; of a scope without money that of all scopes together, else `worth`."""
    of_all = money.spreads(m.value, m.value_squared, m.converted, np.zeros(len(scope), dtype=np.int64), 1)[0]
    shape = money.spreads(m.value, m.value_squared, m.converted, scope, scopes)
    shape = np.where(np.isnan(shape), of_all, shape)[scope]
    amount = _per(m.value, m.converted, scope, scopes, worth)
    # Where more went back than came, amounts still have a size, and what is below its target is known to be.
    amount = np.where(amount > 0, amount, np.sqrt(_per(m.value_squared, m.converted, scope, scopes, worth**2)))
    shape = np.where(np.isnan(shape) & (worth > 0), 1.0, shape)
    own = money.own_spread(m.value, m.value_squared, m.converted, np.where(np.isnan(shape), UNKNOWN, shape))
    paid = (m.value > 0) & (m.converted > 0)
    size = own * np.where(paid, m.value / np.where(paid, m.converted, 1.0), amount)
    asked = np.bincount(scope, m.asked, scopes)[scope] / np.maximum(np.bincount(scope, m.clicks, scopes), 1.0)[scope]
    brought = np.bincount(scope, m.value, scopes)[scope] / np.maximum(np.bincount(scope, m.clicks, scopes), 1.0)[scope]
    capped, mean = (
        _per(*each, scope, scopes, worth) for each in ((m.capped_squared, m.capped), (m.capped, m.converted))
    )
    return Spread(
        shape, size, capped, np.minimum(cap, capped * np.maximum(1.0, capped / np.where(mean > 0, mean, np.inf))),
        np.maximum(np.where(brought > 0, brought, asked), NOTHING),
        money.converted_min(own), _per(m.converted, m.clicks, scope, scopes),
    )  # fmt: skip


def _per(top: Floats, bottom: Floats, scope: Ints, scopes: int, otherwise: float = 0.0) -> Floats:
    """The ratio of a scope's sums, of all scopes where it has none, and `otherwise` where nobody has any."""
    above, below = np.bincount(scope, top, scopes), np.bincount(scope, bottom, scopes)
    whole = float(bottom.sum())
    of_all = float(top.sum()) / whole if whole > 0 else otherwise
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), of_all)[scope]
