"""This module owns what the report reads of a published file: rows as dicts, of the marts that the file has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from ingest.config import ConfigError

Row = dict[str, Any]
WINDOWS = (1, 3, 7, 14, 28, 0)
_TOTALS = """
select sum(d.clicks) as clicks, sum(d.ad_clicks) as ad_clicks, sum(d.conversions) as conversions, sum(d.cost) as cost,
  sum(d.revenue) as revenue,
  sum(d.cost) filter (d.creative_id is null) as cost_nobodys,
  sum(d.revenue) filter (d.creative_id is null) as revenue_nobodys
from creative_daily d where d.day between $first and $last
"""
_JUDGED = """
select s.*, c.creative_text, v.net_per_click, v.net_per_click_low, v.net_per_click_high, v.thresholds_version
from creative_scorecard s
left join creatives c on c.creative_id = s.creative_id
left join verdicts v
  on v.creative_id = s.creative_id and v.window_days = s.window_days and v.network is not distinct from s.network
  and v.campaign_id is not distinct from s.campaign_id and v.country is not distinct from s.country
where s.window_days = $window and s.verdict is not null
order by s.cost desc, s.revenue desc, s.creative_id, s.network, s.campaign_id, s.country
"""
# What else there may be: the mart, and the rows that are told.
_OTHERS = {
    "maturity_daily": "select * from maturity_daily where not mature order by day",
    "experiments": "select * from experiments order by experiment, arm_number",
    "creative_fatigue": "select f.*, c.creative_text from creative_fatigue f left join creatives c using (creative_id)"
    " where f.fatigued order by f.still_meets_target, f.q_value, f.decline desc, f.creative_id",
    "text_lift": "select * from text_lift where holds order by metric, q_value, feature_kind, feature",
    "text_lift_fits": "select * from text_lift_fits order by metric",
    "thresholds": "select * from thresholds where version = (select max(version) from thresholds) order by name",
    "verdict_track_record": "select * from verdict_track_record order by window_days, judged_after_days, claim, what",
}


@dataclass(frozen=True, slots=True)
class Read:
    """One published version, as far as the report tells it. `others` holds the marts that this file has."""

    about: Row
    window: int
    first: date
    last: date
    totals: Row
    judged: Sequence[Row]
    others: dict[str, list[Row]]

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return str(self.about["currency"])


def read(connection: duckdb.DuckDBPyConnection, window: int) -> Read:
    """Everything of one window. Raises ConfigError where there is no such window, or nothing in the file."""
    if window not in WINDOWS:
        raise ConfigError(f"There is no window of {window} days. There are: {', '.join(map(str, WINDOWS))} (all days).")
    (about,) = _rows(connection, "select * from freshness")
    (bounds,) = _rows(connection, _BOUNDS, window=window)
    if bounds["last"] is None:
        raise ConfigError("Nothing has been counted yet: there is no creative to report on.")
    (totals,) = _rows(connection, _TOTALS, first=bounds["first"], last=bounds["last"])
    judged = _rows(connection, _JUDGED, window=window)
    others = {mart: _rows(connection, query) for mart, query in _OTHERS.items() if _is_there(connection, mart)}
    return Read(about, window, bounds["first"], bounds["last"], totals, judged, others)


_BOUNDS = """
select min(window_start) as first, max(window_end) as last from creative_scorecard where window_days = $window
"""


def _is_there(connection: duckdb.DuckDBPyConnection, mart: str) -> bool:
    found = connection.execute("select count(*) from duckdb_tables() where table_name = ?", [mart]).fetchall()
    return bool(found[0][0])


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **values: Any) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
