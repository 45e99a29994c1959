"""This module owns credit per creative: all rules side by side, ranks under two of them, and credit day by day."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from dashboard import numbers
from dashboard.figures import unfinished
from dashboard.figures.maturing import hatch
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.maturity import maturing_from, maturing_words
from dashboard.pages.attribution.asked import Asked, asked, kind_words
from dashboard.pages.attribution.checks import credited_words
from dashboard.pages.attribution.figures import days_figure, slope_figure
from dashboard.panels.first import ROWS_MAX, first_of, left_out
from dashboard.panels.panel import CREATIVE_ID, Column, Drawn, Rows
from dashboard.reading import columns_of, frame, plain
from dashboard.reading import rows as rows_of
from dashboard.state import links

SLOPES_MAX = 12
NOTHING = "No conversion has been told yet. As soon as a sender posts one, every rule credits it here."
NOTHING_HERE = "No rule credits anything in these days with these filters. Choose a longer period, or clear a filter."
# S608: the condition is `filtering.where`'s; values are bound.
_CREDIT = """
with credit as (
  select c.creative_id, /*rules*/
  from creative_credit c
  where c.touch_types = 'click' and c.date_basis = $basis and c.conversion_kind = $kind
    and c.window_days in ($window, $own) and c.day between $first and $last and /*filters*/
  group by c.creative_id)
select t.creative_text as text, credit.*, rank() over (order by base desc) as base_rank,
  rank() over (order by other desc) as other_rank
from credit left join creatives t using (creative_id)
order by base_rank, other_rank, credit.creative_id
"""
_RULE = "coalesce(sum(c.{measure}) filter (c.rule = $rule_{name} and c.window_days = ${window}), 0)::double as {name}"
_AGE = "select max(age_95) from maturity_curves where what = 'conversions' and conversion_kind = $kind"
_DAYS = """
select c.date_basis, c.day, sum(c.conversions)::double as conversions, sum(c.revenue)::double as revenue
from creative_credit c
where c.touch_types = 'click' and c.conversion_kind = $kind and c.rule = $rule and c.window_days = $window
  and c.day between $first and $last and /*filters*/
