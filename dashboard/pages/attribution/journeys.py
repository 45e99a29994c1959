"""This module owns what lies before a conversion: how long it takes, how many touches, what a chain loses."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from dashboard import numbers
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.pages.attribution.asked import Asked, asked, kind_words
from dashboard.pages.attribution.credit import NOTHING
from dashboard.pages.attribution.figures import lags_figure, lengths_figure
from dashboard.panels.first import ROWS_MAX, left_out
from dashboard.panels.panel import Column, Drawn, Rows
from dashboard.reading import columns_of, frame, plain
from dashboard.state import links

TOUCHES_MAX = 8  # from here on journeys are one bar
_LAGS = """
select touch_basis, lag_hours_from, lag_hours_to, sum(conversions)::double as conversions
from lags where conversion_kind = $kind and day between $first and $last
group by all order by lag_hours_from, touch_basis
"""
_LENGTHS = """
select least(touches, $most) as touches, creatives > 1 as several, sum(conversions)::double as conversions,
  sum(revenue)::double as revenue
from journeys where conversion_kind = $kind group by all order by all
"""
_REMOVAL = """
select c.creative_id, t.creative_text as text, c.creatives, c.touches, c.removal_effect, c.reach, c.conversions,
  c.revenue, count(*) over () as found
from creative_removal_effects c left join creatives t using (creative_id)
where c.conversion_kind = $kind and c.null_journeys and c.chain_order = 1 and /*filters*/
order by c.removal_effect desc, c.creative_id limit $most
"""

REMOVAL_COLUMNS = (
    Column("text", "Creative", width=380, wrap=True),
    Column("removal_effect", "Removal effect", "share", width=130,
           tip="Share of conversions that the chain loses without it"),
    Column("reach", "Reach", "share", width=100, tip="Share of all walks that pass it, converting or not"),
    Column("touches", "Touches", "count", width=100),
    Column("conversions", "Classical conversions", "number", width=130,
           tip="All conversions in proportion to the removal effects: not the ledger's credit"),
    Column("revenue", "Classical money", "money", width=130, places=2,
           tip="All money in proportion to the removal effects: not the ledger's credit"),
    Column("creative_id", "creative_id", on_screen=False),
)  # fmt: skip


def lags(look: Look) -> Drawn:
    """How long conversions take, from the touch that the headline credits and from the first one."""
    found = asked(look)
    if found is None:
        return Drawn(lags_figure(pd.DataFrame(), look.scheme), NOTHING)
    known = frame(look.real, _LAGS, {"kind": found.kind, **period_values(look.period)})
    known = known[known["conversions"] > 0]
    if known.empty:
        return Drawn(lags_figure(known, look.scheme), "No credited conversion in these days. Choose a longer period.")
    steps = _steps(known)
    quick = float(steps.loc[steps["hours"] < 24, "credited_touch"].sum())
    words = (
        f"{numbers.percent(quick)} of {kind_words(found.kind).lower()} come within a day of the touch that the headline"
        " rule credits. By day of the conversion; the longest lags of young clicks are still to come."
    )
    shown = steps.rename(columns={"step": "Time", "credited_touch": "From the credited touch",
                                  "first_touch": "From the first touch"}).drop(columns="hours")  # fmt: skip
    return Drawn(lags_figure(steps, look.scheme), words, shown)


def lengths(look: Look) -> Drawn:
    """Conversions by how many touches, and whether of one creative or several, came before."""
    found = asked(look)
    known = frame(look.real, _LENGTHS, {"kind": found.kind, "most": TOUCHES_MAX}) if found else pd.DataFrame()
    total = float(known["conversions"].sum()) if len(known) else 0.0
    if found is None or not total:
        return Drawn(lengths_figure(pd.DataFrame(), look.scheme), NOTHING)
    wide = known.pivot_table(index="touches", columns="several", values="conversions", aggfunc="sum").fillna(0.0)
    nothing = pd.Series(0.0, index=wide.index)
    table = pd.DataFrame({"one": wide.get(False, nothing) / total, "several": wide.get(True, nothing) / total})
    table = table.reset_index()
    table["touches"] = [_touches(int(number)) for number in table["touches"]]
    single = float(wide.sum(axis=1).get(1, 0.0)) / total
    words = (
        f"{numbers.percent(single)} of {kind_words(found.kind).lower()} have one touch before them: there every rule"
        " says the same. All days, clicks in the widest window; conversions that no rule credits are not here."
    )
    shown = table.rename(columns={"touches": "Touches", "one": "Of one creative", "several": "Of several creatives"})
    return Drawn(lengths_figure(table, look.scheme), words, shown)


def removal(look: Look, most: int | None = ROWS_MAX) -> Rows:
    """What a Markov chain of all journeys would lose without each creative: another question than credit.

    Of more than `most` creatives those that it would lose most without.
    """
    found = asked(look)
    if found is None or not columns_of(look.real, "creative_removal_effects"):
        return Rows(REMOVAL_COLUMNS, [], empty=NOTHING)
    kept = where(look, "creative_removal_effects", "c")
    values = {"kind": found.kind, "most": most, **kept.values}
    known = frame(look.real, _REMOVAL.replace("/*filters*/", kept.sql), values)
    address = links("/creative", look.state)
    rows = [_effect(row, n, address) for n, row in enumerate(plain(known))]
    left = left_out(len(known), int(known["found"].max()) if len(known) else 0, "removal effect")
    empty = "Nothing has been learned yet: the chain is made once a day has closed with a conversion."
    return Rows(REMOVAL_COLUMNS, rows, note=left + _removal_words(found), empty=empty)


def _steps(known: pd.DataFrame) -> pd.DataFrame:
    wide = known.pivot_table(index="lag_hours_from", columns="touch_basis", values="conversions", aggfunc="sum").fillna(
        0
    )
    shares = wide / wide.sum()
    ends = known.groupby("lag_hours_from")["lag_hours_to"].max()
    nothing = pd.Series(0.0, index=wide.index)
    return pd.DataFrame({
        "hours": wide.index, "step": [_span(int(begin), ends[begin]) for begin in wide.index],
        **{name: shares.get(name, nothing).to_numpy() for name in ("credited_touch", "first_touch")},
    })  # fmt: skip


def _span(begin: int, end: float) -> str:
    if begin < 24:
        return f"{begin}–{int(end)} h"
    return f"{begin // 24}–{int(end) // 24} d" if numbers.known(end) else f"{begin // 24} d on"


def _touches(number: int) -> str:
    if number >= TOUCHES_MAX:
        return f"{TOUCHES_MAX} and more"
    return f"{number} touch" if number == 1 else f"{number} touches"


def _effect(row: Mapping[str, Any], place: int, address: Callable[[str], str]) -> dict[str, object]:
    made = {name: row[name] for name in ("removal_effect", "reach", "touches", "conversions", "revenue")}
    if not isinstance(row["creative_id"], str):
        return {"id": f"rest {place}", "text": f"The rest: {row['creatives']:,} creatives in one state", **made}
    ident = row["creative_id"]
    return {"id": ident, "creative_id": ident, "text": row["text"] or ident, "href": address(ident), **made}


def _removal_words(found: Asked) -> str:
    return (
        f"{kind_words(found.kind)}, closed days. Removal effects overlap and do not sum to one: a walk that passes two"
        " creatives counts for both. The classical columns share all conversions out in proportion to them, as other"
        " packages do; the ledger's credit under Markov splits each conversion within its own journey, and only that"
        " one adds up in the ledger."
    )
