"""This module owns what the history says of before: yesterday's words, and every set of thresholds there was."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from analytics.history.file import NAME, SCHEMA_VERSION
from analytics.verdicts.days import Aim
from analytics.verdicts.thresholds import Row
from analytics.work.attaching import attach_patiently
from ingest import parsed

Key = tuple[str, int, str | None, str | None, str | None]  # creative, window, network, campaign, country
_VERSION = "select max(version) from history.schema_version"
_THRESHOLDS = "select version, name, value, what, since from history.thresholds order by version, name"
_OF_DAY = "select max(thresholds_version) from history.verdicts where day = $day"
# By another objective or target it was another question.
_WORDS = """
select creative_id, window_days, network, campaign_id, country, verdict, coalesce(since, day)
from history.verdicts
where day = (select max(day) from history.verdicts where day < $day) and thresholds_version is not null
  and objective = $objective and target = $target
"""


Said = Mapping[Key, tuple[str, date]]  # the newest word of each, and the day on which it began


def words_before(connection: duckdb.DuckDBPyConnection, data_dir: Path, day: date, aim: Aim) -> Said:
    """What was said before the closed day `day`. Nothing where there is no history, or none that can be read."""
    values = {"day": day, "objective": aim.objective, "target": aim.target}
    return {tuple(row[:5]): (row[5], row[6]) for row in _read(connection, data_dir, _WORDS, values)}


def sets_before(connection: duckdb.DuckDBPyConnection, data_dir: Path) -> list[Row]:
    """The thresholds of all sets that the history knows."""
    return [tuple(row) for row in _read(connection, data_dir, _THRESHOLDS, {})]


def set_of(connection: duckdb.DuckDBPyConnection, data_dir: Path, day: date) -> int | None:
    """The version by which the closed day `day` was judged when it was closed; None before that."""
    found = _read(connection, data_dir, _OF_DAY, {"day": day})
    return found[0][0] if found else None


def _read(connection: duckdb.DuckDBPyConnection, data_dir: Path, query: str, values: Mapping[str, Any]) -> list[Any]:
    path = data_dir / NAME
    if not path.exists():
        return []
    try:
        attach_patiently(connection, path, "history", read_only=True)
    except duckdb.Error:  # damaged or held: who keeps the history says so; a verdict is made without it
        return []
    try:
        version = connection.execute(_VERSION).fetchone()
        if version is None or (version[0] or 0) < SCHEMA_VERSION:  # said by another method, which proved nothing
            return []
        return parsed.run(connection, query, values).fetchall()
    except duckdb.Error:
        return []
    finally:
        connection.execute("detach history")
