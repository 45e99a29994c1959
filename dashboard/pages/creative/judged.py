"""This module owns the panels of verdicts: what is said of the creative in each scope, and when that changed."""

import pandas as pd

from dashboard import numbers
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.maturity import window_words
from dashboard.pages.creative.choosing import nothing_listed, scope_words, verdict_window, verdict_words
from dashboard.pages.creative.chosen import Chosen, Row, alone, chosen
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame, records, rows
from dashboard.words import ACTIONS, MEASURES

HISTORY_MAX = 200
_VERDICTS = """select network, campaign_id, country, verdict, action, reason, since, objective, target, net_per_click,
  net_per_click_low, net_per_click_high, p_meets_target, p_beats_scope, clicks_to_decide, comparison, mature_clicks,
  mature_cost::double as mature_cost, day
from verdicts where creative_id = $creative and window_days = $days and {filters}
order by mature_cost desc, network, campaign_id, country"""
_HISTORY = """
with told as (
  select *, lag(verdict) over (partition by network, campaign_id, country order by day) as before
  from verdict_history where creative_id = $creative and window_days = $days and {filters})
select day, network, campaign_id, country, before, verdict, action, reason, p_meets_target, mature_clicks from told
where before is distinct from verdict order by day desc, network, campaign_id, country limit $most"""
_RECORD = """select distinct sentence from verdict_track_record
where window_days = $days and judged_after_days = 7 and what in (select unnest($words::varchar[])) order by sentence"""
COLUMNS = (
    Column("scope", "Where", width=190, wrap=True, tip="A verdict is of one network, campaign and country"),
    Column("verdict", "Verdict", width=142, renderer="Verdict"),
    Column("action", "What to do", width=170, wrap=True),
    Column("reason", "Why", width=380, wrap=True),
    Column("net", "Net per click", "money", 104, places=3,
           tip="What a mature click brings above what the target asks: above 0 the target is met"),
    Column("net_low", "95 % from", "money", 96, places=3),
    Column("net_high", "95 % to", "money", 96, places=3),
    Column("meets", "Meets target", "share", 104, tip="Probability that it truly meets its target"),
    Column("beats", "Beats the rest", "share", 112, tip="Probability that it is better than the rest of its campaign"),
    Column("since", "Since", "date", 104, tip="The first closed day of this verdict"),
    Column("settles", "What would settle it", width=220, wrap=True),
    Column("clicks", "Mature clicks", "count", 100),
    Column("cost", "Mature spend", "money", 104, places=2),
)  # fmt: skip
HISTORY_COLUMNS = (
    Column("day", "Changed on", "date", 110),
    Column("scope", "Where", width=220, wrap=True),
    Column("before", "From", width=130),
    Column("verdict", "To", width=142, renderer="Verdict"),
    Column("reason", "Why, as it was said then", width=460, wrap=True),
    Column("meets", "Meets target", "share", 104),
    Column("clicks", "Mature clicks", "count", 100),
)
_NO_VERDICT = (
    "No verdict yet: verdicts are made once per closed day, for a creative in a network, campaign and country, of days"
    " whose money has come in."
)


def fill(look: Look) -> Rows:
    """The verdict in each scope."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    found = _asked(look, creative, "verdicts", _VERDICTS, {})
    shown = [_row(row) for row in records(found)]
    return Rows(COLUMNS, shown, _note(found, look) if shown else "", _NO_VERDICT)


def history(look: Look) -> Rows:
    """When the verdict changed, the newest change first."""
    creative = chosen(look)
    if creative is None:
        return nothing_listed()
    found = _asked(look, creative, "verdict_history", _HISTORY, {"most": HISTORY_MAX})
    shown = [
        {
            "id": f"{place}",
            "day": row["day"],
            "scope": scope_words(row["network"], row["campaign_id"], row["country"]),
            "before": verdict_words(row["before"]) if isinstance(row["before"], str) else "first verdict",
            **_verdict(row["verdict"]),
            "reason": _begun(row["reason"]),
            "meets": row["p_meets_target"],
            "clicks": row["mature_clicks"],
        }
        for place, row in enumerate(records(found))
    ]
    note = "One line for each day on which a verdict became another one; unchanged days are left out."
    empty = "Nothing is kept yet: the first closed day writes the first verdicts, and each change is a line here."
    return Rows(HISTORY_COLUMNS, shown, note if shown else "", empty)


def _asked(look: Look, creative: Chosen, mart: str, sql: str, more: dict[str, object]) -> pd.DataFrame:
    filters = where(alone(look), mart)
    values = {"creative": creative.creative_id, "days": verdict_window(look), **filters.values, **more}
    return frame(look.real, sql.format(filters=filters.sql), values)


def _row(row: Row) -> dict[str, object]:
    action = str(row["action"])
    return {
        "id": scope_words(row["network"], row["campaign_id"], row["country"]),
        "scope": scope_words(row["network"], row["campaign_id"], row["country"]),
        **_verdict(row["verdict"]),
        "action": ACTIONS.get(action, action),
        "reason": _begun(row["reason"]),
        "net": row["net_per_click"],
        "net_low": row["net_per_click_low"],
        "net_high": row["net_per_click_high"],
        "meets": row["p_meets_target"],
        "beats": row["p_beats_scope"],
        "since": row["since"],
        "settles": settles(row["clicks_to_decide"], str(row["verdict"])),
        "clicks": row["mature_clicks"],
        "cost": row["mature_cost"],
    }


def _begun(reason: object) -> str:
    """The reason as a sentence begins."""
    words = reason if isinstance(reason, str) else ""
    return words[:1].upper() + words[1:]


def settles(clicks: object, verdict: str) -> str:
    """What would settle a verdict, in words."""
    number = float(clicks) if isinstance(clicks, int | float) else float("nan")
    if numbers.known(number):
        until = {"winner": "first place is settled", "too_early": "it can be judged"}
        return f"About {numbers.count(number)} more clicks until {until.get(verdict, 'a winner or a cut is likely')}"
    return "More clicks alone are not expected to change it"


def _verdict(verdict: object) -> dict[str, object]:
    return {"verdict": verdict_words(verdict), "verdict_key": str(verdict)}


def _note(found: pd.DataFrame, look: Look) -> str:
    days, first = verdict_window(look), records(found.head(1))[0]
    words = []
    target = first["target"]
    objective = MEASURES.get(str(first["objective"]))
    if objective is not None and target is not None:
        aim = numbers.in_unit(float(str(target)), objective.unit, look.fresh.currency)
        words.append(f"judged by {objective.title} against a target of {aim}")
    kinds = set(found["comparison"].dropna())
    words.append("comparisons are observational: the ads were not split at random" if "observational" in kinds
                 else "compared in a declared experiment")  # fmt: skip
    said = sorted({str(verdict) for verdict in found["verdict"]})
    record = [str(row[0]) for row in rows(look.real, _RECORD, {"days": days, "words": said})]
    told = "; ".join(words)
    return " ".join([window_words(look, days), f"{told[:1].upper()}{told[1:]}.", *record])
