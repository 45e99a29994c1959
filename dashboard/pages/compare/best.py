"""This module owns who is the best of exactly these: pooled over all they share, and in each campaign they share."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analytics.compare.shared import Shared, shared
from analytics.inference.best import chances
from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.maturity import window_words
from dashboard.pages.compare.figures import dots_figure
from dashboard.pages.compare.picks import Pick, of_picks, picked
from dashboard.pages.compare.strata import Ground, basis, clicks_min, ground, strata
from dashboard.panels.panel import Column, Drawn, Rows
from dashboard.reading import frame
from dashboard.state import WINDOWS
from dashboard.words import VERDICTS

NOT_BESIDE = (
    "They have no mature clicks on the same day in the same network, country and device: nothing can be compared"
    " fairly. Choose creatives that ran side by side, or a longer period."
)
TWO = "Choose two creatives or more."
_SCOPES = """
select v.network, v.campaign_id, v.country, v.creative_id, v.ahead, v.ahead_sd, v.net_per_click, v.net_per_click_low,
  v.net_per_click_high, v.p_best is not null as compared, v.mature_clicks, v.verdict, v.comparison
from verdicts v
where v.window_days = $window and v.creative_id in (select unnest($ids::varchar[])) and v.mature_clicks > 0
  and /*filters*/
