"""This module owns the naive peer of a lift: Mantel and Haenszel's ratio of rates as textbooks give it.

Every click is taken for an independent witness (Rothman, Greenland, Lash 2008, ch. 15; Greenland, Robins 1985).
"""

import numpy as np

from analytics.inference.heterogeneity import Cells, Mask

Z = 1.959964


def mantel_haenszel(cells: Cells, has: Mask) -> tuple[float, float, float]:
    """(ratio of the rates with and without, low, high) at 95 %; nan where nothing can be compared."""

    def of(values: np.ndarray) -> np.ndarray:
        return np.bincount(cells.stratum, values)

    a1, a0, e1, e0 = (of(part * side) for part in (cells.events, cells.exposure) for side in (has, ~has))
    both = (e1 > 0) & (e0 > 0)
    a1, a0, e1, e0 = a1[both], a0[both], e1[both], e0[both]
    whole = e1 + e0
    above, beneath = (a1 * e0 / whole).sum(), (a0 * e1 / whole).sum()
    if above <= 0 or beneath <= 0:
        return np.nan, np.nan, np.nan
    half = Z * np.sqrt(((a1 + a0) * e1 * e0 / whole**2).sum() / (above * beneath))
    ratio = above / beneath
    return ratio, ratio * np.exp(-half), ratio * np.exp(half)