group by c.date_basis, c.day order by c.date_basis, c.day
"""


def rules(look: Look, most: int | None = ROWS_MAX) -> Rows:
    """A row per creative: its place and credit under the headline and the chosen rule, then under every rule.

    Of more than `most` the first in the order they are sorted by.
    """
    found = asked(look)
    if found is None:
        return Rows([Column("text", "Creative")], [], empty=NOTHING)
    table = ranked(look, found)
    shown = table if most is None else _first(table, look.state.sort, most)
    address = links("/creative", look.state)
    rows = [_row(found, row, address) for row in plain(shown)]
    left = left_out(len(shown), len(table))
    note = [*_totals(table, found, look.fresh.currency), " ", left + credited_words(look)]
    return Rows(_columns(found), rows, note=note, empty=NOTHING_HERE)


def slope(look: Look) -> Drawn:
    """The places of the first creatives under both rules, as lines; who changes place stands out."""
    found = asked(look)
    table = ranked(look, found).head(SLOPES_MAX) if found else pd.DataFrame()
    if found is None or table.empty:
        return Drawn(slope_figure([], ("", ""), look.scheme), NOTHING if found is None else NOTHING_HERE)
    names = (found.name(found.base), found.name(found.other))
    changed = table[table["change"] != 0]
    said = (
        f"{len(changed)} of the first {len(table)} creatives have another place under {names[1]} than under {names[0]}."
        if len(changed) else f"The first {len(table)} creatives have the same places under {names[0]} and {names[1]}."
    )  # fmt: skip
    shown = pd.DataFrame({"Creative": table["text"], f"Place, {names[0]}": table["base_rank"],
                          f"Place, {names[1]}": table["other_rank"],
                          "Change": [change_words(value) for value in table["change"]]})  # fmt: skip
    figure = slope_figure(table.to_dict("records"), names, look.scheme)
    return Drawn(figure, f"{said} By {found.measure}; {names[1]}: {found.means(found.other[0])}.", shown)


def days(look: Look) -> Drawn:
    """What the chosen rule credits by the day of the conversion and by the day of the credited click."""
    found = asked(look)
    if found is None:
        return Drawn(days_figure(pd.DataFrame(), "count", "event", look.scheme, ""), NOTHING)
    kept = where(look, "creative_credit", "c")
    values = {**period_values(look.period), "kind": found.kind, "rule": found.other[0], "window": found.other[1],
              **kept.values}  # fmt: skip
    credit = frame(look.real, _DAYS.replace("/*filters*/", kept.sql), values)
    index = pd.date_range(look.period.first, look.period.last)
    by = {basis: own.set_index(pd.to_datetime(own["day"]))[found.measure].reindex(index, fill_value=0.0)
          for basis, own in credit.groupby("date_basis")}  # fmt: skip
    table = pd.DataFrame({basis: by.get(basis, pd.Series(0.0, index=index)) for basis in ("event", "click")})
    unit = "money" if found.measure == "revenue" else "count"
    figure = days_figure(table, unit, found.basis, look.scheme, look.fresh.currency)
    age = complete_at(look, found)
    unfinished.opened(figure, look.fresh.today.isoformat())
    hatch(figure, max(maturing_from(look, age), look.period.first), look.period.last, look.scheme)
    shown = table.rename(columns={"event": "By day of conversion", "click": "By day of click"}).rename_axis("Day")
    return Drawn(figure, _days_words(look, found, age), shown.reset_index())


def complete_at(look: Look, found: Asked) -> int:
    """After how many days a day counts as complete: by day of the click when 95 % of its conversions have come."""
    if found.basis == "click" and columns_of(look.real, "maturity_curves"):
        known = rows_of(look.real, _AGE, {"kind": found.kind})
        if known and known[0][0] is not None:
            return max(int(str(known[0][0])), look.fresh.maturity_days)
    return look.fresh.maturity_days


def ranked(look: Look, found: Asked) -> pd.DataFrame:
    """Per creative `text`, `base`, `other` (exact), their places, `change` (places won), and a column per rule."""
    kept = where(look, "creative_credit", "c")
    values = {**period_values(look.period), "basis": found.basis, "kind": found.kind, "window": found.other[1],
              "own": found.base[1], **kept.values}  # fmt: skip
    measure = {"measure": "revenue" if found.measure == "revenue" else "conversions"}
    sums = ", ".join(
        [_RULE.format(**measure, name="base", window="own"), _RULE.format(**measure, name="other", window="window")]
        + [_RULE.format(**measure, name=f"column_{at}", window="window") for at in range(len(found.rules))]
    )
    values |= {f"rule_column_{at}": rule for at, rule in enumerate(found.rules)}
    values |= {"rule_base": found.base[0], "rule_other": found.other[0]}
    table = frame(look.real, _CREDIT.replace("/*rules*/", sums).replace("/*filters*/", kept.sql), values)
    table = table.rename(columns={f"column_{at}": rule for at, rule in enumerate(found.rules)})
    return table.assign(change=table["base_rank"] - table["other_rank"])


def change_words(change: int) -> str:
    """`▲ 2 up`, `▼ 1 down`, `same`: never by colour alone."""
    return f"▲ {change} up" if change > 0 else f"▼ {-change} down" if change < 0 else "same"


def _first(table: pd.DataFrame, sort: str, most: int) -> pd.DataFrame:
    """The first rows as the grid is sorted; where it has no such column, in the order of the places."""
    name = sort.removeprefix("-")
    if name == "more":
        return table.loc[first_of(table["other"] - table["base"], sort, most)]
    return table.loc[first_of(table[name], sort, most)] if name in table.columns else table.head(most)


def _columns(found: Asked) -> list[Column]:
    unit, places = found.unit, 2 if found.unit == "money" else None
    two = (found.name(found.base), found.name(found.other))
    return [
        Column("text", "Creative", width=300, wrap=True),
        Column("base_rank", "Headline place", "count", width=100, tip=f"Under the headline rule: {two[0]}"),
        Column("other_rank", "Chosen place", "count", width=95, tip=f"Under {two[1]}"),
        Column("change_text", "Change of place", width=115, sortable=False),
        Column("base", two[0], unit, width=115, places=places, tip=found.means(found.base[0])),
        Column("other", two[1], unit, width=115, places=places, tip=found.means(found.other[0])),
        Column("more", "More or less", unit, width=115, places=places, tip="The chosen rule less the headline"),
        *(Column(rule, each.title, unit, width=105, places=places, tip=each.means) for rule, each in found.rules.items()
          if (rule, found.other[1]) not in (found.base, found.other)),
        CREATIVE_ID,
    ]  # fmt: skip


def _row(found: Asked, row: Mapping[str, Any], address: Callable[[str], str]) -> dict[str, object]:
    named = isinstance(row["text"], str)
    made: dict[str, object] = {
        "id": row["creative_id"], "text": row["text"] if named else row["creative_id"],
        **{name: row[name] for name in ("base_rank", "other_rank", "base", "other", *found.rules)},
        "more": row["other"] - row["base"], "change_text": change_words(row["change"]), "strong": row["change"] != 0,
    }  # fmt: skip
    if named:
        made["href"] = address(str(row["creative_id"]))
    return made


def _totals(table: pd.DataFrame, found: Asked, currency: str) -> list[str]:
    if table.empty:
        return []

    def said(value: float) -> str:
        return numbers.money(value, currency, 2) if found.measure == "revenue" else f"{value:,.2f} conversions"

    return [
        f"{kind_words(found.kind)}. All creatives of these days together: {found.name(found.base)}"
        f" {said(float(table['base'].sum()))}, {found.name(found.other)} {said(float(table['other'].sum()))}."
        + (" Views count in the rows “clicks and views” of the ledger below only." if found.views else "")
    ]


def _days_words(look: Look, found: Asked, age: int) -> str:
    name = f"{found.name(found.other)}, {found.measure} of {kind_words(found.kind).lower()}."
    told = [name, maturing_words(look, look.period, age, hatched=True)]
    if look.period.last >= look.fresh.today:
        told.insert(1, unfinished.words())
    if found.basis == "click":
        told.insert(1, "Bold: by the day of the click.")
        told.append(
            f"Recent click days are not complete: 95 % of conversions come within {age} days of the click, some after"
            f" up to {found.other[1]}. Do not compare hatched days with older ones."
        )
    else:
        told.insert(1, "Bold: by the day of the conversion, which was often clicked for earlier.")
        told.append("Switch to the day of the click above to judge what a day's clicks brought.")
    return " ".join(filter(None, told))
