"""This module owns which creative the page is about: the URL's short id, looked up in the published file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dashboard.filtering import Where, period_values, where
from dashboard.look import Look
from dashboard.reading import rows

Row = Mapping[str, Any]  # a row of a frame, as reading.records gives it
_FIND = """select creative_id, creative_text, identity_by, status, first_seen, last_seen, variants, networks, ads
  from creatives where starts_with(creative_id, $short) order by last_seen desc nulls last, creative_id limit 1"""


@dataclass(frozen=True)
class Chosen:
    """One creative as the mart `creatives` has it; times are naive UTC."""

    creative_id: str
    text: str
    identity_by: str
    status: str
    first_seen: datetime | None
    last_seen: datetime | None
    variants: int
    networks: tuple[str, ...]
    ads: int


def chosen(look: Look) -> Chosen | None:
    """The creative of the URL; None where none is chosen, or nobody has that id."""
    if not look.state.creative:
        return None
    found = rows(look.real, _FIND, {"short": look.state.creative})
    if not found:
        return None
    ident, text, by, status, first, last, variants, networks, ads = found[0]
    names = tuple(str(name) for name in networks) if isinstance(networks, list | tuple) else ()
    return Chosen(
        str(ident), _said(text), _said(by), _said(status), _moment(first), _moment(last), _number(variants), names,
        _number(ads),
    )  # fmt: skip


def alone(look: Look) -> Look:
    """The same look without the filters that choose among creatives: here one is chosen already."""
    return replace(look, state=replace(look.state, text=None, verdict=None))


def of_creative(look: Look, creative: Chosen, mart: str, day: str = "day") -> Where:
    """The condition that a mart's rows are this creative's, of the period, and within the filters."""
    filters = where(alone(look), mart)
    sql = f"creative_id = $creative and {day} between $first and $last and {filters.sql}"
    return Where(sql, {"creative": creative.creative_id, **period_values(look.period), **filters.values},
                 filters.unserved)  # fmt: skip


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
