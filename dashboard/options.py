"""This module owns what the filters can be set to: what the published file has, largest spend first."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from dash import no_update

from dashboard.components.bar import labelled
from dashboard.config import Settings
from dashboard.filtering import SERVED_BY
from dashboard.look import Look, looking
from dashboard.published import NothingPublished
from dashboard.reading import columns_of, rows
from dashboard.state import State
from dashboard.words import VERDICTS

if TYPE_CHECKING:
    from dashboard.pages.page import Page

FROM_FACTS = ("network", "account", "campaign", "ad", "sender", "country", "device")
OFFERED = (*FROM_FACTS, "verdict", "rule", "window", "of", "metric")
IN_USE = ("rule", "window", "of")  # choices that the data has a default for: unset, they name it
_MAX = 2000
_REMEMBERED = 64
# A filter's options are those within the filters above it.
_WITHIN = {"account": ("network",), "campaign": ("network", "account"), "ad": ("network", "account", "campaign")}


def offered(settings: Settings, view: str | None, path: str) -> tuple[Any, ...]:
    """The `data` of each control of OFFERED, then the `placeholder` of each of IN_USE; nothing new where nothing is
    published."""
    try:
        look = looking(settings, view)
        page = _page(path)
        named = (page.in_use[name](look) if page and name in page.in_use else no_update for name in IN_USE)
        return (*(_options(look, name, page) for name in OFFERED), *named)
    except (NothingPublished, duckdb.Error):
        return tuple(no_update for _ in (*OFFERED, *IN_USE))


def _page(path: str) -> "Page | None":
    from dashboard.pages import PAGES  # pages import the panels, which import this room's neighbours

    return next((page for page in PAGES if page.path == path), None)


def _options(look: Look, name: str, page: "Page | None") -> Any:
    if name in FROM_FACTS:
        return labelled(name, of_facts(look.real, name, look.state))
    if name == "verdict":
        return labelled(name, tuple(VERDICTS))
    if page is None or name not in page.controls or name not in page.choices:
        return no_update
    return [{"value": value, "label": label} for value, label in page.choices[name](look)]


def of_facts(real: Path, name: str, state: State) -> Sequence[str]:
    """The values of a filter's column, largest spend first, within the filters above; the chosen one among them."""
    column = SERVED_BY[name]
    if column not in columns_of(real, "facts_daily"):
        return ()
    above = {other: getattr(state, other) for other in _WITHIN.get(name, ()) if getattr(state, other)}
    found = list(_largest(real, column, tuple(above.items())))
    chosen = getattr(state, name)
    return found if chosen is None or chosen in found else [*found, chosen]


@lru_cache(maxsize=_REMEMBERED)
def _largest(real: Path, column: str, above: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    held = " and ".join(f"{SERVED_BY[other]} = $f_{other}" for other, _value in above) or "true"
    sql = f"""select {column} from facts_daily where {column} is not null and {held}
      group by {column} order by sum(cost_direct + cost_allocated) desc nulls last, sum(clicks) desc, {column}
      limit {_MAX}"""  # noqa: S608 - columns of our own list; values are bound
    return tuple(str(row[0]) for row in rows(real, sql, {f"f_{other}": value for other, value in above}))
