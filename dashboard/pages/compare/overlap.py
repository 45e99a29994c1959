"""This module owns what the picked creatives have in common: visitors' journeys, campaigns, days, ads, clicks."""

from dataclasses import replace
from itertools import combinations

import pandas as pd

from dashboard.filtering import period_values
from dashboard.look import Look
from dashboard.pages.compare.picks import Pick, picked
from dashboard.pages.compare.strata import Ground, ground, strata
from dashboard.panels.panel import Column, Rows
from dashboard.reading import columns_of, frame, rows

# The main kind's journeys, those to an ad click in arbitrage: journeys without a goal stand once per kind.
_JOURNEYS = """
with met as (
  select row_number() over () as n, journeys, conversions, list_distinct(path) as path
  from paths where day between $first and $last and list_has_any(path, $ids::varchar[])
    and conversion_kind = (select case when kind = 'arbitrage' then 'ad_click' else conversion_kind end
                           from freshness)),
touched as (select n, journeys, conversions, unnest(path) as hit from met),
each as (select * from touched where hit in (select unnest($ids::varchar[])))
select a.hit, b.hit, sum(a.journeys)::bigint, sum(a.conversions)::bigint
from each a join each b on a.n = b.n group by a.hit, b.hit
"""
_PLACES = """
select creative_id, day, network, campaign_id, country, ad_id from facts_daily
where day between $first and $last and clicks > 0 and creative_id in (select unnest($ids::varchar[]))
group by all
"""
Journeys = dict[tuple[str, str], tuple[int, int]]
COLUMNS = (
    Column("pair", "Pair", width=80),
    Column("first", "The first", on_screen=False),
    Column("second", "The second", on_screen=False),
    Column("journeys", "Journeys with both", "count", width=110, tip="Journeys of closed days that touched both"),
    Column("of_first", "of the first's", "share", width=100, tip="Of the journeys that touched the first of the pair"),
    Column("of_second", "of the second's", "share", width=105, tip="Of the journeys that touched the second"),
    Column("goals", "Conversions after both", "count", width=120, tip="Conversions (or ad clicks) at their end"),
    Column("clicks_first", "First's clicks beside", "share", width=115,
           tip="Share of its mature clicks on a day, in a network, country and device where the other has some, too"),
    Column("clicks_second", "Second's clicks beside", "share", width=120, tip="The same of the second"),
    Column("days", "Days in common", "count", width=95),
    Column("scopes", "Campaigns in common", width=230, wrap=True),
    Column("ads", "Ads in common", width=200, wrap=True),
)  # fmt: skip


def overlap(look: Look) -> Rows:
    """A row per pair of the picked creatives."""
    picks = picked(look)
    if len(picks) < 2:
        return Rows(COLUMNS, [], empty="Choose two creatives or more.")
    values = {**period_values(look.period), "ids": [pick.creative_id for pick in picks]}
    places = frame(look.real, _PLACES, values)
    base, journeys = ground(look, picks), _journeys(look, picks)
    made = [_pair(pair, places, base, journeys) for pair in combinations(picks, 2)]
    return Rows(
        COLUMNS, made,
        note="The fewer of their clicks stand side by side, the more a difference may be one of days and places."
        " Journeys and conversions of closed days; filters do not apply to them, for a path names only creatives.",
    )  # fmt: skip


def _pair(pair: tuple[Pick, Pick], places: pd.DataFrame, base: Ground, journeys: Journeys | None) -> dict[str, object]:
    a, b = pair
    one, two, both, goals = _met(journeys, a, b)
    beside = _beside(base, a, b)
    sides = [places[places["creative_id"] == pick.creative_id] for pick in pair]
    scopes, ads = (_common(sides, names) for names in (["network", "campaign_id", "country"], ["network", "ad_id"]))
    return {
        "id": f"{a.letter}{b.letter}", "pair": f"{a.letter} and {b.letter}", "first": a.text, "second": b.text,
        "journeys": both, "goals": goals,
        "of_first": both / one if one and both is not None else None,
        "of_second": both / two if two and both is not None else None,
        "clicks_first": beside[0], "clicks_second": beside[1],
        "days": len(set(sides[0]["day"]) & set(sides[1]["day"])), "scopes": scopes, "ads": ads,
    }  # fmt: skip


def _journeys(look: Look, picks: tuple[Pick, ...]) -> Journeys | None:
    """(journeys, conversions) that touched both of two creatives; None where the file has no paths."""
    if not columns_of(look.real, "paths"):
        return None
    values = {**period_values(look.period), "ids": [pick.creative_id for pick in picks]}
    found = rows(look.real, _JOURNEYS, values)
    return {(str(a), str(b)): (int(str(many)), int(str(goals))) for a, b, many, goals in found}


def _met(journeys: Journeys | None, a: Pick, b: Pick) -> tuple[int | None, int | None, int | None, int | None]:
    """Journeys of the first, of the second, of both, and the conversions of these."""
    if journeys is None:
        return None, None, None, None
    one, two = a.creative_id, b.creative_id
    both = journeys.get((one, two), (0, 0))
    return journeys.get((one, one), (0, 0))[0], journeys.get((two, two), (0, 0))[0], *both


def _beside(base: Ground, a: Pick, b: Pick) -> tuple[float | None, float | None]:
    """Share of the mature clicks of each on common strata; None of one without any."""
    pair = (replace(a, place=0), replace(b, place=1))
    ids = [pick.creative_id for pick in pair]
    cells = base.cells[base.cells["creative_id"].isin(ids)]
    if not len(cells):
        return None, None
    found = strata(replace(base, cells=cells), pair)
    common, total = (found.clicks > 0).all(axis=1), found.clicks.sum(axis=0)
    inside = found.clicks[common].sum(axis=0)
    first, second = (float(part) / float(whole) if whole else None for part, whole in zip(inside, total, strict=True))
    return first, second


def _common(sides: list[pd.DataFrame], names: list[str]) -> str:
    each = [set(side[names].fillna("").itertuples(index=False, name=None)) for side in sides]
    both = sorted(each[0] & each[1])
    told = [" · ".join(part for part in one if part) for one in both if one[-1] or names[-1] != "ad_id"]
    if not told:
        return "none"
    return f"{len(told)}: " + ", ".join(told[:3]) + (" …" if len(told) > 3 else "")
