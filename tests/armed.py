"""This module owns made-up sums of the arms of an experiment, as days.sql has them."""

import numpy as np


def sums(**columns: list[float]) -> dict[str, np.ndarray]:
    """One day of two arms; what is not named is zero."""
    names = ("impressions", "counted_impressions", "clicks_observed", "counted_clicks", "clicks", "converted",
             "earning", "cost", "conversions", "conversions_squared", "revenue", "revenue_squared",
             "cost_allocated")  # fmt: skip
    found = {name: np.array([columns.get(name, [0, 0])], dtype=float) for name in names}
    return found | {"mature": np.array([columns.get("mature", [1, 1])], dtype=float), "day": np.full((1, 2), 20_758.0)}
