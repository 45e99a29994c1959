"""This module owns what makes the record independent of arrival: rows that lose their place to what came later.

Of two contents under one key that has no versions the smaller content hash counts, and of one content in two
deliveries the one that was received first. Both can come after the other was loaded: then the row that is there
leaves its table, the counts say so, and `displaced` tells the archive.
"""

from collections.abc import Callable

import duckdb

from ingest import parsed
from ingest.rejection import REASONS

VARIANTS = {"interactions": "i.variant_id", "reports": "null", "settlements": "null", "ads": "i.variant_id"}
_WITHDRAWN = """
create or replace temp table withdrawn_now (
  kind varchar, delivery_id varchar, item_index integer, sender varchar, received_at timestamp, key_hash bigint,
  content_hash bigint, variant_id varchar, type varchar, id varchar, becomes varchar)
"""
_FOUND = """
select count(*) filter (verdict = 'contested'), min(received_at) filter (verdict = 'duplicate' and kept and nth = 1),
  list(distinct kind) filter (verdict = 'duplicate' and kept and nth = 1)
from judged
"""
_IS_ANY = "select exists (select 1 from withdrawn_now)"


def withdraw(connection: duckdb.DuckDBPyConnection, statements: Callable[[str], list[str]]) -> None:
    """Settle what is contested in `judged`, and take out of the record what lost; inside the batch's transaction.

    `statements` gives the statements of a step. Rows are looked up by time of receipt first: what a batch brings
    again was mostly loaded from an earlier delivery, and then no row of the table is read.
    """
    parsed.run(connection, _WITHDRAWN)
    contested, floor, kinds = parsed.run(connection, _FOUND).fetchone() or (0, None, None)
    if contested:
        for statement in statements("contest"):
            parsed.run(connection, statement)
    for kind in kinds or ():
        for statement in statements("earlier"):
            parsed.run(connection, statement.format(kind=kind, variant=VARIANTS[kind]), {"floor": floor})
    if not has_withdrawn(connection):
        return
    for step in ("displace", "retext"):
        for statement in statements(step):
            parsed.run(connection, statement, sentence(statement))


def has_withdrawn(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the batch took rows out of the record."""
    found = parsed.run(connection, _IS_ANY).fetchone()
    return bool(found and found[0])


def sentence(statement: str) -> dict[str, str] | None:
    """What a statement of ours has bound: the sentence of a conflict, where it asks for it."""
    return {"conflict": REASONS["id_conflict"]} if "$conflict" in statement else None
