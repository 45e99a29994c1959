"""This module owns the balance sheet from the journal to the record: what was acknowledged is there, once, or named."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.audit import Line, equal
from ingest.audit.archive import archive_lines, given_up
from ingest.audit.journal import Recount, recount
from ingest.config import IngestSettings
from ingest.journal import segments
from ingest.store.errors import RecordError
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
_LOST_CONTENTS = """
select count(*) from said_once s anti join seen on seen.key_hash = s.key_hash and seen.content_hash = s.content_hash
"""
_TWICE = "select count(*) from (select key_hash, content_hash from seen group by all having count(*) > 1)"
_DOUBLED = """
select count(*) from (
  select n.key_hash from seen n join (select distinct key_hash from said_once where not versioned) s using (key_hash)
  where n.kept group by n.key_hash having count(*) > 1)
"""
# A key that a replay gave free belongs to whoever came next.
_OTHER_WINNERS = """
select count(*) from (
  select key_hash, min(content_hash) as content_hash from said_once
  where not versioned and key_hash not in (select key_hash from replayed) group by key_hash) s
join seen on seen.key_hash = s.key_hash and seen.kept and seen.content_hash <> s.content_hash
"""
_KEPT = "select count(*) filter (kept), count(*) filter (not kept) from seen"
_INVENTED = """
select count(*) from seen anti join said_once s on seen.key_hash = s.key_hash and seen.content_hash = s.content_hash
"""
_SAID_MONEY = """
select coalesce(sum(s.revenue), 0)::decimal(38, 6), coalesce(sum(s.cost), 0)::decimal(38, 6)
from said_once s
semi join (from seen where kept) n on n.key_hash = s.key_hash and n.content_hash = s.content_hash
"""


@dataclass(frozen=True, slots=True)
class _Held:
    """What the record says at one moment."""

    loaded: dict[str, int]
    kept: set[str]  # the segments that the retention has not let go of
    loads: tuple[int, ...]
    there: int
    money: tuple[object, ...]
    decisions: int
    pending: int


def balance(settings: IngestSettings) -> Iterator[Line]:
    """Every line from journal to record. Raises RecordError where there is no record, or it stays busy.

    The record is copied out first (its keys only) and let go, so that the loop goes on; what it loads meanwhile
    counts as waiting.
    """
    if not settings.data_dir.is_dir():
        raise RecordError(f"There is no data in {settings.data_dir} yet. Start: whichad up")
    connection = duckdb.connect()
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        held = _hold(settings, Path(folder) / "seen.parquet")
        connection.execute("create table seen as from read_parquet(?)", [str(Path(folder) / "seen.parquet")])
    found = recount(settings.journal_dir, held.loaded, connection)
    connection.execute(_SAID)
    yield from _journal_lines(found)
    gone = sorted(held.kept - {path.name for path in segments(settings.journal_dir)})
    yield Line("journal", "segments that are gone, and that nothing let go of", str(len(gone)), "0", not gone,
               "; ".join(gone[:5]))  # fmt: skip
    yield from archive_lines(settings.data_dir, held.loads[0], held.pending)
    yield from _record_lines(connection, held)
    before = given_up(settings.data_dir)
    if before:
        yield Line("record", "recounted from journal and archive", f"since {before}", "from the beginning", True,
                   "[retention] archive_days gave up what is older: the record alone knows of it.")  # fmt: skip
        return
    yield from _recounted_lines(connection, found, held)


def _hold(settings: IngestSettings, copy: Path) -> _Held:
    with read_record(settings.record_path) as record:
        record.execute(f"copy (select key_hash, content_hash, kept from seen) to '{_quoted(copy)}' (format parquet)")  # noqa: S608
        return _Held(
            dict(record.execute("select segment, row from positions").fetchall()),
            {row[0] for row in record.execute("select segment from positions where removed_at is null").fetchall()},
            _row(record, _LOADS),
            int(str(_row(record, _THERE)[0])),
            _row(record, _MONEY),
            int(str(_row(record, "select count(*) from decisions")[0])),
            int(str(_row(record, "select count(*) from pending")[0])),
        )


def _journal_lines(found: Recount) -> Iterator[Line]:
    advice = (
        ". Their rows are in the record, and in the archive once sealed; bodies come back from a backup of the file"
    )
    yield Line("journal", "segments whole, chains unbroken", str(len(found.damaged)), "0", not found.damaged,
               "; ".join(found.damaged[:5]) + (advice if found.damaged else ""))  # fmt: skip
    yield Line("journal", "bodies that are neither as received nor redacted", str(len(found.damaged_bodies)), "0",
               not found.damaged_bodies, "; ".join(found.damaged_bodies[:5]))  # fmt: skip


def _record_lines(connection: duckdb.DuckDBPyConnection, held: _Held) -> Iterator[Line]:
    """What the record must agree on with itself."""
    _, items, accepted, duplicates, quarantined, ignored = held.loads
    yield equal("record", "items = accepted + duplicates + quarantined + ignored", items,
                accepted + duplicates + quarantined + ignored)  # fmt: skip
    yield equal("record", "accepted = rows that are there", accepted, held.there)
    kept_contents, other_contents = _row(connection, _KEPT)
    yield equal("record", "rows that are there = contents known as kept", held.there, kept_contents)
    yield equal("record", "quarantined + ignored = contents known as not kept", quarantined + ignored, other_contents)
    yield equal("record", "contents that are there twice", _row(connection, _TWICE)[0], 0)


def _recounted_lines(connection: duckdb.DuckDBPyConnection, found: Recount, held: _Held) -> Iterator[Line]:
    """What journal and archive say, held against the record."""
    deliveries, items, *_ = held.loads
    yield equal("record", "deliveries: kept in the journal = counted by the loader", found.deliveries, deliveries)
    kept = found.items + found.quarantined + found.ignored
    yield equal("record", "items: kept in the journal = counted by the loader", kept, items)
    yield equal("record", "decisions: kept in the journal = applied", found.decisions, held.decisions)
    for what, query in (
        ("keys of the journal that the record lacks", _LOST_KEYS),
        ("contents of the journal that the record lacks", _LOST_CONTENTS),
        ("keys of one content that are there with two", _DOUBLED),
        ("keys that another content should have", _OTHER_WINNERS),
        ("contents that no delivery brought", _INVENTED),
    ):
        yield equal("record", what, _row(connection, query)[0], 0)
    for name, said, there in zip(("revenue", "cost"), _row(connection, _SAID_MONEY), held.money, strict=True):
        yield equal("record", f"{name}: said by the journal = there", said, there)


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 (an aggregate gives a row)
    return row


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
