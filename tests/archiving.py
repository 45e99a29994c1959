"""This module owns what tests of the archive share: a desk with an archive, what a record holds, what readers see."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from journaling import Desk, click
from looking import look

from ingest.archive.layout import Archive
from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.store import Record, drain

NOW = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 (stored times are naive UTC; when Desk posts)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROWS = {
    name: f"select * from {name} order by all"
    for name in ("interactions", "reports", "settlements", "ads", "texts_seen", "creative_variants", "creatives",
                 "creative_aliases", "quarantine", "decisions", "seen", "superseded", "displaced")
}  # fmt: skip
ROWS["loads"] = (
    "select sender, received_day, sum(deliveries), sum(items), sum(accepted), sum(new_versions), sum(duplicates),"
    " sum(quarantined), sum(ignored) from loads group by all order by all"
)
ROWS["refusals"] = "select minute, sender, code, sum(deliveries), sum(bytes) from refusals group by all order by all"
ROWS["expired"] = "select * from expired order by all"
KINDS = ("interactions", "reports", "settlements", "ads", "quarantine")
# What counts of a kind, as docs/archive.md says it.
COUNTS = """
select {columns} from read_parquet('{path}/{kind}/*/*.parquet', hive_partitioning = true, union_by_name = true) k
where not exists (
  select 1 from withdrawn w
  where w.delivery_id = k.delivery_id and (w.item_index is null or w.item_index = k.item_index) and w.seal > k.seal)
order by all
"""


def everything(record_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a record holds, row for row; load counts and refusals summed."""
    with look(record_path) as connection:
        return {name: connection.execute(sql).fetchall() for name, sql in ROWS.items()}


def turn(desk: Desk, now: datetime, **retention: Any) -> list[str]:
    """Load, and give the archive its turn at `now`; returns what is wrong."""
    with Record(desk.record_path) as record:
        done = drain(record, desk.journal_dir)
        wrong = Upkeep(desk.data_dir, Retention(**retention)).turn(record.connection, now, drained=not done.more)
        return [*([record.rebuilt] if record.rebuilt else []), *done.damaged, *wrong]


def post_some(desk: Desk, first: int, count: int) -> None:
    """Some of everything, with duplicates, conflicts, versions and what cannot be used."""
    for n in range(first, first + count):
        desk.post(
            click(f"{n}", f"Quiet SUVs of {n % 7}", ad_id=f"a{n % 3}", country="DE", revenue="0.10"),
            {"type": "report", "day": "2026-11-22", "level": "ad", "network": "fb", "ad_id": f"a{n % 5}", "clicks": n},
            {"type": "settlement", "day": "2026-11-20", "offer_id": f"{n % 4}", "revenue": f"{n}.5"},
        )
        desk.post({"type": "ad", "network": "fb", "ad_id": f"a{n % 3}", "rac": f"Quiet SUVs of {n % 7}"})
        desk.post(*(click(f"{other}", f"Another text {n}") for other in (n, n - 1, n - 2, n // 2)))
        desk.post(click(f"bad{n % 3}", occurred_at="soon"), click(f"good{n}", None))
    desk.journal.count_refusal("shop", "signature_wrong", 10 + first)


def seen_by_readers(data_dir: Path, path: Path | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """What a reader of the archive counts, with the columns of the record."""
    path = path or Archive(data_dir).current.resolve()
    found = {}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        withdrawn = f"read_parquet('{path}/withdrawn/*/*.parquet', hive_partitioning = true)"
        there = any((path / "withdrawn").glob("*/*.parquet"))
        empty = "select '' as delivery_id, 0 as item_index, 0 as seal where false"
        connection.execute(f"create view withdrawn as {f'select * from {withdrawn}' if there else empty}")
        for kind in KINDS:
            if any((path / kind).glob("*/*.parquet")):
                text = "creative_raw, " if kind in ("interactions", "ads") else ""
                columns = f"* exclude ({text}seal, received_day)"
                found[kind] = connection.execute(COUNTS.format(columns=columns, path=path, kind=kind)).fetchall()
            else:
                found[kind] = []
    return found


def rows_of_record(record_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The same from the record."""
    posted = {"ads": "where origin = 'posted'"}
    with look(record_path) as connection:
        return {
            kind: connection.execute(f"select * from {kind} {posted.get(kind, '')} order by all").fetchall()
            for kind in KINDS
        }
