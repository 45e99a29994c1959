"""This module owns the panels of where the creative ran: its ads, placements, devices and countries, as grids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard import numbers
from dashboard.look import Look
from dashboard.pages.creative import measures
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import chosen
from dashboard.pages.creative.estimates import NO_INTERVAL, daily, estimate, rates_words, spread_of_days, summed
from dashboard.panels.panel import Column, Rows
from dashboard.reading import records
from dashboard.words import MEASURES

PLACES_MAX = 500
# What needs no cost and no platform's report: all that can be told of a placement or device whose cost nobody states.
COSTLESS = ("epc", "cvr", "rpc", "lp_rate", "ctr1", "serp_rate", "ctr2")
_REPORTED = ("cost", "cost_direct", "cost_allocated", "profit", "reported_impressions")


@dataclass(frozen=True)
class Place:
    """What a grid is by: columns of the facts with their titles, and what an unknown one is called."""

    by: tuple[str, ...]
    columns: tuple[Column, ...]
    unknown: str


ADS = Place(
    ("network", "account_id", "campaign_id", "adset_id", "ad_id"),
    (Column("ad_id", "Ad", width=170), Column("network", "Network", width=100),
     Column("campaign_id", "Campaign", width=160), Column("adset_id", "Ad set", width=140),
     Column("account_id", "Account", width=140)),
    "no ad told",
)  # fmt: skip
PLACEMENTS = Place(
    ("network", "placement"), (Column("placement", "Placement", width=170), Column("network", "Network", width=100)),
    "no placement told",
)  # fmt: skip
DEVICES = Place(("device",), (Column("device", "Device", width=170),), "no device told")
COUNTRIES = Place(("country",), (Column("country", "Country", width=170),), "no country told")


def filler(place: Place) -> Callable[[Look], Rows]:
    """The fill of a place's panel."""

    def fill(look: Look) -> Rows:
        """The creative's numbers per place, the largest spend first."""
        creative = chosen(look)
        if creative is None:
            return nothing_listed()
        sums = summed(look, creative, place.by)
        sums = sums.sort_values(["cost", "clicks", *place.by], ascending=[False, False, *[True] * len(place.by)])
        rates, told = measures.rates(look), spread_of_days(daily(look, creative))
        unsplit = unsplit_cost(sums, place)
        if unsplit is not None:
            rates = tuple(rate for rate in rates if rate in COSTLESS)
            sums = sums[(sums["clicks"] > 0) | (sums["revenue"] != 0)]
        made = [column for column in columns(place, rates) if unsplit is None or column.field not in _REPORTED]
        return Rows(made, rows(place, sums, rates, told, look), note(place, sums, unsplit, look))

    return fill


def unsplit_cost(sums: pd.DataFrame, place: Place) -> float | None:
    """The cost that nobody splits by this dimension, where nobody splits any of it; None where somebody does."""
    named = sums[sums[place.columns[0].field].notna()]
    whole = float(sums["cost"].sum())
    return whole if whole and not named["cost"].any() and not named["reported_impressions"].any() else None


def columns(place: Place, rates: Sequence[str]) -> list[Column]:
    """The place, counts and money, then each rate beside its interval."""
    made = [
        *place.columns,
        Column("clicks", "Clicks", "count", 80),
        Column("reported_impressions", "Impressions", "count", 116, tip="As the ad platform reports them"),
        Column("cost", "Spend", "money", 94, places=2),
        Column("cost_direct", "Spend, direct", "money", 98, places=2),
        Column("cost_allocated", "Spend, allocated", "money", 108, places=2,
               tip="Spend of ads that showed several texts that day, shared by their clicks"),
        Column("revenue", "Revenue", "money", 98, places=2),
        Column("profit", "Profit", "money", 98, places=2),
    ]  # fmt: skip
    for rate in rates:
        measure = MEASURES[rate]
        made.append(Column(rate, measure.title, measure.unit, 92, tip=measure.formula))  # type: ignore[arg-type]
        if rate not in NO_INTERVAL:
            made.append(Column(f"{rate}_interval", "95 % interval", width=132, sortable=False))
    return made


def rows(
    place: Place, sums: pd.DataFrame, rates: Sequence[str], told: tuple[float, float], look: Look
) -> list[dict[str, object]]:
    """A row per place; rates are those of mature clicks where the period has some."""
    kept = sums.head(PLACES_MAX)
    found = {rate: estimate(kept, rate, *told) for rate in rates}
    made: list[dict[str, object]] = []
    for at, row in enumerate(records(kept)):
        named = {name: row[name] if isinstance(row[name], str) else place.unknown for name in place.by}
        money = {name: row[name] for name in ("cost", "cost_direct", "cost_allocated", "revenue", "profit")}
        shown: dict[str, object] = {"id": str(at), **named, **money}
        shown |= {name: int(str(row[name])) for name in ("clicks", "reported_impressions")}
        for rate, each in found.items():
            shown[rate] = _known(each.value[at])
            if rate not in NO_INTERVAL:
                limits = (float(each.low[at]), float(each.high[at]))
                shown[f"{rate}_interval"] = numbers.interval(*limits, MEASURES[rate].unit, look.fresh.currency)
        made.append(shown)
    return made


def note(place: Place, sums: pd.DataFrame, unsplit: float | None, look: Look) -> str:
    """That the rows add up to the totals, which clicks the rates are of, and what is not split."""
    currency, many = look.fresh.currency, len(sums)
    parts = [f"{numbers.count(sums['clicks'].sum())} clicks"]
    if unsplit is None:
        parts.append(f"{numbers.money(float(sums['cost'].sum()), currency, 2)} of spend")
    parts.append(f"{numbers.money(float(sums['revenue'].sum()), currency, 2)} of revenue")
    adds = "One row, which is" if many == 1 else f"{numbers.count(many)} rows, which add up to"
    words = [f"{adds} the total of the period: {', '.join(parts)}."]
    if unsplit is not None:
        what = place.columns[0].title.lower()
        words.append(f"The spend of {numbers.money(unsplit, currency, 2)} is not split by {what}: ads state it per"
                     " ad and day, so there is no profit of one.")  # fmt: skip
    if many > PLACES_MAX:
        words.append(f"The first {PLACES_MAX} are listed.")
    words.append(rates_words(look, bool(many) and bool(sums["maturing"].iloc[0])))
    words.append("Rows whose intervals overlap are hardly told apart; comparisons are observational.")
    return " ".join(words)


def _known(value: float) -> float | None:
    return float(value) if numbers.known(float(value)) else None
