"""This module owns credit by network, campaign, ad, sender and term: each adds up alone, they are never added."""

from collections.abc import Mapping
from typing import Any

from dashboard import numbers
from dashboard.filtering import period_values
from dashboard.look import Look
from dashboard.pages.attribution.asked import Asked, asked
from dashboard.pages.attribution.credit import NOTHING, NOTHING_HERE
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame

DIMENSIONS = {"network": "Network", "campaign": "Campaign", "ad": "Ad", "sender": "Sender", "term": "Search term"}
EACH_MAX = 100
_BY = """
with sums as (
  select dimension, value,
    sum(conversions) filter (rule = $base_rule and window_days = $base_window)::double as base_conversions,
    sum(revenue) filter (rule = $base_rule and window_days = $base_window)::double as base_revenue,
    sum(conversions) filter (rule = $rule and window_days = $window)::double as other_conversions,
    sum(revenue) filter (rule = $rule and window_days = $window)::double as other_revenue
  from dimension_credit
  where conversion_kind = $kind and touch_types = 'click' and date_basis = $basis and day between $first and $last
    and window_days in ($base_window, $window) and rule in ($base_rule, $rule)
  group by dimension, value)
select * from sums
qualify row_number() over (partition by dimension order by coalesce(other_revenue, 0) desc,
  coalesce(other_conversions, 0) desc, value) <= $most
order by dimension, coalesce(other_revenue, 0) desc, coalesce(other_conversions, 0) desc, value
"""


def dimensions(look: Look) -> Rows:
    """A row per value of every dimension, under both rules."""
    found = asked(look)
    if found is None:
        return Rows([Column("value", "Value")], [], empty=NOTHING)
    values = {
        "kind": found.kind, "basis": found.basis, "base_rule": found.base[0], "base_window": found.base[1],
        "rule": found.other[0], "window": found.other[1], "most": EACH_MAX, **period_values(look.period),
    }  # fmt: skip
    table = frame(look.real, _BY, values)
    order = list(DIMENSIONS)
    rows = [_row(row, found) for row in table.to_dict("records") if row["dimension"] in DIMENSIONS]
    rows.sort(key=lambda row: order.index(str(row["key"])))
    note = f"The first {EACH_MAX} of each. Each dimension adds up to the same credited total: never add two of them."
    return Rows(_columns(found), rows, empty=NOTHING_HERE, note=note)


def _columns(found: Asked) -> list[Column]:
    unit, places = found.unit, 2 if found.unit == "money" else None
    two = (found.name(found.base), found.name(found.other))
    return [
        Column("dimension", "By", width=120),
        Column("value", "Value", width=300, wrap=True),
        Column("base", two[0], unit, width=130, places=places),
        Column("other", two[1], unit, width=130, places=places),
        Column("more", "More or less", unit, width=130, places=places),
    ]


def _row(row: Mapping[Any, Any], found: Asked) -> dict[str, object]:
    base, other = (_number(row[f"{side}_{found.measure}"]) for side in ("base", "other"))
    value = row["value"] if isinstance(row["value"], str) and row["value"] else "not named by the touch"
    return {
        "id": f"{row['dimension']} {row['value']}", "key": row["dimension"], "dimension": DIMENSIONS[row["dimension"]],
        "value": value, "base": base, "other": other, "more": other - base,
    }  # fmt: skip


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and numbers.known(float(value)) else 0.0
