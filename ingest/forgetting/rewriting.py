"""This module owns the same change in every table of the record and every file of the archive.

A row is worked out once, by the person's own rule (`ingest.forgetting.person`), wherever it lies: so the record, the
archive and the journal say the same afterwards, and a rebuilt record is the live one.
"""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from ingest.forgetting.search import bound, pattern
from ingest.forgetting.traces import Task, trace
from ingest.segments.segment import Delivery, Row

# Kind → the columns that can change. The others that say whose a row is are read with them.
EDITED = {
    "interactions": ("id", "visitor", "click_id", "session_id", "transaction_id", "landing_page", "term", "placement",
                     "properties", "click_ids"),
    "settlements": ("sub_id", "landing_page", "properties"),
    "reports": ("properties",),
    "ads": ("properties",),
    "quarantine": ("id", "detail", "item"),
    "deliveries": ("items", "request"),
}  # fmt: skip
_READ = {"quarantine": ("code",), "interactions": ("key_hash",), "settlements": ("key_hash",), "reports": ("key_hash",),
         "ads": ("key_hash",)}  # fmt: skip
_OWN = (
    "visitor in (select unnest($visitors::varchar[])) or (visitor is null and ("
    "click_id in (select unnest($clicks::varchar[])) or session_id in (select unnest($sessions::varchar[])) or"
    " transaction_id in (select unnest($orders::varchar[])))) or key_hash in (select unnest($keys::bigint[])) or "
)


def prepare(connection: duckdb.DuckDBPyConnection, kind: str, source: str, task: Task) -> int:
    """Work out the rows of `source` that change into the temporary table `changes`; returns how many.

    `source` is what stands behind FROM, of this kind.
    """
    names = ("delivery_id", *(() if kind == "deliveries" else ("item_index",)), *EDITED[kind], *_READ.get(kind, ()))
    cursor = connection.execute(
        f"select {', '.join(names)} from {source} where {_where(kind)}",  # noqa: S608 (our own names)
        _given(kind, task),
    )
    found: dict[tuple[Any, ...], list[Any]] = {}
    while rows := cursor.fetchmany(1000):
        for row in rows:
            held = dict(zip(names, row, strict=True))
            changed = _changes(kind, task, held) if held["delivery_id"] not in task.without else None
            if changed:
                key = (held["delivery_id"], held.get("item_index"), held.get("code"))
                found[key] = [(held | changed)[name] for name in EDITED[kind]]
    _write(connection, kind, found)
    return len(found)


def changed(kind: str, source: str) -> str:
    """A query: `source` with what stands in `changes`; its rows are `k`."""
    replaced = ", ".join(
        f"case when c.delivery_id is null then k.{name} else c.{name} end as {name}" for name in EDITED[kind]
    )
    on = "c.delivery_id = k.delivery_id"
    on += "" if kind == "deliveries" else " and c.item_index is not distinct from k.item_index"
    on += " and c.code = k.code" if kind == "quarantine" else ""
    return f"select k.* replace ({replaced}) from {source} k left join temp.changes c on {on}"  # noqa: S608


def _where(kind: str) -> str:
    texts = [name for name in EDITED[kind] if name != "visitor"]
    matches = f"regexp_matches(concat_ws(chr(10), {', '.join(texts)}), $pattern)"
    if kind in ("quarantine", "deliveries"):
        return f"{matches} or delivery_id in (select unnest($touched::varchar[]))"
    return f"{_OWN if kind == 'interactions' else ''}{matches}"


def _given(kind: str, task: Task) -> dict[str, Any]:
    if kind == "interactions":
        return bound(task.person)
    found: dict[str, Any] = {"pattern": pattern(task.person)}
    return found | ({"touched": sorted(task.touched)} if kind in ("quarantine", "deliveries") else {})


def _changes(kind: str, task: Task, row: dict[str, Any]) -> dict[str, Any]:
    if kind == "deliveries":
        made = trace(task, Row(0, _delivery(row), b""))
        return {"items": made.items, "request": made.request} if made else {}
    if kind == "quarantine":
        return task.person.refused_changes(row, (row["delivery_id"], row["item_index"]) in task.blanked)
    return task.person.changes(row)


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(row["delivery_id"], 0, "", "accepted", "", "", b"", None, row["items"], row["request"])


def _write(connection: duckdb.DuckDBPyConnection, kind: str, found: dict[tuple[Any, ...], list[Any]]) -> None:
    columns: dict[str, Sequence[Any]] = {
        name: [key[i] for key in found] for i, name in enumerate(("delivery_id", "item_index", "code"))
    }
    columns |= {name: [values[i] for values in found.values()] for i, name in enumerate(EDITED[kind])}
    kinds: Callable[[str], pa.DataType] = lambda name: pa.int32() if name == "item_index" else pa.string()  # noqa: E731
    connection.register("changes_arrow", pa.table({n: pa.array(v, kinds(n)) for n, v in columns.items()}))
    connection.execute("create or replace temp table changes as select * from changes_arrow")
    connection.unregister("changes_arrow")


def unedited(kind: str, source: str) -> str:
    """A query: how many rows, and a sum over the columns that never change; a sum, for two equal rows both count."""
    excluded = ", ".join(EDITED.get(kind, ()))
    columns = f"* exclude ({excluded})" if excluded else "*"
    return f"select count(*), sum(hash(r)::hugeint) from (select {columns} from {source}) r"  # noqa: S608
