"""This module owns the balance sheet from the journal to the record: what was acknowledged is there, once, or named."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.audit import Line, equal
from ingest.audit.journal import Recount, recount
from ingest.config import IngestSettings
from ingest.store.record import read_record

_LOADS = """
select coalesce(sum(deliveries), 0)::bigint, coalesce(sum(items), 0)::bigint,
  coalesce(sum(accepted + new_versions), 0)::bigint, coalesce(sum(duplicates), 0)::bigint,
  coalesce(sum(quarantined), 0)::bigint, coalesce(sum(ignored), 0)::bigint from loads
"""
_THERE = """
select (select count(*) from interactions) + (select count(*) from reports) + (select count(*) from settlements)
  + (select count(*) from ads where origin = 'posted')
"""
_MONEY = """
select coalesce(sum(revenue), 0)::decimal(38, 6), coalesce(sum(cost), 0)::decimal(38, 6) from (
  select revenue, cost from interactions union all select null, cost from reports
  union all select revenue, null from settlements)
"""
# What one content of a key says, whichever delivery brought it.
_SAID = """
create or replace table said_once as
select kind, versioned, key_hash, content_hash, min(revenue) as revenue, min(cost) as cost
from said group by kind, versioned, key_hash, content_hash
"""
_LOST_KEYS = """
select count(*) from (select distinct key_hash from said_once) s anti join seen on seen.key_hash = s.key_hash
"""
_LOST_VERSIONS = """
select count(*) from said_once s anti join seen on seen.key_hash = s.key_hash and seen.content_hash = s.content_hash
where s.versioned
"""
_TWICE = "select count(*) from (select key_hash, content_hash from seen group by all having count(*) > 1)"
_DOUBLED = """
select count(*) from (
  select n.key_hash from seen n join (select distinct key_hash from said_once where not versioned) s using (key_hash)
  group by n.key_hash having count(*) > 1)
"""
_INVENTED = """
select count(*) from seen anti join said_once s on seen.key_hash = s.key_hash and seen.content_hash = s.content_hash
"""
_SAID_MONEY = """
select coalesce(sum(s.revenue), 0)::decimal(38, 6), coalesce(sum(s.cost), 0)::decimal(38, 6)
from said_once s semi join seen on seen.key_hash = s.key_hash and seen.content_hash = s.content_hash
"""


@dataclass(frozen=True, slots=True)
class _Held:
    """What the record says at one moment."""

    loaded: dict[str, int]
    loads: tuple[int, ...]
    there: int
    money: tuple[object, ...]
    decisions: int


def balance(settings: IngestSettings) -> Iterator[Line]:
    """Every line from journal to record. Raises RecordError where there is no record, or it stays busy.

    The record is copied out first (its keys only) and let go, so that the loop goes on; what it loads meanwhile
    counts as waiting.
    """
    connection = duckdb.connect()
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        held = _hold(settings, Path(folder) / "seen.parquet")
        connection.execute("create table seen as from read_parquet(?)", [str(Path(folder) / "seen.parquet")])
    found = recount(settings.journal_dir, held.loaded, connection)
    connection.execute(_SAID)
    yield from _lines(connection, found, held)


def _hold(settings: IngestSettings, copy: Path) -> _Held:
    with read_record(settings.record_path) as record:
        record.execute(f"copy (select key_hash, content_hash from seen) to '{copy}' (format parquet)")  # noqa: S608
        return _Held(
            dict(record.execute("select segment, row from positions").fetchall()),
            _row(record, _LOADS),
            int(str(_row(record, _THERE)[0])),
            _row(record, _MONEY),
            int(str(_row(record, "select count(*) from decisions")[0])),
        )


def _lines(connection: duckdb.DuckDBPyConnection, found: Recount, held: _Held) -> Iterator[Line]:
    deliveries, items, accepted, duplicates, quarantined, ignored = held.loads
    yield Line("journal", "segments whole, chains unbroken", str(len(found.damaged)), "0", not found.damaged,
               "; ".join(found.damaged[:5]))  # fmt: skip
    yield equal("record", "deliveries: kept in the journal = counted by the loader", found.deliveries, deliveries)
    kept = found.items + found.quarantined + found.ignored
    yield equal("record", "items: kept in the journal = counted by the loader", kept, items)
    yield equal("record", "items = accepted + duplicates + quarantined + ignored", items,
                accepted + duplicates + quarantined + ignored)  # fmt: skip
    yield equal("record", "accepted = rows that are there", accepted, held.there)
    yield equal("record", "decisions: kept in the journal = applied", found.decisions, held.decisions)
    for what, query in (
        ("keys of the journal that the record lacks", _LOST_KEYS),
        ("versions of the journal that the record lacks", _LOST_VERSIONS),
        ("contents that are there twice", _TWICE),
        ("keys of one content that are there with two", _DOUBLED),
        ("contents that no delivery brought", _INVENTED),
    ):
        yield equal("record", what, _row(connection, query)[0], 0)
    for name, said, there in zip(("revenue", "cost"), _row(connection, _SAID_MONEY), held.money, strict=True):
        yield equal("record", f"{name}: said by the journal = there", said, there)


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 (an aggregate gives a row)
    return row
