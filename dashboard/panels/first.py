"""This module owns which rows a grid shows where there are more than a screen can take: the first in its own order."""

import numpy as np
import pandas as pd

ROWS_MAX = 500


def first_of(values: pd.Series, sort: str, most: int) -> pd.Index:
    """The index of the first `most` by `values`, in the order they had; `sort` is the URL's, a minus is downwards.

    As AG Grid sorts: what is not known comes first going up, last going down.
    """
    down = sort.startswith("-")
    known = values.replace([np.inf, -np.inf], np.nan) if values.dtype.kind == "f" else values
    ordered = known.sort_values(ascending=not down, na_position="last" if down else "first", kind="stable")
    chosen: pd.Index = values.index[values.index.isin(ordered.index[:most])]
    return chosen


def left_out(shown: int, there: int, by: str = "") -> str:
    """How many rows are not shown, and how to reach them; nothing where all are. `by`: what alone chooses them."""
    if shown >= there:
        return ""
    return (
        f"Shown are the first {shown:,} {f'by {by}' if by else 'in the order you sort by'}, {there - shown:,} are left"
        " out: search or filter to find them; CSV and XLSX have all. "
    )
