"""This module owns what a visitor is looking at: one frozen value, and its short spelling in the URL.

Pages, exports, saved views and links between pages all carry this one value. What a URL or a browser sends is held
against allow-lists and patterns here; what is unknown falls back to its default and is never an error.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import parse_qsl, urlencode

from dashboard.words import MEASURES, VERDICTS

WINDOWS = (1, 3, 7, 14, 28, 0)  # days up to today; 0 is all days: the scorecard's
NAMED = ("today", "yesterday", "month", "lastmonth")
COMPARISONS = ("previous", "weekdays", "year", "none")
FILTERS = ("network", "account", "campaign", "ad", "sender", "country", "device", "verdict", "text")
SHOWS = ("scale", "keep", "fix", "cut", "wait")
PICKS_MAX = 6
_PERIODS = (*("all" if days == 0 else str(days) for days in WINDOWS), *NAMED)
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_TEXT_MAX = 200
_PICK = re.compile(r"(?:rac|ad)[0-9]+_[0-9a-f]{8}")
_ANYBODY = "rac1_anybody_"  # no id is spelled so: it has digits a to f after the line
_NAME = re.compile(r"-?[a-z0-9_]{1,48}")


@dataclass(frozen=True)
class State:
    """A period with its comparison, filters, and the choices that some pages offer.

    `period` is a number of days up to today, a name, or `2026-11-01..2026-11-20`; `pick` and `creative` are short ids.
    `of` is what the page at hand lets one choose (a step, a sender, a measure); a page checks it against its own list.
    """

    period: str = "7"
    vs: str = "previous"
    network: str | None = None
    account: str | None = None
    campaign: str | None = None
    ad: str | None = None
    sender: str | None = None
    country: str | None = None
    device: str | None = None
    verdict: str | None = None
    text: str | None = None
    by: str = "day"
    rule: str | None = None
    window: int | None = None
    basis: str = "event"
    metric: str = "profit"
    show: str = ""
    sort: str = ""
    pick: tuple[str, ...] = ()
    creative: str | None = None
    of: str | None = None

    @property
    def days(self) -> int | None:
        """The scorecard's window that the period is (0: all days); None for any other period."""
        return {"all": 0, **{str(days): days for days in WINDOWS if days}}.get(self.period)

    @property
    def filtered(self) -> tuple[str, ...]:
        """Which filters are set, by name."""
        return tuple(name for name in FILTERS if getattr(self, name) is not None)


def from_values(values: Mapping[str, object]) -> State:
    """A state from raw values, as the URL spells them; what is unknown falls back to its default."""
    window = values.get("window")
    return State(
        period=_period(values.get("period") or values.get("days")),
        vs=_one_of(values.get("vs"), COMPARISONS, State.vs),
        **{name: _clean(values.get("q" if name == "text" else name)) for name in FILTERS if name != "verdict"},
        verdict=_one_of(values.get("verdict"), tuple(VERDICTS), "") or None,
        by=_one_of(values.get("by"), ("day", "hour"), State.by),
        rule=_named(values.get("rule")),
        window=int(window) if isinstance(window, str) and re.fullmatch(r"\d{1,3}", window) else None,
        basis=_one_of(values.get("basis"), ("event", "click"), State.basis),
        metric=_one_of(values.get("metric"), tuple(MEASURES), State.metric),
        show=_one_of(values.get("show"), SHOWS, ""),
        sort=_named(values.get("sort")) or "",
        pick=_picks(values.get("pick")),
        creative=next(iter(_picks(values.get("creative"))), None),
        of=_clean(values.get("of")),
    )


def to_values(state: State) -> dict[str, str]:
    """The state as the URL spells it; defaults are left out."""
    values: dict[str, str] = {}
    for field in fields(State):
        value = getattr(state, field.name)
        if value == field.default or value in (None, ""):
            continue
        name = "q" if field.name == "text" else field.name
        values[name] = ",".join(value) if isinstance(value, tuple) else str(value)
    return values


def parse(search: str | None) -> State:
    """The state of a URL's query string (with or without the `?`); never an error."""
    try:
        pairs = parse_qsl((search or "").removeprefix("?"), max_num_fields=60, errors="replace")
    except ValueError:
        return State()
    return from_values(dict(pairs))


def to_search(state: State) -> str:
    """The query string of a state, `""` for the default one."""
    values = to_values(state)
    return "?" + urlencode(values, safe=",.") if values else ""


def link(path: str, state: State, **changed: object) -> str:
    """The address of another page with the same period and filters; `changed` are fields that differ there."""
    base = replace(state, show="", sort="", of=None, creative=None, metric=State.metric)
    return path + to_search(replace(base, **changed))  # type: ignore[arg-type] # the names are fields of State


def links(path: str, state: State) -> Callable[[str], str]:
    """The same for many creatives, by their ids: the address is spelled once, and each put into it."""
    before, after = link(path, state, creative=_ANYBODY).split(_ANYBODY)
    return lambda creative_id: f"{before}{short(creative_id)}{after}"


def short(creative_id: str) -> str:
    """The id's beginning that the URL carries (8 hex digits: 300 creatives collide once in 100,000)."""
    kind, _, digest = creative_id.partition("_")
    return f"{kind}_{digest[:8]}"


def range_of(period: str) -> tuple[date, date] | None:
    """The days of a period that names its own; None for the others."""
    found = _RANGE.fullmatch(period)
    if found is None:
        return None
    try:
        first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2])
    except ValueError:
        return None
    return (first, last) if first <= last else None


def _period(value: object) -> str:
    return value if isinstance(value, str) and (value in _PERIODS or range_of(value)) else State.period


def _one_of(value: object, allowed: tuple[str, ...], default: str) -> str:
    return value if isinstance(value, str) and value in allowed else default


def _named(value: object) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def _clean(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    # A lone surrogate can be neither bound nor put into a URL; NUL ends a string in too many places.
    text = value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return text[:_TEXT_MAX].strip() or None


def _picks(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else []
    known = [name for name in names if _PICK.fullmatch(name)]
    return tuple(dict.fromkeys(known))[:PICKS_MAX]
