"""This module owns what must hold in whatever a power cut left: each promise kept once, and no damage to be seen.

A power cut is no damage: a correct writer leaves nothing behind that its reader would complain about, so a complaint
is a fault here just as a delivery that is missing or there twice.
"""

import hashlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import orjson
from crashes import Crash, lay
from looking import look

from ingest.journal import segments
from ingest.segments.holes import holes
from ingest.segments.segment import GENESIS, SegmentReader, link
from ingest.store import Record, RecordError, drain

Check = Callable[[Crash, Path], str | None]
_ROWS_MAX = 100_000


def read_back(crash: Crash, folder: Path) -> str | None:
    """Every segment read by the product's reader: what is wrong, or None. Leaves nothing in `folder`."""
    lay(crash.image(), folder)
    try:
        found: Counter[str] = Counter()
        for path in segments(_journal(folder)):
            if (said := holes(path)) is not None:
                return f"a hole was seen where there is none: {said}"
            if (said := _walk(path, found)) is not None:
                return said
        return _compare(crash.promised, found)
    finally:
        shutil.rmtree(folder)


def drained(crash: Crash, folder: Path) -> str | None:
    """The journal loaded by the product's loader, whatever the record beside it looks like."""
    lay(crash.image(), folder)
    record_path = folder / "data/interactions.duckdb"
    try:
        with Record(record_path) as record:
            done = drain(record, _journal(folder))
        if done.damaged or done.more:
            return f"the loader complains: {done.damaged}"
        with look(record_path) as connection:
            found = Counter(name for (name,) in connection.execute("select id from interactions").fetchall())
            senders = connection.execute("select distinct delivery_id from interactions").fetchall()
            loads = connection.execute("select sum(accepted)::int, sum(duplicates)::int from loads").fetchone()
        if loads not in ((found.total(), 0), (None, None)):
            return f"{found.total()} rows are there, the loads say {loads}"
        return _compare(crash.promised, found + Counter(name for (name,) in senders))
    except (RecordError, duckdb.Error) as error:
        return f"the loader failed: {error}"
    finally:
        shutil.rmtree(folder)


def published(crash: Crash, folder: Path) -> str | None:
    """The published link: none before the first promise, else a whole version that is not older than promised."""
    image = crash.image()
    target = image.get("creatives.duckdb")
    if not isinstance(target, str):
        return f"{crash.promised[-1]} was published, and there is no link" if crash.promised else None
    content = image.get(target)
    if not isinstance(content, bytes):
        return f"the link points to {target}, which is not there"
    lay({"one.duckdb": content} | ({"one.duckdb.wal": wal} if (wal := image.get(f"{target}.wal")) else {}), folder)
    try:
        version = _version(folder / "one.duckdb", hashlib.sha256(content).digest())
    except duckdb.Error as error:
        return f"the published file does not open: {error}"
    finally:
        shutil.rmtree(folder)
    if crash.promised and version < crash.promised[-1]:
        return f"the link shows {version}, {crash.promised[-1]} was published"
    return None


_TABLES = "select schema_name || '.' || table_name from duckdb_tables()"
_versions: dict[bytes, str] = {}  # equal bytes hold equal versions: most states differ elsewhere


def _version(path: Path, content: bytes) -> str:
    """The version of a published file, all of whose rows can be read. Raises duckdb.Error."""
    has_wal = path.with_name(path.name + ".wal").exists()
    if content in _versions and not has_wal:
        return _versions[content]
    with duckdb.connect(str(path), read_only=True) as connection:
        for (table,) in connection.execute(_TABLES).fetchall():
            connection.execute(f"select count(*), sum(hash(columns(*))) from {table}").fetchall()
        row = connection.execute("select version from freshness").fetchone()
    _versions[content] = str(row[0]) if row else ""
    return _versions[content]


def _journal(folder: Path) -> Path:
    """Where a state's segments are: a server's journal is recorded without the folders over it."""
    inner = folder / "data/journal"
    return inner if inner.is_dir() or not segments(folder) else folder


def _walk(path: Path, found: Counter[str]) -> str | None:
    row, chain = 0, GENESIS
    try:
        with SegmentReader(path) as reader:
            seal = reader.seal()
            for each in reader.after(0, _ROWS_MAX):
                if each.row != row + 1 or link(chain, each.delivery) != each.chain:
                    return f"{path.name} does not go on from row {row} to row {each.row}"
                if hashlib.sha256(each.delivery.body or b"").digest() != each.delivery.body_hash:
                    return f"{path.name} holds another body in row {each.row} than was received"
                row, chain = each.row, each.chain
                found.update(item["id"] for item in orjson.loads(each.delivery.items).get("interactions", ()))
                found[each.delivery.delivery_id] += 1
    except (sqlite3.Error, ValueError) as error:
        return f"{path.name} cannot be read: {error}"
    if seal is not None and (seal.rows, seal.chain) != (row, chain):
        return f"{path.name} ends at row {row}, but was sealed with {seal.rows}"
    return None


def _compare(promised: list[str], found: Counter[str]) -> str | None:
    if lost := [what for what in promised if what not in found]:
        return f"lost: {lost}"
    if twice := [what for what, times in found.items() if times > 1]:
        return f"there twice: {twice}"
    return None
