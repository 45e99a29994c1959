"""This module owns what a panel is and what it answers: values only, no callback and no component id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import plotly.graph_objects as go
from dash.development.base_component import Component

from dashboard.look import Look

Unit = Literal["text", "money", "share", "times", "count", "number", "date", "moment"]
Shape = Literal["figure", "grid", "words"]
NO_ROWS = "Nothing here in this period with these filters. Widen the period, or clear a filter."


@dataclass(frozen=True)
class Column:
    """One column of a grid, a table and an export: `field` of the rows, its title as people say it, its unit.

    `renderer` is a cell of assets/dashAgGridComponentFunctions.js; `tip` explains the column; `width` is in pixels.
    Fields that only a renderer reads stand in the rows without a column; what it draws of them that a reader of the
    export would miss has a column with `on_screen=False`.
    """

    field: str
    title: str
    unit: Unit = "text"
    width: int = 110
    tip: str = ""
    renderer: str = ""
    exported: bool = True
    on_screen: bool = True
    sortable: bool = True
    places: int | None = None  # of money: digits after the point; None: by size
    wrap: bool = False  # text that may take several lines


CREATIVE_ID = Column("id", "creative_id", on_screen=False)  # of grids whose rows are creatives: to join by


@dataclass(frozen=True)
class Drawn:
    """A figure with its caption, and `table`: the same as text, its columns named as people say them."""

    figure: go.Figure
    caption: str | Sequence[Component | str]
    table: pd.DataFrame | None = None


@dataclass(frozen=True)
class Rows:
    """A grid's columns and rows. A row has raw values, a unique `id`, and may have `href`: where it leads."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, object]]
    note: str | Sequence[Component | str] = ""
    empty: str = NO_ROWS

    @property
    def on_screen(self) -> list[Column]:
        """The columns that the grid draws; the others are in the export only."""
        return [column for column in self.columns if column.on_screen]


@dataclass(frozen=True)
class Words:
    """Anything else: components, made of words and numbers."""

    children: Sequence[Component]


Answer = Drawn | Rows | Words


@dataclass(frozen=True)
class Panel:
    """A titled part of a page. `mart` serves it: it is named in its foot, and its columns decide which filters apply.

    `fill` asks and draws; what it raises is told in words with a retry. `pickable` grids have ticks that pick
    creatives, `sorted_by_url` ones keep their sorting in the URL (one a page). A `timeline` is a figure whose x axis is
    days or hours: what people annotated is marked on it, and listed below.
    """

    name: str
    title: str
    shape: Shape
    mart: str
    fill: Callable[[Look], Answer]
    height: int = 340
    wide: bool = True
    about: str = ""
    pickable: bool = False
    sorted_by_url: bool = False
    row_height: int | None = None
    late: bool = (
        False  # made only when it comes near the screen: on a page of many panels, each grid costs a third of a second
    )
    timeline: bool = False
    says: bool = False  # it has a place, `<name>-said`, for what became of a deed: new data does not take it away
    kept_in: str = ""  # the file that its rows are in, where no mart serves it; people's edits fill it anew
    serves: Sequence[str] = ()  # filters that `fill` applies itself, whatever columns the mart has
    whole: Callable[[Look], Answer] | None = None  # for exports, where `fill` gives only the first rows
