"""This module owns the verdicts that the overview reads: those of the window, and which thumb each stands under."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.overview.believed import of_verdicts
from dashboard.reading import frame
from dashboard.words import ACTIONS, VERDICTS

REPLACED = "faded_below"  # fatigued, and since then below its target


@dataclass(frozen=True)
class Thumb:
    """What to do with some creatives: the word of the URL (`show`), its title, and what it means."""

    show: str
    title: str
    means: str


THUMBS = (
    Thumb("scale", "Scale", "surely meets the target and beats its campaign: raise its budget in steps"),
    Thumb("keep", "Keep", "does well enough to go on, not surely enough to pay more for"),
    Thumb("fix", "Fix", "something is in the way: the text, the page or the tracking; the reason says what"),
    Thumb("cut", "Cut or replace", "surely misses the target, or faded below it"),
    Thumb("wait", "Too early", "whoever decides now decides by chance"),
)
_JUDGED = """
select s.creative_id, s.network, s.campaign_id, s.country, s.cost::double as cost, s.clicks, s.verdict, s.action,
  s.reason, coalesce(v.why, 'new') as why, v.day, v.since, v.objective, v.target, v.net_per_click, v.net_per_click_low,
  v.net_per_click_high, v.p_meets_target, v.comparison, v.mature_clicks, v.mature_cost::double as mature_cost,
  c.creative_text
from creative_scorecard s
join creatives c on c.creative_id = s.creative_id
left join verdicts v
  on v.creative_id = s.creative_id and v.window_days = s.window_days and v.network is not distinct from s.network
  and v.campaign_id is not distinct from s.campaign_id and v.country is not distinct from s.country
where s.scope = 'campaign' and s.window_days = $window and s.verdict is not null and {filters}
order by s.cost desc, s.clicks desc, s.creative_id, s.network, s.campaign_id, s.country"""


def judged_in(look: Look, window: int) -> pd.DataFrame:
    """The verdicts of a window under the look's filters, the largest spend first: a row per creative and scope.

    With `mid`, `low`, `high` and `aim` in the objective's unit (`believed`), the `thumb`, and what to `do`.
    """
    condition = where(look, "creative_scorecard", "s")
    found = frame(look.real, _JUDGED.format(filters=condition.sql), {"window": window, **condition.values})
    told = list(zip(found["action"], found["why"], strict=True))
    few = set(told)  # a handful, of thousands of verdicts
    thumbs, dos = ({each: name({"action": each[0], "why": each[1]}) for each in few} for name in (thumb_of, do))
    return of_verdicts(found).assign(thumb=[thumbs[pair] for pair in told], do=[dos[pair] for pair in told])


def thumb_of(row: Mapping[object, object]) -> str:
    """The thumb of a verdict: its action; what faded below its target is to be replaced, which is no mending."""
    return "cut" if row["why"] == REPLACED else str(row["action"])


def do(row: Mapping[object, object]) -> str:
    """The action in words."""
    if row["why"] == REPLACED:
        return "Replace it"
    if row["why"] == "faded":
        return "Keep, and prepare a successor"
    return ACTIONS.get(str(row["action"]), str(row["action"]))


def counted(found: pd.DataFrame) -> dict[str, int]:
    """How many creatives stand under each thumb; one that runs in several campaigns can stand under several."""
    many = found.groupby("thumb")["creative_id"].nunique()
    return {thumb.show: int(many.get(thumb.show, 0)) for thumb in THUMBS}


def chip(verdict: str, number: int = 0) -> dict[str, object]:
    """A verdict for a cell: key, word, mark, and how many where that is told."""
    word, mark = VERDICTS.get(verdict, (verdict, ""))
    return {"v": verdict, "word": word, "mark": mark, "n": number}


def scope(row: Mapping[object, object]) -> str:
    """Where a verdict is about, in words."""
    parts = [row[key] for key in ("network", "campaign_id", "country")]
    return " · ".join(part for part in parts if isinstance(part, str) and part) or "no campaign"
