"""This module owns what the door made of the one item that `why` looks at: it came, and was accepted."""

import duckdb

from ingest.inspecting.judged import Counted

# What the door made of the item: it came, and was accepted; the rest of what came is the same in both builds.
_ARRIVED = """
create table record.loads as
select sender, cast(received_at as date) as received_day, cast(1 as bigint) as items, cast(1 as bigint) as accepted,
  cast(0 as bigint) as new_versions, cast(0 as bigint) as duplicates, cast(0 as bigint) as quarantined,
  cast(0 as bigint) as ignored
"""
_NOTHING_ELSE = (
    "create table record.quarantine (sender varchar, received_at timestamp, code varchar, disposition varchar)",
    "create table record.refusals (sender varchar, minute timestamp, code varchar, deliveries bigint)",
)


def arrive(connection: duckdb.DuckDBPyConnection, item: Counted) -> None:
    """Say of the door no more than that this item came."""
    here = [item.delivery_id, item.index]
    connection.execute(f"{_ARRIVED} from record.{item.table} where delivery_id = ? and item_index = ?", here)
    for statement in _NOTHING_ELSE:
        connection.execute(statement)
