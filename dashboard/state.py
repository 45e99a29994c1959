"""This module owns what a visitor is looking at: one frozen value, and its short spelling in the URL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

WINDOWS = (1, 3, 7, 14, 28, 0)  # days; 0 is all days, as in the scorecard
METRICS = ("profit", "revenue", "spend", "clicks", "epc", "roas")
PICKS_MAX = 6
_TEXT_MAX = 200
_PICK = re.compile(r"[a-z0-9]+_[0-9a-f]{8}")


class Choices(Protocol):
    """What exists in the published file, to hold a filter against."""

    @property
    def networks(self) -> Sequence[str]:
        """Networks that have a scorecard cell."""

    @property
    def campaigns(self) -> Sequence[str]:
        """Campaign ids that have a scorecard cell."""

    @property
    def countries(self) -> Sequence[str]:
        """Countries that have a scorecard cell."""


@dataclass(frozen=True)
class State:
    """A window, filters, the metric of the trend, and the creatives picked for it (short ids)."""

    days: int = 7
    network: str | None = None
    campaign: str | None = None
    country: str | None = None
    text: str | None = None
    metric: str = "profit"
    pick: tuple[str, ...] = ()

    @property
    def pinned(self) -> bool:
        """Whether a filter looks inside the scopes that verdicts belong to."""
        return any((self.network, self.campaign, self.country))

    @property
    def filters(self) -> "State":
        """The same without what only the trend reads, so that the rest is not drawn again for it."""
        return replace(self, metric=State.metric, pick=())

    def within(self, choices: Choices) -> "State":
        """The same, without filters that name nothing that exists."""
        return replace(
            self,
            network=self.network if self.network in choices.networks else None,
            campaign=self.campaign if self.campaign in choices.campaigns else None,
            country=self.country if self.country in choices.countries else None,
        )


def from_values(values: Mapping[str, object]) -> State:
    """A state from raw values, as the URL spells them; what is unknown falls back to its default."""
    days = {"all": 0, **{str(number): number for number in WINDOWS if number}}
    metric = values.get("metric")
    return State(
        days=days.get(str(values.get("days")), State.days),
        network=_clean(values.get("network")),
        campaign=_clean(values.get("campaign")),
        country=_clean(values.get("country")),
        text=_clean(values.get("q")),
        metric=metric if isinstance(metric, str) and metric in METRICS else State.metric,
        pick=_picks(values.get("pick")),
    )


def to_values(state: State) -> dict[str, str]:
    """The state as the URL and the controls spell it; defaults are left out."""
    values = {
        "days": "" if state.days == State.days else days_word(state.days),
        "network": state.network or "",
        "campaign": state.campaign or "",
        "country": state.country or "",
        "q": state.text or "",
        "metric": "" if state.metric == State.metric else state.metric,
        "pick": ",".join(state.pick),
    }
    return {name: value for name, value in values.items() if value}


def parse(search: str | None) -> State:
    """The state of a URL's query string (with or without the `?`); never an error."""
    try:
        pairs = parse_qsl((search or "").removeprefix("?"), max_num_fields=50, errors="replace")
    except ValueError:
        return State()
    return from_values(dict(pairs))


def to_search(state: State) -> str:
    """The query string of a state, `""` for the default one."""
    values = to_values(state)
    return "?" + urlencode(values, safe=",") if values else ""


def days_word(days: int) -> str:
    """How the URL spells a window."""
    return str(days) if days else "all"


def short(creative_id: str) -> str:
    """The id's beginning that the URL carries (8 hex digits: 300 creatives collide once in 100,000)."""
    kind, _, digest = creative_id.partition("_")
    return f"{kind}_{digest[:8]}"


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
