"""This module owns the ranking as the page shows it: a row per creative, in words, ready for the grid."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard import numbers
from dashboard.marts import Freshness
from dashboard.pooling import RATES
from dashboard.words import ACTIONS, IDENTITIES, MEASURES, NO_VERDICT, STATUSES, VERDICTS, kind_words

Row = Mapping[Hashable, object]


@dataclass(frozen=True)
class Scale:
    """The shared axis of the interval bars, so that bars of different rows can be compared by eye."""

    low: float
    high: float

    def place(self, value: float | None) -> float | None:
        """Where a value lies, 0 to 100, clipped to the axis; None where there is no value."""
        if value is None or not numbers.known(value) or self.high <= self.low:
            return None
        return round(100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low))), 1)


def objective_of(ranking: pd.DataFrame, fresh: Freshness) -> str:
    """The metric that verdicts judge by here: the rows' own if they agree, else the install's."""
    found = set(ranking["objective"].dropna()) if len(ranking) else set()
    name = found.pop() if len(found) == 1 else fresh.objective
    return str(name) if name in MEASURES else "roas"


def with_objective(ranking: pd.DataFrame, fresh: Freshness) -> pd.DataFrame:
    """The ranking plus `mid`, `low`, `high` of the objective, its `aim`, and `floor`, the careful end.

    The limits of a CPA pooled over cells: with the cost known, CPA = CPC / CVR, so the limits of CVR give them.
    """
    name = objective_of(ranking, fresh)
    frame = ranking.copy()
    frame["mid"] = frame[name]
    if name == "cpa":
        frame["low"] = frame["cpa"] * frame["cvr"] / frame["cvr_high"]
        frame["high"] = frame["cpa"] * frame["cvr"] / frame["cvr_low"].where(frame["cvr_low"] > 0)
    else:
        frame["low"], frame["high"] = frame.get(f"{name}_low"), frame.get(f"{name}_high")
    frame["floor"] = -frame["high"] if MEASURES[name].better == "down" else frame["low"]
    frame["aim"] = pd.to_numeric(frame["target"]).fillna(fresh.target if fresh.target is not None else float("nan"))
    return frame


def scale_of(frame: pd.DataFrame) -> Scale:
    """An axis that holds the target and the middle nine tenths of the limits (one wild row must not flatten all)."""
    ends = pd.concat([frame["low"].dropna(), frame["high"].dropna(), frame["mid"].dropna()])
    if ends.empty:
        return Scale(0.0, 0.0)
    low, high = float(ends.quantile(0.05)), float(ends.quantile(0.95))
    aims = frame["aim"].dropna()
    low, high = min([low, *aims]), max([high, *aims])
    pad = (high - low) * 0.04 or 1e-9
    return Scale(low - pad, high + pad)


def rows(frame: pd.DataFrame, cells: pd.DataFrame, fresh: Freshness, pinned: bool) -> list[dict[str, object]]:
    """The grid's rows, in the ranking's order, from `with_objective` and the cells the verdicts belong to."""
    by_creative: dict[str, list[Row]] = {}
    for cell in cells.to_dict("records"):
        if cell["verdict"] in VERDICTS:
            by_creative.setdefault(str(cell["creative_id"]), []).append(cell)
    scale, name = scale_of(frame), objective_of(frame, fresh)
    columns = [key for key in kind_words(fresh.kind).columns if key != name]
    return [
        {
            "rank": place,
            **_who(row),
            **_verdict(by_creative.get(str(row["creative_id"]), []), pinned),
            **{key: _number(row[key]) for key in ("profit", "revenue", "clicks", "floor")},
            "spend": _number(row["cost"]),
            **_money(row, fresh.currency),
            **_objective(row, scale, name, fresh.currency),
            **_funnel(row, columns, fresh.currency),
        }
        for place, row in enumerate(frame.to_dict("records"), start=1)
    ]


def _who(row: Row) -> dict[str, object]:
    networks = [str(name) for name in _list(row["networks"])]
    cost, allocated = _number(row["cost"]) or 0, _number(row["cost_allocated"]) or 0
    notes = [
        IDENTITIES.get(str(row["identity_by"]), ""),
        STATUSES.get(str(row["status"]), ""),
        f"{numbers.percent(allocated / cost)} of its spend is allocated" if allocated and cost else "",
    ]
    return {
        "id": row["creative_id"],
        "text": row["creative_text"],
        "about": " · ".join([", ".join(networks), *(note for note in notes if note)]),
    }


def _verdict(judged: list[Row], pinned: bool) -> dict[str, object]:
    """The verdicts of the row's scopes, counted best first; action and reason of the one with the largest spend."""
    if not judged:
        none = NO_VERDICT if pinned else "No verdict yet"
        return {"verdicts": [], "none": none, "each": none, "order": 99, "early": False, "action": "", "reason": ""}
    counted = Counter(str(cell["verdict"]) for cell in judged)
    found = [verdict for verdict in VERDICTS if verdict in counted]
    many = len(judged) > 1
    where = f" (in {_scope(judged[0])}, the largest spend)" if many else ""
    return {
        "verdicts": [
            {"v": name, "word": VERDICTS[name][0], "mark": VERDICTS[name][1], "n": counted[name] if many else 0}
            for name in found
        ],
        "each": "\n".join(
            f"{_scope(cell)}: {VERDICTS[str(cell['verdict'])][0]}, {_said(cell['reason'])}" for cell in judged
        ),
        "order": list(VERDICTS).index(found[0]) - min(counted[found[0]], 999) / 1000,
        "early": found == ["too_early"],
        "action": f"{ACTIONS.get(str(judged[0]['action']), _said(judged[0]['action']))}{where}",
        "reason": f"{_said(judged[0]['reason'])}{where}",
    }


