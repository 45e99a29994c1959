"""This module owns how the visitor's filters become SQL: which column serves each, and which marts lack it."""

from dataclasses import dataclass

from dashboard.look import Look
from dashboard.reading import columns_of
from dashboard.spans import Span
from dashboard.state import WINDOWS

# Filter → the column that serves it; text and verdict go by the creative.
SERVED_BY = {
    "network": "network",
    "account": "account_id",
    "campaign": "campaign_id",
    "ad": "ad_id",
    "sender": "sender",
    "country": "country",
    "device": "device",
    "verdict": "creative_id",
    "text": "creative_id",
}
_TEXT = "(select creative_id from creatives where contains(lower(creative_text), lower($f_text)))"
_VERDICT = "(select creative_id from verdicts where verdict = $f_verdict and window_days = $f_verdict_window)"
_VERDICT_WINDOW = 7  # a period that is no window of the scorecard has no verdicts of its own


@dataclass(frozen=True)
class Where:
    """A condition, its bound values (named `f_…`), and the filters that the mart has no column for."""

    sql: str
    values: dict[str, object]
    unserved: tuple[str, ...]


def where(look: Look, mart: str, alias: str = "") -> Where:
    """The condition that the state's filters make of a mart's columns (`true` where none is set)."""
    has, prefix = columns_of(look.real, mart), f"{alias}." if alias else ""
    parts: list[str] = []
    values: dict[str, object] = {}
    unserved: list[str] = []
    for name in look.state.filtered:
        column = SERVED_BY[name]
        if column not in has:
            unserved.append(name)
            continue
        values[f"f_{name}"] = getattr(look.state, name)
        if name == "verdict":
            days = look.state.days
            values["f_verdict_window"] = days if days in WINDOWS else _VERDICT_WINDOW
        parts.append(prefix + _condition(name, column))
    return Where(" and ".join(parts) or "true", values, tuple(unserved))


def period_values(span: Span) -> dict[str, object]:
    """The bound values of `day between $first and $last`."""
    return {"first": span.first, "last": span.last}


def bound(look: Look, mart: str, sql: str) -> tuple[str, dict[str, object]]:
    """A query of `{where}`, `$first` and `$last`, with the filters that a mart can apply and the days of the period."""
    kept = where(look, mart)
    return sql.format(where=kept.sql), {**kept.values, **period_values(look.period)}


def _condition(name: str, column: str) -> str:
    inside = {"text": _TEXT, "verdict": _VERDICT}.get(name)
    return f"{column} in {inside}" if inside else f"{column} = $f_{name}"
