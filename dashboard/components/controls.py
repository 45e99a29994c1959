"""This module owns the bar of controls over every page: what each shows, and what a touch makes of the state.

A list is the architecture: CONTROLS are all there are. Each says what it shows of a state and what its value changes.
Which of the EXTRAS are seen is the page's word; all are always there, so that one callback serves every page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard.state import FILTERS, WINDOWS, State, from_values, range_of, to_values

EXTRAS = ("metric", "by", "rule", "window", "basis", "of")
SELECTS = ("network", "account", "campaign", "ad", "sender", "country", "device", "verdict")


@dataclass(frozen=True)
class Control:
    """A control: its id is `c-<name>`; `show` gives its value for a state, `change` the state for its value."""

    name: str
    show: Callable[[State], Any]
    change: Callable[[State, Any], State]

    @property
    def ident(self) -> str:
        """The component's id."""
        return f"c-{self.name}"


def _plain(name: str) -> Control:
    """A control whose value is what the URL says of its field."""
    field = "text" if name == "q" else name

    def change(state: State, value: Any) -> State:
        values: dict[str, object] = {**to_values(state), name: value if isinstance(value, str) else ""}
        return from_values(values)

    def show(state: State) -> Any:
        value = getattr(state, field)
        return str(value) if value is not None else ("" if name == "q" else None)

    return Control(name, show, change)


def _named_period(state: State, value: Any) -> State:
    return from_values({**to_values(state), "period": value if isinstance(value, str) else ""})


def _dates(state: State, value: Any) -> State:
    ends = [end for end in value if isinstance(end, str)] if isinstance(value, list) else []
    if len(ends) == 2:
        return _named_period(state, "..".join(end[:10] for end in ends))
    return replace(state, period=State.period) if range_of(state.period) and not ends else state


def _dates_shown(state: State) -> Any:
    own = range_of(state.period)
    return [end.isoformat() for end in own] if own else None


def _preset_shown(state: State) -> Any:
    return state.period if state.days is None and not range_of(state.period) else None


def _window_shown(state: State) -> Any:
    return state.period if state.days is not None else ""


CONTROLS: Sequence[Control] = (
    Control("days", _window_shown, lambda state, value: _named_period(state, value) if value else state),
    Control("preset", _preset_shown, _named_period),
    Control("dates", _dates_shown, _dates),
    _plain("vs"),
    *(_plain(name) for name in SELECTS),
    _plain("q"),
    *(_plain(name) for name in EXTRAS),
)
BY_ID = {control.ident: control for control in CONTROLS}
PERIODS = [("all" if days == 0 else str(days), "All" if days == 0 else f"{days} d") for days in WINDOWS]


def more_set(state: State) -> int:
    """How many filters are set that stand under "More filters"."""
    return sum(name in state.filtered for name in FILTERS if name not in ("network", "campaign", "country", "text"))
