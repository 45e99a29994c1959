"""This module owns what the loop asks of the record, to know whether there is anything new to build from."""

from datetime import datetime
from typing import Any

import duckdb

_NEWEST = """
select max(received_at) from (
  select received_at from interactions where received_at >= $since
  union all select received_at from reports where received_at >= $since
  union all select received_at from settlements where received_at >= $since
  union all select received_at from ads where origin = 'posted' and received_at >= $since)
"""


def state_of(connection: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """What a build depends on in the record, small enough to compare: it only grows."""
    # A seal sums the loads, and keeps their last id.
    row = connection.execute(
        "select (select coalesce(max(load_id), 0) from loads),"
        " (select coalesce(sum(accepted + new_versions + quarantined), 0) from loads),"
        " (select count(*) from decisions), (select count(*) from creative_variants),"
        " (select coalesce(sum(rows), 0)::bigint from expired)"
    ).fetchone()
    return tuple(row or ())


def newest(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """When the newest delivery was received, by the clock of then."""
    row = connection.execute("select max(received_day) from loads").fetchone()
    if row is None or row[0] is None:
        return None
    last = connection.execute(_NEWEST, {"since": row[0]}).fetchone()
    return last[0] if last else None
