"""This module owns the sentence of a verdict: what is earned and spent, how sure that is, and what would decide.

Only numbers and our own words: nothing that a sender wrote is ever in it.
"""

from collections.abc import Callable

from analytics.verdicts.amounts import amounts, count, money, per, percent, rare
from analytics.verdicts.told import Told

FEW = 20  # of clicks to decide: fewer are not worth a word
ALONE = "; no other ad here has enough clicks to compare it with"
NOT_YET = "; not yet enough to cut it"
WIDE = 40  # so many conversions are only asked for where amounts differ widely


def sentence(told: Told) -> str:
    """The reason of a verdict. Raises KeyError where `why` is none of WHYS."""
    return _SENTENCES[told.why](told)


def _numbers(t: Told) -> str:
    """What it earns and costs, in the words of its objective."""
    if t.cost <= 0:
        return f"earns {money(per(t.revenue, t.clicks))} per click; its cost is not known"
    if t.objective == "cpa":
        if t.conversions <= 0:
            return f"no conversion for {money(t.cost)} spent, target CPA {money(t.target)}"
        return f"CPA {money(t.cost / t.conversions)}, target {money(t.target)}"
    if t.objective == "roas":
        return f"ROAS {t.revenue / t.cost:.2f}, target {t.target:.2f}"
    aim = "" if t.target == 0 else f", target {money(t.target)} of profit"
    earned, spent = amounts(per(t.revenue, t.clicks), per(t.cost, t.clicks))
    return f"earns {earned} per click at a cost of {spent}{aim}"


def _proven(t: Told) -> str:
    return f"{_numbers(t)}; {percent(t.p_beats or 0)} sure it beats the campaign{_settled(t)}"


def _proven_alone(t: Told) -> str:
    return f"{_numbers(t)}; {percent(t.p_meets or 0)} sure it meets the target{ALONE}"


def _stays_winner(t: Told) -> str:
    against = f", {percent(t.p_beats)} likely to beat the campaign" if t.p_beats is not None else ""
    return f"{_numbers(t)}; {percent(t.p_meets or 0)} likely to meet the target{against}: nothing speaks against it yet"


def _likely(t: Told) -> str:
    return f"{_numbers(t)}; {_chances(t)}{_more(t)}"


def _between(t: Told) -> str:
    if t.p_beats is None:
        return f"{_numbers(t)}; {_chances(t)}{_more(t)}"
    place = "ahead of" if t.p_beats >= 0.8 else "behind" if t.p_beats <= 0.2 else "in line with"
    return f"{_numbers(t)}; {place} the rest of the campaign; {_chances(t)}{_more(t)}"


def _behind(t: Told) -> str:
    return f"{_numbers(t)}; {_chances(t)}{_more(t)}"


def _lucky(t: Told) -> str:
    return (f"{_numbers(t)} so far, but the rest of the campaign does worse, and {count(t.converted, t.goal)} are few:"
            f" {percent(t.p_meets or 0)} likely to meet the target{_more(t)}")  # fmt: skip


def _campaign(t: Told) -> str:
    return (f"{_numbers(t)}; the whole campaign misses the target, and this ad does not stand out:"
            " look at the offer, the page or the bid first")  # fmt: skip


def _short(t: Told) -> str:
    came = count(t.converted, t.goal)
    few = f"{rare(t.by_chance)} of ads that meet it would have so little by now"
    return f"{came} for {money(t.cost)} spent, where the target asks for about {t.times:.0f}: {few}{NOT_YET}"


def _none_yet(t: Told) -> str:
    return f"{_without(t)}: {rare(t.by_chance)} of ads that meet the target would have none by now{NOT_YET}"


def _nothing(t: Told) -> str:
    came = f"and {money(-t.revenue)} more refunded than earned" if t.revenue < 0 else "without any revenue yet"
    return f"spent {money(t.cost)} on {count(t.clicks, 'mature click')} {came}"


def _failed(t: Told) -> str:
    misses, worse = percent(1 - (t.p_meets or 0)), percent(1 - (t.p_beats or 0))
    return f"{_numbers(t)}; {misses} sure it misses the target, and {worse} that the rest of the campaign does better"


def _failed_alone(t: Told) -> str:
    return f"{_numbers(t)}; {percent(1 - (t.p_meets or 0))} sure it misses the target{ALONE}"


