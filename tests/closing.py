"""This module owns the tests' way through closed days: books with the real loop, what it published, what it noted.

books = Closing(tmp_path)                   # a shop, unless settings say otherwise
books.post(*journey("A => 30"), at=…)
books.publish_at(MIDNIGHT)                  # one cycle of the loop: drain, build, check, note, publish
books.changes()                             # {(day, creative or None, measure, causes): change}
books.assert_adds_up()                      # closing + changes = now, cell by cell
Closing(tmp_path, also=["told"])            # made anew by each cycle, besides what the history reads
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from journeys import Books
from noted import OfHistory

from analytics.config import AnalyticsSettings
from analytics.history.file import NAME
from analytics.history.noting import keep, prepare
from analytics.refresh import Refresher
from analytics.status.cycle import Outcome
from analytics.verify import verify

DAY = datetime(2026, 9, 14)  # noqa: DTZ001 (stored times are naive UTC)
NOON = datetime(2026, 9, 14, 12, 0)  # noqa: DTZ001 (the same)
MIDNIGHT = datetime(2026, 9, 15, 0, 0, 5)  # noqa: DTZ001 (the same)
MEASURES = ("impressions", "clicks", "sessions", "ad_clicks", "conversions", "reported_impressions", "reported_clicks",
            "cost_direct", "cost_allocated", "revenue_provisional", "revenue_settled", "refunds")  # fmt: skip
_LONG = "select {keys}, '{measure}' as measure, cast({measure} as decimal(38, 6)) as amount from {table} {where}"
_KEYS = "day, creative_id, sender, network, campaign_id, conversion_kind"


class Closing(Books):
    """Books whose loop runs, too."""

    def __init__(self, folder: Path, also: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(folder, **settings)
        self._also = also
        self._start()

    def _start(self) -> None:
        self.refresher = Refresher(self.settings)
        self.refresher._builder = OfHistory(self.settings, self._also)

    @property
    def history(self) -> Path:
        """The file of the history."""
        return self.settings.data_dir / NAME

    def set(self, **settings: Any) -> None:
        """Other settings from now on, as after a restart."""
        told = self.settings.model_dump(by_alias=True) | settings
        self.settings = AnalyticsSettings(**told)
        self._start()

    def publish_at(self, as_of: datetime) -> Outcome:
        """One forced cycle; it must publish, and the history must be well."""
        outcome = self.cycle_at(as_of)
        assert outcome.ok and outcome.version, outcome
        return outcome

    def cycle_at(self, as_of: datetime) -> Outcome:
        """One forced cycle, however it goes."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        return self.refresher.guarded_cycle(as_of, force=True)

    def note_at(self, as_of: datetime) -> None:
        """A publish as the history sees it, of what was built last; nothing is published."""
        assert keep(prepare(self.inputs(as_of), f"{as_of:%Y%m%dT%H%M%S}", settled=True)) == ""

    def published(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the published version."""
        with closing(self._version()) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def _version(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.settings.published_link.resolve()), read_only=True)

    def kept(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the history itself."""
        connection = duckdb.connect(str(self.history), read_only=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def closed(self) -> list[tuple[str, bool]]:
        """(day, whether it was missed) of every closed day."""
        return self.published("select cast(day as varchar), missed from closed_days order by day")

    def changes(self) -> dict[tuple[str, str, str], Decimal]:
        """(creative's text, measure, causes) → change, summed over all closed days."""
        return {
            (text, measure, causes): change
            for text, measure, causes, change in self.published(
                "select coalesce(max(creative_text), r.creative_id, '-'), measure, causes, sum(change)"
                " from restatements r left join creatives c on c.creative_id = r.creative_id"
                " group by r.creative_id, measure, causes"
            )
        }

    def assert_adds_up(self) -> None:
        """Closing + changes = what facts_daily says of closed days now, cell by cell; and `verify` says so."""
        where = "where day in (select day from closed_days)"
        now = _long("facts_daily", where)
        told = _long("closings", "") + f" union all select {_KEYS}, measure, change from restatements"
        sums = f"select {_KEYS}, measure, sum(amount) from ({{}}) x group by all having sum(amount) <> 0 order by all"
        # Both files stay open meanwhile: `verify` opens each several times, and the first time takes 18 ms.
        record = duckdb.connect(str(self.settings.record_path), read_only=True)
        with closing(record), closing(self._version()):
            assert self.published(sums.format(told)) == self.published(sums.format(now))
            assert [line for line in verify(self.settings) if not line.ok] == []
            assert self.published("select * from restatements where before + change <> after") == []


def _long(table: str, where: str) -> str:
    return " union all ".join(
        _LONG.format(keys=_KEYS, measure=measure, table=table, where=where) for measure in MEASURES
    )
