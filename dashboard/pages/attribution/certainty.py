"""This module owns how sure credit is and whether the rule matters: intervals under both rules, the sign under all."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.attribution.asked import Asked, asked
from dashboard.pages.attribution.credit import NOTHING
from dashboard.panels.first import ROWS_MAX, left_out
from dashboard.panels.panel import CREATIVE_ID, Column, Rows
from dashboard.reading import columns_of, frame, plain
from dashboard.state import links

# Rows of kind * hold the money of all kinds and the profit. S608: the condition is `filtering.where`'s.
_SURE = """
with own as (
  select c.creative_id,
    max(c.revenue) filter (c.rule = $base_rule and c.window_days = $base_window)::double as base,
    max(c.revenue_low) filter (c.rule = $base_rule and c.window_days = $base_window)::double as base_low,
    max(c.revenue_high) filter (c.rule = $base_rule and c.window_days = $base_window)::double as base_high,
    max(c.revenue) filter (c.rule = $rule and c.window_days = $window)::double as other,
    max(c.revenue_low) filter (c.rule = $rule and c.window_days = $window)::double as other_low,
    max(c.revenue_high) filter (c.rule = $rule and c.window_days = $window)::double as other_high,
    max(c.cost)::double as cost, min(c.profit)::double as worst, max(c.profit)::double as top,
    min_by(c.rule, c.profit) as worst_rule, max_by(c.rule, c.profit) as top_rule, any_value(c.robust) as robust
  from creative_rules c
  where c.conversion_kind = '*' and c.touch_types = 'click' and c.creative_id is not null and /*filters*/
  group by c.creative_id)
select own.*, t.creative_text as text, count(*) over () as found,
  count(*) filter (own.worst is not null and own.robust) over () as keep,
  count(*) filter (own.worst is not null and not own.robust) over () as change
from own join creatives t using (creative_id)
order by abs(own.top - own.worst) desc nulls last, own.creative_id limit $most
"""


def sure(look: Look, most: int | None = ROWS_MAX) -> Rows:
    """A row per creative: money under both rules with intervals, and profit at its worst and best over all rules.

    Of more than `most` those whose profit hangs on the rule most.
    """
    found = asked(look)
    if found is None or not columns_of(look.real, "creative_rules"):
        return Rows([Column("text", "Creative")], [], empty=NOTHING)
    kept = where(look, "creative_rules", "c")
    values = {"base_rule": found.base[0], "base_window": found.base[1], "rule": found.other[0],
              "window": found.other[1], "most": most, **kept.values}  # fmt: skip
    table = frame(look.real, _SURE.replace("/*filters*/", kept.sql), values)
    address = links("/creative", look.state)
    rows = [_row(found, row, look.fresh.currency, address) for row in plain(table)]
    many, *told = (int(table[name].max()) if len(table) else 0 for name in ("found", "keep", "change"))
    note = (
        f"Money of all kinds, all closed days. Of {told[0] + told[1]} creatives with a known cost, {told[0]} keep the"
        f" sign of their profit under every rule and window, {told[1]} do not: judge these with care."
    )
    left = left_out(len(table), many, "how far the rules differ")
    return Rows(_columns(found), rows, note=left + note, empty=NOTHING)


def _columns(found: Asked) -> list[Column]:
    two = (found.name(found.base), found.name(found.other))
    return [
        Column("text", "Creative", width=260, wrap=True),
        Column("base", two[0], "money", width=110, places=2),
        Column("base_limits", "95 % interval", width=200),
        Column("other", two[1], "money", width=110, places=2),
        Column("other_limits", "95 % interval", width=200),
        Column("worst", "Lowest profit", "money", width=110, places=2, tip="Under which rule it is the lowest"),
        Column("worst_rule", "under", width=135),
        Column("top", "Highest profit", "money", width=110, places=2),
        Column("top_rule", "under", width=135),
        Column("robust", "Profit's sign", width=200, tip="Over every rule and window"),
        CREATIVE_ID,
    ]


def _row(found: Asked, row: Mapping[str, Any], currency: str, address: Callable[[str], str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": row["creative_id"], "text": row["text"],
        "href": address(str(row["creative_id"])),
        **{name: _known(row[name]) for name in ("base", "other", "worst", "top")},
        **{f"{name}_rule": _titled(found, row[f"{name}_rule"]) for name in ("worst", "top")},
        "robust": _robust(row["robust"], _known(row["worst"])),
    }  # fmt: skip
    for name in ("base", "other"):
        low, high = _known(row[f"{name}_low"]), _known(row[f"{name}_high"])
        made[f"{name}_limits"] = numbers.interval(low, high, "money", currency)
    return made


def _titled(found: Asked, rule: object) -> str:
    return found.title(str(rule)) if str(rule) in found.rules else ""


def _robust(value: object, worst: float | None) -> str:
    if worst is None or not isinstance(value, bool):
        return "no cost is known"
    return (
        ("keeps: above 0 under all" if worst > 0 else "keeps: not above 0 under any")
        if value
        else ("changes with the rule")
    )


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and numbers.known(float(value)) else None
