"""This module owns why one creative, or one period, brings more than another: parts that sum to the gap exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from analytics.compare.parts import Part, of_creatives, of_periods
from analytics.compare.reading import AMOUNTS, FIELDS, KEPT, Amounts, tabled
from analytics.compare.steps import WORDS as WHY
from analytics.compare.words import creatives_sentence, periods_sentence
from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.maturity import mature_part, mature_words, maturing_words
from dashboard.pages.compare.figures import waterfall_figure
from dashboard.pages.compare.picks import Pick, of_picks, picked, rival
from dashboard.pages.compare.strata import age_of
from dashboard.panels.panel import Drawn
from dashboard.reading import rows
from dashboard.spans import Span

_STEPS = "select distinct step from funnel_daily"
_UNPLACED = """
select coalesce(sum(cost_direct + cost_allocated), 0) from facts_daily
where day between $first and $last and (($device and device is null) or ($country and country is null))
"""
TITLES = {
    "volume": "Volume (clicks)", "mix": "Mix of creatives", "new": "New creatives", "gone": "Stopped creatives",
    "without_clicks": "No click seen", "clicks_lost": "Paid clicks lost", "cost_per_impression": "Impression price",
    "cost_per_click": "Click price", "cpc": "Reported CPC", "ad_clicks_per_session": "Ad clicks/session",
    "lp_rate": "LP rate", "ctr1": "CTR1", "serp_rate": "SERP rate", "ctr2": "CTR2", "ctr": "CTR", "cvr": "CVR",
    "rpc": "RPC", "rps": "RPS", "epc": "EPC", "aov": "Order value",
}  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """The parts with the sum last, the sentence, and what else is to be said."""

    parts: Sequence[Part]
    sentence: str
    about: str


def gap(look: Look) -> Drawn:
    """Two creatives where as many are picked, else two periods; nothing to compare is said in words."""
    picks = picked(look)
    found = of_two(look, picks) if len(picks) > 1 else of_two_periods(look, picks)
    if isinstance(found, str):
        return Drawn(waterfall_figure([], look.scheme, look.fresh.currency), found)
    figure = waterfall_figure(_drawn(found.parts), look.scheme, look.fresh.currency)
    return Drawn(figure, f"{found.sentence} {found.about}", table(found.parts))


def of_two(look: Look, picks: tuple[Pick, ...]) -> Gap | str:
    """Why a click of the chosen rival brings more, or less, than one of the first; else a sentence why not."""
    first, other = picks[0], rival(look, picks)
    span = mature_part(look, look.period, age_of(look)) or look.period
    each = amounts(of_picks(look), span, [first.creative_id, other.creative_id])
    sides = [_only(each, n) for n in range(2)]
    for pick, side in zip((first, other), sides, strict=True):
        if not side.total("clicks"):
            return f"{pick.letter} has no clicks in {numbers.days_between(*_ends(span))}. Choose a longer period."
    parts = of_creatives(sides[0], sides[1], look.fresh.kind, _steps(look))
    days = sum(all(bool(side.values[0, day, 0]) for side in sides) for day in range(sides[0].values.shape[1]))
    sentence = creatives_sentence(parts, first.letter, other.letter)
    about = f"Per click; both had clicks on {_days(days)}. {_told(look, span)}"
    return Gap(parts, sentence, about + _about(look, parts, span) + "Observational: nobody drew lots who sees which.")


def of_two_periods(look: Look, picks: tuple[Pick, ...]) -> Gap | str:
    """Why the period brought more profit, or less, than the one it is compared with."""
    if look.before is None:
        asked = (
            "no comparison is chosen"
            if look.state.vs == "none"
            else "the data does not reach back to an earlier period"
        )
        return f"Choose two creatives in the list, or a comparison period above: {asked}."
    second, first = full_days(look)
    if second.last < second.first:
        return "Today is not over: choose a period with a full day."
    held = of_picks(look) if picks else look
    ids = [pick.creative_id for pick in picks] or None
    sides = [amounts(held, span, ids) for span in (first, second)]
    names = tuple(dict.fromkeys(name for side in sides for name in side.creatives))
    if not any(side.values.any() for side in sides):
        return "There is nothing in either period with these filters. Choose others."
    sides = [_named(side, names) for side in sides]
    parts = of_periods(sides[0], sides[1], look.fresh.kind, _steps(look))
    titles = [numbers.days_between(*_ends(span)) for span in (second, first)]
    sentence = periods_sentence(parts, titles[1], titles[0], look.fresh.currency, is_one=bool(picks))
    about = "Today is not over and is left out. " if look.period.last >= look.fresh.today else ""
    if maturing := maturing_words(look, second, age_of(look)):
        about += f"{maturing} "
    return Gap(parts, sentence, about + _about(look, parts, second) + "Observational.")


def full_days(look: Look) -> tuple[Span, Span]:
    """The period and the one before without the day that is not over, and as many days less of the one before."""
    assert look.before is not None  # noqa: S101 - asked by the caller, for the type checker
    running = max((look.period.last - look.fresh.today).days + 1, 0)
    if not running:
        return look.period, look.before
    short = timedelta(days=running)
    return replace(look.period, last=look.period.last - short), replace(look.before, last=look.before.last - short)


def amounts(look: Look, span: Span, creatives: list[str] | None) -> Amounts:
    """The amounts that the CLI's comparison reads, within the visitor's filters; money exact, in millionths."""
    kept = where(look, "facts_daily", "f")
    values = {"first": span.first, "last": span.last, "creatives": creatives, **kept.values}
    found = rows(look.real, AMOUNTS.replace(KEPT, f"{kept.sql} and "), values)
    table_ = tabled(found, _ends(span), creatives)
    if _costs_elsewhere(look, span):
        table_.values[:, :, FIELDS.index("cost")] = 0
    return table_


def table(parts: Sequence[Part]) -> pd.DataFrame:
    """The parts as text: exact to the millionth, so that they can be added up by hand."""
    return pd.DataFrame({
        "Part": ["The gap" if part.part == "sum" else TITLES.get(part.part, part.part) for part in parts],
        "Made of": [(part.formula or "").replace("_", " ") for part in parts],
        "This side": [part.value for part in parts], "Against": [part.against for part in parts],
        "Adds to the gap": [part.gap for part in parts],
        "95 % from": [part.low for part in parts], "95 % to": [part.high for part in parts],
        "In words": [_why(part) for part in parts],
    })  # fmt: skip


def _drawn(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"words": "The gap" if part.part == "sum" else TITLES.get(part.part, part.part), "gap": part.gap,
             "low": part.low, "high": part.high, "total": part.part == "sum"} for part in parts]  # fmt: skip


def _why(part: Part) -> str:
    if part.part == "sum":
        return "the sum of the parts"
    words = WHY.get(part.part, ("higher", "lower"))[part.gap < 0] if part.gap else "the same"
    return words if part.low is None or part.is_sure else f"{words}; could be chance"


def _told(look: Look, span: Span) -> str:
    """Which days are compared: the mature ones, or, where there are none, those of the period."""
    maturing = maturing_words(look, span, age_of(look))
    return f"{maturing or mature_words(look, span, age_of(look))} "


def _about(look: Look, parts: Sequence[Part], span: Span) -> str:
    words = "" if parts[-1].low is not None else "Too few days to say how sure that is. "
    if _costs_elsewhere(look, span):
        return words + "Spend does not name what is filtered by: revenue is compared, not profit. "
    if "cost" not in str(parts[-1].formula):
        return words + "No cost is known of one of them: revenue per click is compared, not profit. "
    return words


def _costs_elsewhere(look: Look, span: Span) -> bool:
    """Whether a filter would take away cost that names no device, or no country, and leave its revenue."""
    state = look.state
    if not state.device and not state.country:
        return False
    asked = {"first": span.first, "last": span.last, "device": bool(state.device), "country": bool(state.country)}
    return bool(rows(look.real, _UNPLACED, asked)[0][0])


def _steps(look: Look) -> frozenset[str]:
    return frozenset(str(row[0]) for row in rows(look.real, _STEPS))


def _ends(span: Span) -> tuple[date, date]:
    return span.first, span.last


def _only(each: Amounts, n: int) -> Amounts:
    return Amounts(each.creatives[n : n + 1], each.days, each.values[n : n + 1])


def _named(side: Amounts, names: tuple[str | None, ...]) -> Amounts:
    """The same for more creatives, in their order: without a row they have nothing."""
    found = tabled([], side.days, names)
    for n, name in enumerate(side.creatives):
        found.values[names.index(name)] = side.values[n]
    return found


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
