"""This module owns the order in which the rows of the largest marts stand: by what a look at them is limited to.

DuckDB keeps the least and the largest value of each 122,880 rows, and passes over those that a look at some days does
not need. A full build sorts; what an incremental refresh writes anew are mostly the newest days, which come last.
"""

# The columns by which a mart's rows are sorted, the first first.
ORDERED = {
    "facts_daily": ("day",),
    "click_cohorts": ("age_bucket", "click_day"),
    "creative_credit": ("date_basis", "day"),
    "dimension_credit": ("date_basis", "day"),
    "variant_daily": ("day",),
    "creative_term_daily": ("day",),
}
# Their models sort themselves, while the ten rules are one row: all rows sorted took as long again as making them.
_BY_THEMSELVES = ("creative_credit", "dimension_credit")


def in_order(model: str, text: str) -> str:
    """The model's SELECT, its rows in the order in which they are to stand."""
    columns = () if model in _BY_THEMSELVES else ORDERED.get(model, ())
    return f"select * from (\n{text}\n) unordered order by {', '.join(columns)}" if columns else text  # noqa: S608
