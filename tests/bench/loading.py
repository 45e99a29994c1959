"""This module owns the benchmark of the drain: rows per second from the journal into `interactions`.

Ours checks the chain of every delivery, parses, refuses what came before, gives every text its creative, and commits
with its position. The peer is DuckDB's own `read_json` of the same rows into the same table, with nothing of that.
"""

import tempfile
import time
from pathlib import Path

import duckdb
from bench import deliveries
from bench.finding import Finding
from bench.sizes import Size
from journaling import Desk

from ingest.store import Record, drain

EVENTS = 500
SINGLES = 10  # of singles a tenth of the rows is loaded: to post them takes longest
ADS = 2_000
SETUP = (
    "one insert … select from read_json with the columns' types given, into an empty table in a file, and a checkpoint"
)


def run(size: Size) -> list[Finding]:
    """Two findings: deliveries of many interactions, and of one each."""
    rows = {"full": 1_000_000, "usual": 200_000}.get(size.name, size.rows)
    return [
        _found(size, "journal → interactions", rows, EVENTS, 0.5),
        _found(size, "journal → interactions, one a delivery", max(1, rows // SINGLES), 1, None),
    ]


def _found(size: Size, what: str, rows: int, events: int, target: float | None) -> Finding:
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(dir=size.folder) as name:
        folder = Path(name)
        journal = journalled(folder, rows, events)
        for number in range(size.rounds):
            record = folder / f"ours-{number}" / "interactions.duckdb"
            record.parent.mkdir()
            ours.append(rows / drained(record, journal, rows))
            exported = folder / "rows.ndjson"
            if not exported.exists():
                export(record, exported)
            theirs.append(rows / read(exported, record, folder / f"peer-{number}.duckdb"))
    return Finding(what, "read_json of the same rows", "rows/s", ours, theirs, target, setup=SETUP,
                   details={"rows": rows, "in_batches_of": events})  # fmt: skip


def journalled(folder: Path, rows: int, events: int = EVENTS) -> Path:
    """A journal of that many clicks, in deliveries of so many each, on many ads, each with a text."""
    with Desk(folder) as desk:
        for begin in range(0, rows, events):
            numbers = range(begin, min(rows, begin + events))
            desk.post(*(click(number) for number in numbers))
        return desk.journal_dir


def click(number: int) -> dict[str, str]:
    """A click as trackers tell it."""
    return deliveries.event() | {
        "occurred_at": f"2026-11-{1 + number % 20:02d}T{number % 24:02d}:{number % 60:02d}:00Z",
        "referrerAdCreative": f"Quiet SUVs of {1900 + number % ADS}: what nobody tells you",
        "click_id": f"c-{number}", "visitor_id": f"v-{number // 3}", "ad_id": f"{number % ADS}",
        "campaign_id": f"{number % ADS // 20}",
    }  # fmt: skip


def drained(record: Path, journal: Path, rows: int) -> float:
    """Seconds to load the whole journal into a new record."""
    with Record(record) as made:
        began = time.perf_counter()
        drain(made, journal)
        seconds = time.perf_counter() - began
        ((count,),) = made.connection.execute("select count(*) from interactions").fetchall()
    if count != rows:
        raise SystemExit(f"{rows} clicks were posted and {count} loaded")
    return seconds


def export(record: Path, to: Path) -> None:
    """The loaded rows as newline-delimited JSON."""
    with duckdb.connect(str(record), read_only=True) as con:
        con.execute(f"copy interactions to '{to}' (format json)")


def read(rows: Path, like: Path, into: Path) -> float:
    """Seconds that DuckDB takes to read them into the same table of a new file."""
    with duckdb.connect(str(like), read_only=True) as con:
        ((ddl,),) = con.execute("select sql from duckdb_tables() where table_name = 'interactions'").fetchall()
        kinds = con.execute(
            "select column_name, data_type from duckdb_columns() where table_name = 'interactions' and not internal"
        ).fetchall()
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in dict(kinds).items())
    with duckdb.connect(str(into)) as con:
        con.execute(ddl)
        began = time.perf_counter()
        con.execute(f"insert into interactions select * from read_json('{rows}', format = 'newline_delimited',"
                    f" columns = {{{columns}}})")  # fmt: skip
        con.execute("checkpoint")
        return time.perf_counter() - began
