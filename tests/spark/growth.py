"""This module owns the growth measurement: one archive built by DuckDB and by Spark, and what a row costs each.

`make growth` writes synthetic records (`ARGS="100000 1000000"`: how many interactions each), seals them as the product
does, builds each with both engines, holds every mart of the one to the other's, and prints seconds, seconds of the
processor and the arithmetic that docs/growth.md explains. Exit code 1 where a mart differs.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import duckdb
from bench.synthetic import AS_OF, SENDERS, write
from spark.arithmetic import Took, told

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.spark import building
from analytics.spark.building import Asked
from analytics.spark.session import Cluster
from analytics.version.marts import MARTS
from ingest.archive.layout import Archive
from ingest.archive.seal import EVER, NEVER
from ingest.archive.writing import export
from ingest.store import Record

SIZES = (100_000, 1_000_000)
CORES = os.cpu_count() or 1
# All of Spark in one process of Java, with a thread per core: no cluster's network is in these numbers.
LOCAL = Cluster(
    f"local[{CORES}]",
    {
        "spark.driver.memory": "6g",
        "spark.sql.shuffle.partitions": str(4 * CORES),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    },
)
ITS_OWN = ("freshness",)  # names the version
_SEALED = (
    "create temp table sealing as select delivery_id from interactions union select delivery_id from reports",
    "create temp table touched (delivery_id varchar, item_index integer)",
)
_TICKS = os.sysconf("SC_CLK_TCK")


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the same interactions with DuckDB and with Spark.")
    parser.add_argument("rows", nargs="*", type=int, default=list(SIZES), help="interactions of each record")
    parser.add_argument("--dir", help="where files go, and are removed; ten million take 10 GB")
    parser.add_argument("--cores", type=int, default=4, help="of each worker on paper")
    parser.add_argument("--price", type=float, default=0.05, help="of a core for an hour, in any currency")
    asked = parser.parse_args(words)
    took: list[Took] = []
    differ: list[str] = []
    for rows in sorted(asked.rows):
        with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
            settings = AnalyticsSettings(data_dir=Path(folder) / "data", kind="shop", senders=SENDERS)
            count = apart(sealed, settings, rows)
            for engine in (on_duckdb, on_spark):
                took.append(apart(engine, settings, count))
                print(took[-1].line, flush=True)
            differ += [f"{mart} at {count:,}" for mart in differing(settings)]
    print(told(took, CORES, asked.cores, asked.price))
    print(f"Every mart is the same: {not differ}." + (f" These differ: {', '.join(differ)}" if differ else ""))
    return 1 if differ else 0


def apart(work: Callable[..., Any], *values: object) -> Any:
    """Do it in a process of its own: what it takes is its own, and ends with it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, values)


def sealed(settings: AnalyticsSettings, rows: int) -> int:
    """Make the record of about `rows` interactions, and the files of its archive; returns how many there are.

    The record has rows and no deliveries, so what a seal asks of the journal is said here.
    """
    settings.data_dir.mkdir()
    count = write(settings.record_path, rows)
    with Record(settings.record_path) as record:
        for statement in _SEALED:
            record.connection.execute(statement)
        bound = {"seal": 1, "now": AS_OF, "first": EVER, "last": NEVER, "after": 0}
        for kind in ("interactions", "reports", "loads"):
            export(record.connection, Archive(settings.data_dir), kind, 1, bound)
    return count


def on_duckdb(settings: AnalyticsSettings, rows: int) -> Took:
    """A full build with its checks, by DuckDB in this process."""
    began = time.monotonic()
    build(settings.work_path, settings.record_path, Inputs(AS_OF, settings))
    return Took("duckdb", rows, time.monotonic() - began, own_cpu(), 0.0)


def on_spark(settings: AnalyticsSettings, rows: int) -> Took:
    """The same, with the models that have a row per event made by Spark."""
    began = time.monotonic()
    archive = Archive(settings.data_dir).files.resolve().as_uri()
    building.build(Asked(archive, settings.data_dir / "spark", LOCAL), Inputs(AS_OF, settings))
    return Took("spark", rows, time.monotonic() - began, own_cpu(), beneath_cpu())


def differing(settings: AnalyticsSettings) -> list[str]:
    """The marts that the two builds do not have in common, row for row."""
    with closing(duckdb.connect()) as connection:
        for name, path in (("one", settings.work_path), ("other", settings.data_dir / "spark" / "work.duckdb")):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        counted = "select count(*), bit_xor(hash(rows)), sum(hash(rows)::hugeint) from {}.{} rows"
        return [
            mart
            for mart in MARTS
            if mart not in ITS_OWN
            and len({connection.execute(counted.format(each, mart)).fetchone() for each in ("one", "other")}) > 1
        ]


def own_cpu() -> float:
    """Seconds of the processor that this process took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def beneath_cpu() -> float:
    """Those of the processes beneath it that are still there: Java is, until this one ends."""
    parents, seconds = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        parents[int(path.parent.name)] = int(fields[1])
        seconds[int(path.parent.name)] = sum(map(int, fields[11:15])) / _TICKS
    beneath, before = {os.getpid()}, 0
    while len(beneath) != before:
        before = len(beneath)
        beneath |= {process for process, parent in parents.items() if parent in beneath}
    return sum(seconds[process] for process in beneath - {os.getpid()})


if __name__ == "__main__":
    sys.exit(main())