def _money(row: Row, currency: str) -> dict[str, object]:
    names = {"profit": "profit", "spend": "cost", "revenue": "revenue"}
    return {f"{shown}_text": numbers.money(_number(row[column]), currency, 2) for shown, column in names.items()}


def _objective(row: Row, scale: Scale, name: str, currency: str) -> dict[str, object]:
    unit = MEASURES[name].unit
    mid, low, high, aim = (_number(row[key]) for key in ("mid", "low", "high", "aim"))
    limits = numbers.interval(low, high, unit, currency)
    places = 2 if unit == "money" and mid is not None and abs(mid) >= 1 else 3
    return {
        "rate_text": numbers.in_unit(mid, unit, currency, places),
        "limits": f"[{limits}]" if limits else "",
        "bar": [scale.place(value) for value in (low, mid, high, aim)],
        "clicks_text": numbers.count(_number(row["clicks"])),
    }


def _funnel(row: Row, columns: list[str], currency: str) -> dict[str, object]:
    shown: dict[str, object] = {}
    for key in columns:
        unit = MEASURES[key].unit
        text = numbers.in_unit(_number(row[key]), unit, currency)
        limits = ""
        if key in RATES:
            limits = numbers.interval(_number(row[f"{key}_low"]), _number(row[f"{key}_high"]), unit, currency)
        shown[key] = _number(row[key])
        shown[f"{key}_text"] = text
        shown[f"{key}_tip"] = f"{MEASURES[key].title} {text}" + (f", interval {limits}" if limits else "")
    return shown


def _scope(cell: Row) -> str:
    return " · ".join(part for key in ("network", "campaign_id", "country") if (part := _said(cell[key])))


def _said(words: object) -> str:
    return words if isinstance(words, str) else ""


def _number(value: object) -> float | None:
    number = float(value) if isinstance(value, (int, float)) else None
    return number if numbers.known(number) else None


def _list(value: object) -> list[object]:
    return list(value) if value is not None and not isinstance(value, float) else []  # type: ignore[call-overload]
