"""This module owns the panel of the funnel: the sessions that reached each step, and where they were lost."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from analytics.inference.proportions import wilson
from dashboard import numbers, words
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_drawn
from dashboard.pages.creative.chosen import Chosen, chosen
from dashboard.pages.creative.estimates import daily, pooled, within
from dashboard.pages.creative.funnel_figure import funnel_figure
from dashboard.panels.panel import Drawn
from dashboard.reading import rows


@dataclass(frozen=True)
class Step:
    """A step of the funnel: its name in the marts, its sessions and its events in `sums.facts`."""

    name: str
    sessions: str
    events: str


STEPS = (
    Step("click", "clicks", "clicks"),
    Step("landing_view", "sessions", "landing_views"),
    Step("search_click", "search_sessions", "search_clicks"),
    Step("results_view", "results_sessions", "results_views"),
    Step("ad_click", "ad_click_sessions", "ad_clicks"),
    Step("conversion", "conversion_sessions", "conversions"),
)
UNNAMED = "went on"  # the share of those before, where the way has no name of its own; short, for a phone
# Steps that somebody reports where this creative ran, on any day: a step that is quiet today is still a step.
_REPORTED = """
select distinct step from funnel_daily as f where exists (
  select 1 from facts_daily as own where own.creative_id = $creative
    and own.network is not distinct from f.network and own.campaign_id is not distinct from f.campaign_id)"""


def fill(look: Look) -> Drawn:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_drawn(look)
    sums = pooled(within(daily(look, creative), look.period))
    steps = counted(sums, reported(look, creative))
    return Drawn(funnel_figure(steps, look.scheme), caption(steps, sums), table(steps))


def reported(look: Look, creative: Chosen) -> frozenset[str]:
    """The steps that somebody reports where the creative ran."""
    return frozenset(str(row[0]) for row in rows(look.real, _REPORTED, {"creative": creative.creative_id}))


def counted(sums: pd.DataFrame, steps: frozenset[str]) -> pd.DataFrame:
    """A row per reported step: `title, sessions, events, rate_title, rate, low, high, lost, of_clicks`."""
    shown = [step for step in STEPS if step.name in steps]
    ways = pairwise(step.name for step in shown)
    rates = ["", *(words.STEP_RATES.get(way, UNNAMED) for way in ways)][: len(shown)]
    sessions = np.array([float(sums[step.sessions].iloc[0]) for step in shown])
    before = np.concatenate([[np.nan], sessions[:-1]]) if shown else sessions
    rate = wilson(np.minimum(sessions, np.nan_to_num(before)), np.nan_to_num(before))
    first = sessions[0] if shown and sessions[0] else np.nan
    return pd.DataFrame({
        "title": [words.STEPS[step.name] for step in shown], "sessions": sessions.astype("int64"),
        "events": [int(sums[step.events].iloc[0]) for step in shown], "rate_title": rates,
        "rate": rate.value, "low": rate.low, "high": rate.high, "lost": before - sessions,
        "of_clicks": sessions / first,
    })  # fmt: skip


def caption(steps: pd.DataFrame, sums: pd.DataFrame) -> str:
    """What the ad platform says comes before, and where most are lost."""
    said = ["Sessions that reached each step; the rate is of the step before, with its 95 % interval (Wilson)."]
    impressions, clicks = (float(sums[name].iloc[0]) for name in ("reported_impressions", "reported_clicks"))
    if impressions:
        said.insert(0, f"Before it, as the platforms report: {numbers.count(impressions)} impressions,"
                       f" {numbers.count(clicks)} clicks (CTR {numbers.percent(clicks / impressions)});"
                       " reports and what we observe are never added.")  # fmt: skip
    lost = steps[steps["lost"] > 0]
    if len(lost):
        title, many = max(zip(lost["title"], lost["lost"], strict=True), key=lambda pair: float(pair[1]))
        said.append(f"Most are lost before the step {title}: {numbers.count(float(many))}.")
    return " ".join(said)


def table(steps: pd.DataFrame) -> pd.DataFrame:
    """The figure as text."""
    return pd.DataFrame({
        "Step": steps["title"], "Sessions": steps["sessions"], "Events": steps["events"],
        "Rate of the step before": steps["rate"], "95 % from": steps["low"], "95 % to": steps["high"],
        "Lost before it": steps["lost"], "Share of clicks": steps["of_clicks"],
    })  # fmt: skip
