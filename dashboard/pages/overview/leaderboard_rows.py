"""This module owns the leaderboard's rows: a creative's sums, days as a line, verdict with action and reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import numbers
from dashboard.figures.sparkline import sparkline
from dashboard.pages.overview.scale import Scale
from dashboard.pages.overview.verdicts import chip, scope
from dashboard.reading import plain
from dashboard.words import IDENTITIES, STATUSES, VERDICTS, Measure

Row = Mapping[Any, object]
UNKNOWN_CAMPAIGN = "no campaign is known for it, so it has no verdict"


@dataclass(frozen=True)
class Board:
    """What the rows are made of. `cells` are the verdicts, the largest spend first; None: filtered, there are none.

    `believed` has `creative_id`, `mid`, `low`, `high`, `aim` of what the bars show without verdicts. `running`: the
    last day of `series` is not over.
    """

    sums: pd.DataFrame
    series: Mapping[str, Sequence[float | None]]
    cells: pd.DataFrame | None
    believed: pd.DataFrame
    objective: Measure
    currency: str
    show: str = ""
    running: bool = False


def rows(board: Board, scale: Scale, measures: Mapping[str, pd.Series]) -> list[dict[str, object]]:
    """One row per creative of `sums`, in its order; with `show`, only those with a verdict under that thumb.

    `measures` has a column of numbers per further field, indexed as `sums`.
    """
    judged = by_creative(board.cells)
    believed = {str(row["creative_id"]): row for row in plain(board.believed)}
    told_in = {name: values.to_list() for name, values in measures.items()}
    made = []
    for place, row in enumerate(plain(board.sums)):
        ident = str(row["creative_id"])
        told = judged.get(ident, [])
        leading = lead(told, board.show)
        if board.show and leading is None:
            continue
        figures = leading if leading is not None else believed.get(ident, {}) if board.cells is None else {}
        made.append({
            "id": ident, "rank": int(board.sums.index[place]) + 1, "text": row["creative_text"], **about(row),
            **said(told, leading, board.cells is None),
            **line(board.series.get(ident, ()), board.currency, board.running),
            **bar(figures, scale, board.objective, board.currency),
            **{name: number(row[column]) for name, column in _MONEY.items()},
            **{name: number(values[place]) for name, values in told_in.items()},
        })  # fmt: skip
    return made


_MONEY = {"profit": "profit", "spend": "cost", "revenue": "revenue"}


def by_creative(cells: pd.DataFrame | None) -> dict[str, list[Row]]:
    """The verdicts of each creative, in their order."""
    found: dict[str, list[Row]] = {}
    for cell in [] if cells is None else plain(cells):
        found.setdefault(str(cell["creative_id"]), []).append(cell)
    return found


def lead(told: Sequence[Row], show: str) -> Row | None:
    """The verdict that a row tells: that of the largest spend, under the thumb that is shown."""
    return next((row for row in told if not show or row["thumb"] == show), None)


def about(row: Row) -> dict[str, str]:
    """Where it ran, what is odd about it, and both in one line."""
    cost, allocated = number(row["cost"]) or 0.0, number(row["cost_allocated"]) or 0.0
    names = row["networks"]
    networks = ", ".join(str(name) for name in names if isinstance(name, str)) if hasattr(names, "__iter__") else ""
    notes = [
        IDENTITIES.get(str(row["identity_by"]), ""),
        STATUSES.get(str(row["status"]), ""),
        f"{numbers.percent(allocated / cost)} of its spend is shared out" if allocated and cost else "",
    ]
    odd = " · ".join(note for note in notes if note)
    return {"networks": networks, "notes": odd, "about": " · ".join(part for part in (networks, odd) if part)}


def said(told: Sequence[Row], leading: Row | None, filtered: bool) -> dict[str, object]:
    """The verdicts as chips, the best first; action and reason of the leading one, and of which scope where several."""
    if leading is None:
        none = "Filtered: no verdict" if filtered else "No verdict"
        reason = "" if filtered else UNKNOWN_CAMPAIGN
        return {"verdicts": [], "none": none, "verdict": none, "do": "", "reason": reason, "advice": reason,
                "scope": "", "early": False}  # fmt: skip
    counted = Counter(str(row["verdict"]) for row in told)
    many = len(told) > 1
    chips = [chip(name, counted[name] if many else 0) for name in VERDICTS if name in counted]
    where = f"in {scope(leading)}" if many else ""
    sentence = _sentence(leading)
    return {
        "verdicts": chips, "none": "",
        "verdict": ", ".join(f"{counted[name]} {VERDICTS[name][0]}" if many else VERDICTS[name][0]
                             for name in VERDICTS if name in counted),
        "do": leading["do"], "reason": sentence, "scope": where,
        "advice": f"{leading['do']}{f' ({where})' if where else ''}. {sentence}",
        "early": set(counted) == {"too_early"},
    }  # fmt: skip


def line(series: Sequence[float | None], currency: str, running: bool = False) -> dict[str, object]:
    """The row's profit per day as a small line, and in words; `running`: the last day is not over."""
    known = [value for value in series if value is not None]
    words = ""
    if len(known) > 1:
        low, high, last = (numbers.money(value, currency) for value in (min(known), max(known), known[-1]))
        words = f"Profit per day, {len(known)} days: between {low} and {high}, last {last}"
        words += " (today is not over)" if running else ""
    return {"trend": sparkline(series, zero=True, open_end=running) or "", "spark_alt": words}


def bar(figures: Row, scale: Scale, objective: Measure, currency: str) -> dict[str, object]:
    """The objective with its interval, as numbers, in words, and as places of a bar; `careful` is its careful end."""
    mid, low, high, aim = (number(figures.get(name)) for name in ("mid", "low", "high", "aim"))
    limits = numbers.interval(low, high, objective.unit, currency)
    places = 2 if objective.unit == "money" and mid is not None and abs(mid) >= 1 else 3
    return {
        "objective": mid,
        "low": low,
        "high": high,
        "aim": aim,
        "careful": high if objective.better == "down" else low,
        "rate_text": numbers.in_unit(mid, objective.unit, currency, places),
        "limits": f"[{limits}]" if limits else "",
        "bar": [scale.place(value) for value in (low, mid, high, aim)],
        "odd": str(figures.get("at_odds") or ""),
    }


def number(value: object) -> float | None:
    """A finite number, or None."""
    found = float(value) if isinstance(value, int | float) else None
    return found if numbers.known(found) else None


def _sentence(row: Row) -> str:
    odd = str(row.get("at_odds") or "")
    reason = row["reason"] if isinstance(row["reason"], str) else ""
    reason = reason[:1].upper() + reason[1:]
    # What the reason says by itself ("the rest of the campaign does worse") is not said twice.
    return f"{reason}; {odd}" if odd and row["why"] != "lucky" else reason
