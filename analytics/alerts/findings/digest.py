"""This module owns `digest.daily`: what changed since yesterday, once a day: money, verdicts, closed days, a fix."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from analytics.alerts.events import Event, event_id
from analytics.alerts.findings.looking import Found, Look, Published, cut, short, subject_of
from analytics.alerts.findings.verdicts import WINDOW_DAYS
from analytics.alerts.kinds import DIGEST
from analytics.alerts.store import moment
from analytics.history.diff import Asked, restatement
from analytics.history.turned import DAYS, turned
from analytics.metrics import METRICS, Metric
from ingest.config import ConfigError

SUBJECT = subject_of("day")
SHOWN_MAX, MOVERS_MAX, SHARE_MAX = 5, 3, 10
_MOVERS = """
select d.creative_id, c.creative_text, (sum(if(day = $day, revenue - cost, cost - revenue)))::decimal(38, 6) as moved
from creative_daily d join creatives c on c.creative_id = d.creative_id
where day in ($day, $before) group by all having moved <> 0 order by abs(moved) desc, d.creative_id limit $most
"""
_CLOSED = "select max(day) from closed_days where day < $day"
_FIX = "select sentence, action from next_fixes where rank = 1"


def daily(published: Published, link: Path, look: Look) -> Iterator[Found]:
    """Today's digest, once its hour has come and something was published since midnight.

    The first look after the hour is of a day that had none: it begins tomorrow.
    """
    local = moment(look.at_ms).astimezone(published.zone)
    today, has_come = local.date(), local.hour >= look.alerts.digest_hour
    said = look.said.get(SUBJECT)
    if look.is_quiet(SUBJECT):
        return
    if said is None:
        yield Found(SUBJECT, {"day": str(today if has_come else today - timedelta(days=1))})
    elif has_come and said["day"] < str(today) and published.today >= today:
        sentence, data = made(published, link, today - timedelta(days=1))
        yield Found(SUBJECT, {"day": str(today)}, sentence, data, str(today))


def event_of(sentence: str, data: dict[str, Any], version: str, at_ms: int) -> Event:
    """The event of a digest that somebody asks for: made twice of one version, it is the same."""
    made_of = event_id(DIGEST, SUBJECT, f"{data['day']} {version}")
    told = {"rule": DIGEST, "version": version, **data}
    return Event(made_of, DIGEST, DIGEST, SUBJECT, at_ms, version, sentence, told)


def made(published: Published, link: Path, day: date) -> tuple[str, dict[str, Any]]:
    """The digest of a day, against the day before: (its lines, its data). Raises duckdb.Error."""
    metrics = [
        _compared(published, day, metric) for metric in METRICS
        if metric.additive and metric.mart == "creative_daily" and metric.kinds in ("both", published.kind)
    ]  # fmt: skip
    verdicts = _turned(published)
    movers = [
        {"creative_id": creative_id, "creative_text": cut(text), "profit_change": moved}
        for creative_id, text, moved in published.rows(
            _MOVERS, {"day": day, "before": day - timedelta(days=1), "most": MOVERS_MAX}
        )
    ]
    fix = published.rows(_FIX)
    data = {
        "day": day, "currency": published.currency, "metrics": metrics, "verdicts_changed": len(verdicts),
        "verdicts": verdicts[:SHOWN_MAX], "movers": movers, "closed_days_changed": _restated(published, link, day),
        "fix_next": " ".join(fix[0]) if fix else None,
    }  # fmt: skip
    return "\n".join(_lines(data)), data


def _compared(published: Published, day: date, metric: Metric) -> dict[str, Any]:
    sql = f"select {metric.expression} from creative_daily where day = $day"  # noqa: S608 (a constant of ours)
    value, before = (published.rows(sql, {"day": each})[0][0] or 0 for each in (day, day - timedelta(days=1)))
    return {"metric": metric.metric, "title": metric.title, "unit": metric.unit, "value": value, "before": before}


def _turned(published: Published) -> list[dict[str, Any]]:
    ((_newest, before),) = published.rows(DAYS, {"window": WINDOW_DAYS})
    if not isinstance(before, date | datetime):
        return []
    names = ("creative_id", "creative_text", "network", "campaign_id", "country", "previous", "verdict", "reason")
    found = published.rows(turned(), {"window": WINDOW_DAYS, "before": before})
    every = [dict(zip(names, row, strict=True)) for row in found]
    return [each | {"creative_text": cut(each["creative_text"])} for each in every]


def _restated(published: Published, link: Path, day: date) -> str | None:
    """What changed since yesterday of days that had been closed before; None where none was."""
    ((closed,),) = published.rows(_CLOSED, {"day": day})
    if closed is None:
        return None
    try:
        return restatement(link, Asked(str(closed))).sentence
    except ConfigError:  # published by an older whichad, or pruned meanwhile
        return None


def _lines(data: dict[str, Any]) -> Iterator[str]:
    told = ", ".join(_metric(each, data["currency"]) for each in data["metrics"])
    yield f"{data['day']:%d %b %Y}: {told}."
    if data["verdicts"]:
        more = data["verdicts_changed"] - len(data["verdicts"])
        listed = "; ".join(
            f"{short(each['creative_text'], each['creative_id'])} {_word(each['previous'])} → {_word(each['verdict'])}"
            for each in data["verdicts"]
        )
        yield f"Verdicts that changed: {listed}{f'; and {more} more' if more else ''}."
    else:
        yield "No verdict changed."
    if data["movers"]:
        listed = "; ".join(f"{short(m['creative_text'], m['creative_id'])} {m['profit_change']:+,.2f}"
                           for m in data["movers"])  # fmt: skip
        yield f"Profit moved most (one day is mostly chance): {listed}."
    if data["closed_days_changed"]:
        yield f"Of days closed before: {data['closed_days_changed']}"
    if data["fix_next"]:
        yield f"Fix next: {data['fix_next']}"


def _metric(each: dict[str, Any], currency: str) -> str:
    value, before = Decimal(each["value"]), Decimal(each["before"])
    shown = f"{value:,.2f} {currency}" if each["unit"] == "money" else f"{int(value):,}"
    share = (value - before) / before if before > 0 <= value else None  # of a loss no share can be said
    told = f" ({100 * share:+.0f} %)" if share is not None and share < SHARE_MAX else ""
    return f"{each['title']} {shown}{told}"


def _word(verdict: str) -> str:
    return verdict.replace("_", " ")
