"""This module owns `creative.verdict_changed`: a verdict that is another one than what was said last of it."""

from collections.abc import Iterator
from typing import Any

from analytics.alerts.findings.looking import Found, Look, Published, cut, short, subject_of

WINDOW_DAYS = 7  # the usual window; each has verdicts of its own, and they would tell the same change five times
_NOW = """
select v.creative_id, v.network, v.campaign_id, v.country, v.verdict, v.day, v.objective, v.target, v.action, v.reason,
  v.why, c.creative_text, v.net_per_click, v.p_meets_target, v.mature_clicks, v.mature_cost, v.mature_revenue
from verdicts v join creatives c on c.creative_id = v.creative_id
where v.window_days = $window order by v.mature_cost desc, v.creative_id, v.network, v.campaign_id, v.country
"""
_NAMES = (
    "creative_id", "network", "campaign_id", "country", "verdict", "day", "objective", "target", "action", "reason",
    "why", "creative_text", "net_per_click", "p_meets_target", "mature_clicks", "mature_cost", "mature_revenue",
)  # fmt: skip


def changes(published: Published, look: Look) -> Iterator[Found]:
    """What changed since it was said; the first look says nothing: what stood before is no news.

    By another objective or target it was another question, and what is judged the first time is new, not changed.
    """
    for row in published.rows(_NOW, {"window": WINDOW_DAYS}):
        now = dict(zip(_NAMES, row, strict=True))
        subject = subject_of(*row[:4])
        state = {"verdict": now["verdict"], "day": str(now["day"]), "of": [now["objective"], float(now["target"])]}
        before = look.said.get(subject)
        if before is None or (before["of"] != state["of"] and before["day"] <= state["day"]):
            yield Found(subject, state)
        elif before["verdict"] != now["verdict"] and before["day"] <= state["day"] and not look.is_quiet(subject):
            told = {now["verdict"], before["verdict"]} & set(look.alerts.verdicts)
            yield _changed(published, subject, state, before, now) if told else Found(subject, state)


def _changed(
    published: Published, subject: str, state: dict[str, Any], before: dict[str, Any], now: dict[str, Any]
) -> Found:
    was, is_ = (each.replace("_", " ") for each in (before["verdict"], now["verdict"]))
    sentence = f"{short(now['creative_text'], now['creative_id'])} is {is_} now, was {was}: {now['reason']}."
    now |= {"creative_text": cut(now["creative_text"])}
    data = {**now, "previous": before["verdict"], "window_days": WINDOW_DAYS, "currency": published.currency}
    occasion = f"{now['day']} {before['verdict']} {now['verdict']}"
    return Found(subject, state, sentence, data, occasion)
