"""This module owns the axis that all interval bars of a list share, so that they can be compared by eye."""

from dataclasses import dataclass

import pandas as pd

from dashboard import numbers


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`."""

    low: float
    high: float

    def place(self, value: float | None) -> float | None:
        """Where a value lies, 0 to 100, clipped to the axis; None where there is no value."""
        if value is None or not numbers.known(value) or self.high <= self.low:
            return None
        return round(100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low))), 1)


def scale_of(frame: pd.DataFrame) -> Scale:
    """An axis that holds the target and the middle nine tenths of the limits (one wild row must not flatten all).

    `frame` has `mid`, `low`, `high` and `aim`.
    """
    ends = pd.concat([frame["low"].dropna(), frame["high"].dropna(), frame["mid"].dropna()])
    if ends.empty:
        return Scale(0.0, 0.0)
    low, high = float(ends.quantile(0.05)), float(ends.quantile(0.95))
    aims = frame["aim"].dropna()
    low, high = min([low, *aims]), max([high, *aims])
    pad = (high - low) * 0.04 or 1e-9
    return Scale(low - pad, high + pad)
