"""This module owns the one row in which a published file says how new it is and under which settings it was made."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.reading import VERSIONS, rows

_SQL = """select newest_event, as_of, timezone, currency, kind, objective, target, interactions, headline_rule,
  conversion_kind, maturity_days, version, (select count(*) from creatives) from freshness"""


@dataclass(frozen=True)
class Freshness:
    """What the published file says about itself; times are aware UTC, `target` is in the objective's unit."""

    newest_event: datetime | None
    as_of: datetime
    zone: ZoneInfo
    currency: str
    kind: str
    objective: str
    target: float | None
    interactions: int
    headline_rule: str = ""
    conversion_kind: str = ""
    maturity_days: int = 0
    version: str = ""
    creatives: int = 0

    @property
    def today(self) -> date:
        """The reporting day in which the data was taken."""
        return self.as_of.astimezone(self.zone).date()


@lru_cache(maxsize=VERSIONS)
def of(real: Path) -> Freshness:
    """The freshness of a published file. Raises duckdb.Error where another version of whichad made it."""
    event, as_of, zone, *rest = rows(real, _SQL)[0]
    assert isinstance(as_of, datetime)  # noqa: S101 - the mart's contract, for the type checker
    seen = event.replace(tzinfo=UTC) if isinstance(event, datetime) else None
    return Freshness(seen, as_of.replace(tzinfo=UTC), ZoneInfo(str(zone)), *rest)  # type: ignore[arg-type]
