"""This module owns an item's whole way: to the record as `ingest` tells it, and on to the cells of the marts."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from analytics.config import AnalyticsSettings
from analytics.why.cells import Cell, cells, folded
from analytics.why.made import Subject, reckoned
from analytics.why.without import Worlds, worlds
from ingest.inspecting.judged import Counted, Step
from ingest.inspecting.way import WHOLE_MAX, Way, ways
from ingest.terminal.called import as_called

_CARDS = "a row of rates and verdicts; window_days 0 is all days"


def whole(settings: AnalyticsSettings, what: str, sender: str | None = None, kind: str | None = None) -> list[Way]:
    """The ways of what a receipt, a delivery id, a webhook-id or an item's id names, down to the cells.

    Empty where nobody knows it. Of more than WHOLE_MAX items only what became of each is told.
    Raises RecordError where a database stays busy.
    """
    found = ways(settings, what, sender, kind)
    if sum(way.counted is not None for way in found) <= WHOLE_MAX:
        return [Way((*way.steps, *_on(settings, way.counted)), way.counted) for way in found]
    ask = Step("cells", "marts", "ask for one", f"More than {WHOLE_MAX} items: ask again by one item's id, or --type.")
    return [*found, Way((ask,))]


def _on(settings: AnalyticsSettings, item: Counted | None) -> Iterator[Step]:
    """From the record to the cells."""
    if item is None:
        return
    if not settings.work_path.exists() or not settings.published_link.exists():
        yield Step(
            "cells", "marts", "not built yet", as_called("It will count at the next build: whichad analytics build")
        )
        return
    with worlds(settings, item) as of:
        if of.is_new:
            since = f"it was loaded after the last build, which is as of {of.built_as_of} UTC"
            yield Step("cells", "marts", "not built yet", f"It will count at the next build: {since}.")
            return
        yield from _counted(of, item)


def _counted(of: Worlds, item: Counted) -> Iterator[Step]:
    if not of.is_complete:
        yield Step(
            "cells",
            "marts",
            "not listed",
            f"It hangs together with {of.near.rows} others, too many to take apart here.",
        )
        return
    yield from reckoned(of, Subject.of(of.connection, item))
    found = cells(of)
    for note in of.notes:
        yield Step("cells", "marts", "and more", note)
    if of.published_as_of != of.built_as_of:
        yield Step("cells", "marts", "published earlier", f"The published file is as of {of.published_as_of} UTC.")
    if not found:
        yield Step("cells", "marts", "none", "Without it, every number would be the same.")
    for cell in folded(found):
        yield Step("cells", cell.mart, _amounts(cell), _key(cell))


def _amounts(cell: Cell) -> str:
    """How much of a cell is the item's: "clicks 1 of 61"."""
    if not cell.amounts:
        return _CARDS
    return ", ".join(_amount(name, added, there or 0) for name, (added, there) in cell.amounts.items())


def _amount(name: str, added: int | Decimal, there: int | Decimal) -> str:
    if 0 < added <= there:
        return f"{name} {_plain(added)} of {_plain(there)}"
    return f"{name} {_plain(abs(added))} {'more' if added > 0 else 'less'} than without it, now {_plain(there)}"


def _plain(amount: Any) -> str:
    """A count as it is, money without the zeros behind its cents."""
    if not isinstance(amount, Decimal):
        return str(amount)
    text = f"{amount:f}"
    whole_part, _, fraction = text.partition(".")
    return f"{whole_part}.{fraction.rstrip('0').ljust(2, '0')}" if fraction else text


def _key(cell: Cell) -> str:
    """The key of a cell, without the columns that are empty."""
    return ", ".join(f"{name} {value}" for name, value in cell.key.items() if value is not None)
