"""This module owns the step that makes the track record, once per closed day, of the history and the evidence since."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analytics.fit import standing
from analytics.track_record.cohorts import JUDGED_AFTER, Frame, cohorts
from analytics.track_record.epoch import day_of
from ingest import parsed

if TYPE_CHECKING:  # NumPy's and SciPy's share of a start is paid where there is something to judge
    from analytics.track_record.reckoning import Row

PLACES = 6  # further digits differ between machines
VERSION = 1  # of the method: raise it where a change of code changes the numbers
_SAID = """
select day, count(*) from (select day from history.verdicts union all select day from noted_verdicts) v
group by day order by day
"""
_WHOLE, _REAL, _TEXT, _DAY = pa.int64(), pa.float64(), pa.string(), pa.date32()
SCHEMA = pa.schema([
    ("window_days", pa.int32()), ("judged_after_days", pa.int32()), ("claim", _TEXT), ("what", _TEXT),
    ("said", _WHOLE), ("said_first", _DAY), ("said_last", _DAY), ("judged", _WHOLE), ("judged_creatives", _WHOLE),
    ("not_mature_yet", _WHOLE), ("stopped_running", _WHOLE), ("too_few_clicks", _WHOLE), ("scope_gone", _WHOLE),
    ("other_objective", _WHOLE), ("held", _WHOLE), ("held_share", _REAL), ("held_share_low", _REAL),
    ("held_share_high", _REAL), ("expected_share", _REAL), ("independent", _REAL), ("calibration", _TEXT),
    ("sentence", _TEXT),
])  # fmt: skip


def note(connection: duckdb.DuckDBPyConnection, frame: Frame) -> None:
    """Fill the step's `noted_track_record`, `history` attached; reckoned anew where a day was said or passed since.

    The evidence takes `history_track_record` with it where it is made anew. Raises duckdb.Error.
    """
    said = parsed.run(connection, _SAID).fetchall()
    made_of = json.dumps([VERSION, asdict(frame), said], default=str)
    is_there = standing.is_there(connection, "history_track_record")
    if not is_there or connection.execute("select made_of from history_track_record_of").fetchall() != [(made_of,)]:
        rows = list(_rows(connection, frame, [day for day, _ in said])) if said else []
        _create(connection, pa.Table.from_pylist(rows, SCHEMA), made_of)
    connection.execute("insert into noted_track_record by name from history_track_record")


def _create(connection: duckdb.DuckDBPyConnection, table: pa.Table, made_of: str) -> None:
    connection.register("track_record_arrow", table)
    connection.execute("create or replace table history_track_record as from track_record_arrow")
    connection.unregister("track_record_arrow")
    parsed.run(
        connection, "create or replace table history_track_record_of as select $1::varchar as made_of", [made_of]
    )


def _rows(connection: duckdb.DuckDBPyConnection, frame: Frame, said: list[date]) -> Iterator[dict[str, Any]]:
    """The rows of every window and number of days after."""
    from analytics.track_record.reading import Evidence, verdicts
    from analytics.track_record.reckoning import reckon
    from analytics.track_record.sentences import sentence

    evidence = Evidence(connection, frame)
    for after_days in JUDGED_AFTER:
        chosen = cohorts(said, frame.mature, after_days)
        for window, told, state, after in verdicts(connection, frame, evidence, chosen, after_days):
            for row in reckon(told, state, after, frame.clicks_min):
                yield {"window_days": window, "judged_after_days": after_days, **_columns(row),
                       "sentence": sentence(row, after_days, frame.matures_after)}  # fmt: skip
    for table in ("followed_units", "followed_days", "followed_said"):
        connection.execute(f"drop table {table}")


def _columns(row: "Row") -> Mapping[str, Any]:
    """What is NULL where too few were judged is nan in the row."""
    is_silent = row.calibration is None
    reals = {"held_share": row.share, "held_share_low": row.low, "held_share_high": row.high,
             "expected_share": row.expected, "independent": row.independent}  # fmt: skip
    same = ("claim", "what", "said", "judged", "not_mature_yet", "stopped_running", "too_few_clicks", "scope_gone",
            "other_objective", "calibration")  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        "said_first": day_of(row.said_first), "said_last": day_of(row.said_last), "judged_creatives": row.creatives,
        "held": None if is_silent else row.held,
        **{name: None if is_silent else round(value, PLACES) for name, value in reals.items()},
    }  # fmt: skip