def _failed_without(t: Told) -> str:
    return f"{_without(t)}: {rare(t.by_chance)} of ads that meet the target would have none by now"


def _stays_cut(t: Told) -> str:
    return f"{_numbers(t)}; was cut, and nothing since says otherwise"


def _faded(t: Told) -> str:
    return f"{_decline(t)}; {_numbers(t)}; it still meets the target since then: keep it, and prepare a successor"


def _faded_below(t: Told) -> str:
    return f"{_decline(t)}; {_numbers(t)}; since then it misses the target: replace it now"


def _maturing(t: Told) -> str:
    days = "day" if t.maturity_days == 1 else "days"
    return f"no mature click in these days yet: a day is mature {t.maturity_days} {days} later"


def _few(t: Told) -> str:
    have = f"{count(t.clicks, 'mature click')} with {count(t.converted, t.goal)}"
    if t.converted < t.converted_min:
        wide = ", since the amounts differ widely" if t.converted_min >= WIDE else ""
        least = f"{t.converted_min:,} {t.goal}s are needed{wide}"
    else:
        least = f"{t.clicks_min:,} clicks are needed"
    cost = "; no cost is known for it yet: pass the ad id in its links" if t.cost <= 0 < t.clicks and t.priced else ""
    return f"{have}: too few to judge, {least}{_clicks(t)}{cost}"


def _allocated(t: Told) -> str:
    return (f"{percent(t.allocated_share)} of its cost is shared out from an ad set or campaign, not its own:"
            " give each text an ad of its own, or import cost per ad")  # fmt: skip


def _no_cost(t: Told) -> str:
    return (f"earns {money(per(t.revenue, t.clicks))} per click, but no cost is known for it while other ads here have"
            " theirs: pass the ad id in its links, or import cost per ad")  # fmt: skip


def _no_text(_t: Told) -> str:
    return (
        "its text is a placeholder or an unresolved macro, so several ads may stand behind it: pass each ad's own text"
    )


def _chances(t: Told) -> str:
    meets = f"{percent(t.p_meets)} likely to meet the target" if t.p_meets is not None else ""
    beats = f"{percent(t.p_beats)} to beat the campaign" if t.p_beats is not None else ""
    if meets and beats:
        return f"{meets}, {beats}"
    if meets:
        return f"{meets}{ALONE}"
    return beats.replace("to beat", "likely to beat") or "nothing to compare it with yet"


def _more(t: Told) -> str:
    if t.one_day:
        return "; one day only, and days differ: nothing is sure yet"
    return _clicks(t)


def _clicks(t: Told) -> str:
    return f"; about {t.more_clicks:,} more clicks to decide" if t.more_clicks and t.more_clicks >= FEW else ""


def _settled(t: Told) -> str:
    if t.rivals < 1 or not t.more_clicks:
        return ""
    others = "another" if t.rivals == 1 else f"{t.rivals} others"
    return f"; about {t.more_clicks:,} more clicks would settle first place between it and {others}"


def _without(t: Told) -> str:
    thing = "a conversion" if t.objective == "cpa" else "any revenue"
    if t.objective == "cpa":
        return f"spent {money(t.cost)}, {t.times:.1f} times the target CPA, without {thing}"
    came = f"and had {money(-t.revenue)} more refunded than earned" if t.revenue < 0 else f"without {thing}"
    return f"spent {money(t.cost)} {came}, where the target asks for about {t.times:.1f} {t.goal}s"


def _decline(t: Told) -> str:
    since = f" since {t.faded_since}" if t.faded_since else ""
    return f"its {t.measure} fell {percent(t.decline or 0)}{since}"


_SENTENCES: dict[str, Callable[[Told], str]] = {
    "proven": _proven, "proven_alone": _proven_alone, "stays_winner": _stays_winner, "likely": _likely,
    "between": _between, "lucky": _lucky, "behind": _behind, "campaign": _campaign, "short": _short,
    "none_yet": _none_yet, "nothing": _nothing, "failed": _failed, "failed_alone": _failed_alone,
    "failed_without": _failed_without, "stays_cut": _stays_cut, "faded": _faded, "faded_below": _faded_below,
    "maturing": _maturing, "few": _few, "allocated": _allocated, "no_cost": _no_cost, "no_text": _no_text,
}  # fmt: skip
