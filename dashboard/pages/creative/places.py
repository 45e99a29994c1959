"""This module owns the panels of where the creative ran: its ads, placements, devices and countries, as grids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard import numbers
from dashboard.look import Look
from dashboard.pages.creative import measures
from dashboard.pages.creative.choosing import nothing_listed
from dashboard.pages.creative.chosen import chosen
from dashboard.pages.creative.estimates import NO_INTERVAL, daily, estimate, spread_of_days, summed
from dashboard.panels.panel import Column, Rows
from dashboard.words import MEASURES

PLACES_MAX = 500


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
        told = spread_of_days(daily(look, creative))
        rates = measures.rates(look)
        return Rows(columns(place, rates), rows(place, sums, rates, told, look), note(sums, rates, look))

    return fill


def columns(place: Place, rates: Sequence[str]) -> list[Column]:
    """The place, counts and money, then each rate beside its interval."""
    made = [
        *place.columns,
        Column("clicks", "Clicks", "count", 80),
        Column("reported_impressions", "Impressions", "count", 104, tip="As the ad platform reports them"),
        Column("cost", "Spend", "money", 94, places=2),
        Column("cost_direct", "Cost direct", "money", 98, places=2),
        Column("cost_allocated", "Cost allocated", "money", 108, places=2,
               tip="Cost of ads that showed several texts that day, shared by their clicks"),
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
    for at, row in enumerate(kept.to_dict("records")):
        named = {name: row[name] if isinstance(row[name], str) else place.unknown for name in place.by}
        money = {name: row[name] for name in ("cost", "cost_direct", "cost_allocated", "revenue", "profit")}
        shown: dict[str, object] = {"id": str(at), **named, **money}
        shown |= {name: int(row[name]) for name in ("clicks", "reported_impressions")}
        for rate, each in found.items():
            shown[rate] = _known(each.value[at])
            if rate not in NO_INTERVAL:
                limits = (float(each.low[at]), float(each.high[at]))
                shown[f"{rate}_interval"] = numbers.interval(*limits, MEASURES[rate].unit, look.fresh.currency)
        made.append(shown)
    return made


def note(sums: pd.DataFrame, rates: Sequence[str], look: Look) -> str:
    """That the rows add up to the totals, and which clicks the rates are of."""
    words = [
        f"{numbers.count(len(sums))} rows; they add up to {numbers.count(sums['clicks'].sum())} clicks,"
        f" {numbers.money(float(sums['cost'].sum()), look.fresh.currency, 2)} of spend and"
        f" {numbers.money(float(sums['revenue'].sum()), look.fresh.currency, 2)} of revenue: the totals of the period."
    ]
    if len(sums) > PLACES_MAX:
        words.append(f"The first {PLACES_MAX} by spend are listed.")
    if len(sums) and bool(sums["maturing"].iloc[0]):
        words.append("No click of this period is mature yet: the rates will still move.")
    else:
        words.append("What clicks bring (EPC, ROAS, CVR …) is of mature clicks, the steps are of all.")
    words.append("Rows with overlapping intervals are hardly told apart; comparisons are observational.")
    return " ".join(words)


def _known(value: float) -> float | None:
    return float(value) if numbers.known(float(value)) else None