order by v.network, v.campaign_id, v.country, v.creative_id
"""
SCOPE_COLUMNS = (
    Column("scope", "Campaign", width=230, wrap=True),
    Column("letter", "Letter", width=70),
    Column("creative", "Creative", width=230, wrap=True),
    Column("p_best", "P(best of these)", "share", width=120, tip="Among exactly these creatives, in this campaign"),
    Column("loss", "Expected loss", "money", width=120, tip="What a click loses on average where this one is chosen"),
    Column("net", "Net per click", "money", width=110, tip="What a click brings above what the target asks"),
    Column("limits", "95 % interval", width=170),
    Column("clicks", "Mature clicks", "count", width=110),
    Column("verdict", "Verdict", width=110),
    Column("why", "Why not compared", width=230, wrap=True),
    Column("creative_id", "creative_id", on_screen=False),
)


def best(look: Look) -> Drawn:
    """Net per click on common strata with P(best) and expected loss, pooled over everything they share."""
    picks = picked(look)
    if len(picks) < 2:
        return Drawn(dots_figure([], look.scheme, look.fresh.currency), TWO)
    base = ground(look, picks)
    found = shared(strata(base, picks), clicks_min(look)) if len(base.cells) else None
    if found is None or not np.isfinite(found.net).all():
        return Drawn(dots_figure([], look.scheme, look.fresh.currency), NOT_BESIDE)
    rows = list(_dots(picks, found, look.fresh.currency))
    return Drawn(
        dots_figure(rows, look.scheme, look.fresh.currency),
        _caption(picks, found, base, basis(look), look.fresh.currency),
        _table(picks, found),
    )


def scopes(look: Look) -> Rows:
    """The same in each network × campaign × country where two or more of them have a verdict."""
    picks = picked(look)
    if len(picks) < 2:
        return Rows(SCOPE_COLUMNS, [], empty=TWO)
    window = window_of(look)
    kept = where(of_picks(look), "verdicts", "v")
    values = {"window": window, "ids": [pick.creative_id for pick in picks], **kept.values}
    cells = frame(look.real, _SCOPES.replace("/*filters*/", kept.sql), values)
    rows = [row for _, scope in cells.groupby(["network", "campaign_id", "country"], dropna=False, sort=False)
            if len(scope) > 1 for row in _scope(scope, picks, look.fresh.currency)]  # fmt: skip
    return Rows(
        SCOPE_COLUMNS, rows,
        note=f"{window_words(look, window)} On the days, devices and placements where others of"
        " the campaign have clicks, too. Observational, unless an experiment is declared.",
        empty="No two of them have clicks in the same campaign and country: there is no verdict that compares them.",
    )  # fmt: skip


def window_of(look: Look) -> int:
    """The window of verdicts that is nearest to the period: the smallest that is not shorter, else all days."""
    if look.state.days is not None:
        return look.state.days
    return min((days for days in WINDOWS if days >= look.period.days), default=0)


def _scope(scope: pd.DataFrame, picks: Iterable[Pick], currency: str) -> list[dict[str, object]]:
    told = scope["compared"].to_numpy(dtype=bool) & np.isfinite(scope["ahead"].to_numpy(dtype=float))
    means = np.where(told, scope["ahead"].to_numpy(dtype=float), np.nan)
    p_best, loss = chances(means, scope["ahead_sd"].to_numpy(dtype=float)) if told.sum() > 1 else (means * np.nan,) * 2
    by = {pick.creative_id: pick for pick in picks}
    rows = []
    for n, row in enumerate(scope.to_dict("records")):
        pick = by[row["creative_id"]]
        place = " · ".join(part for key in ("network", "campaign_id", "country") if isinstance(part := row[key], str))
        low, high = row["net_per_click_low"], row["net_per_click_high"]
        rows.append({
            "id": f"{place} {pick.creative_id}", "creative_id": pick.creative_id,
            "scope": place, "letter": pick.letter, "creative": pick.text,
            "p_best": _known(p_best[n]), "loss": _known(loss[n]), "net": _known(row["net_per_click"]),
            "limits": numbers.interval(low, high, "money", currency) or numbers.NOTHING,
            "clicks": int(row["mature_clicks"]), "verdict": VERDICTS.get(row["verdict"], (row["verdict"], ""))[0],
            "why": _why(bool(told[n]), int(told.sum()), row["verdict"]),
        })  # fmt: skip
    return rows


def _why(told: bool, compared: int, verdict: str) -> str:
    if not told:
        return "Too few clicks or conversions" if verdict == "too_early" else "Nobody beside it, or too small a sample"
    return "" if compared > 1 else "No other of these can be compared here"


def _dots(picks: Iterable[Pick], found: Shared, currency: str) -> Iterable[dict[str, object]]:
    for pick in picks:
        n = pick.place
        known = np.isfinite(found.p_best[n])
        said = f"P(best) {numbers.percent(found.p_best[n])}" if known else "too early to say"
        yield {
            "letter": pick.letter, "place": n, "text": pick.text, "mid": found.net[n], "low": found.low[n],
            "high": found.high[n], "said": said, "sure": known,
            "limits": numbers.interval(found.low[n], found.high[n], "money", currency) or "no interval",
        }  # fmt: skip


def _caption(picks: tuple[Pick, ...], found: Shared, base: Ground, days: str, currency: str) -> str:
    told = [pick for pick in picks if np.isfinite(found.p_best[pick.place])]
    shares = ", ".join(f"{pick.letter} {numbers.percent(found.share[pick.place])}" for pick in picks)
    words = (
        f"{base.measure[0].upper()}{base.measure[1:]}, each click's money within {base.age} days. {days}"
        " Only where all of them have clicks on the same day in the same network, country and device:"
        f" {shares} of their clicks. "
    )
    if len(told) > 1:
        lead = max(told, key=lambda pick: found.p_best[pick.place])
        loss = found.loss[lead.place]
        lost = f"{numbers.money(loss, currency, 4)}" if loss >= 0.0001 else "next to nothing"
        words += (
            f"{lead.letter} is the best of these with a probability of {numbers.percent(found.p_best[lead.place])};"
            f" choosing it loses {lost} per click on average. "
        )
    if len(told) < len(picks):
        words += "Too early to say: " + ", ".join(p.letter for p in picks if p not in told) + ". "
    return words + "Observational: nobody drew lots who sees which."


def _table(picks: tuple[Pick, ...], found: Shared) -> pd.DataFrame:
    return pd.DataFrame({
        "Is": [pick.letter for pick in picks], "Creative": [pick.text for pick in picks],
        "Net per click": found.net, "95 % from": found.low, "95 % to": found.high, "P(best of these)": found.p_best,
        "Expected loss per click": found.loss, "Share of its clicks that is compared": found.share,
        "Clicks compared": found.clicks,
    })  # fmt: skip


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else None
