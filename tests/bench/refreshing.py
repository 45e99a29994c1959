"""This module owns the benchmark of growth: full builds and refreshes of small and large records, against each other.

Every record is the synthetic one (bench/synthetic.py), built by the loop itself: drain, build or refresh, checks,
publish. After the last refresh a full build of the same is made, and every table must be the same, row for row.
"""

import itertools
import multiprocessing
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb
from bench.attribution import measured, post
from bench.finding import Finding
from bench.sizes import Size
from bench.synthetic import AS_OF, SENDERS, write

from analytics.build import build
from analytics.config import AnalyticsSettings
from analytics.incremental.refreshing import Limits
from analytics.inputs.exchange_rates import rates
from analytics.refresh import Inputs, Refresher
from analytics.version.marts import HISTORY

NEWS = 10_000
ROUNDS_MAX = 3
MEMORY_MB = 2_000.0
SMALL = Limits(rows_min=0, share_max=1e6)  # the loop builds anew what is this small; a smoke run shall refresh


@dataclass
class Grown:
    """What one record took, in seconds: a full build, and refreshes in turns; and the full build's peak in MB.

    `differing` are the tables that a full build makes otherwise than the refreshes left them.
    """

    rows: int
    full: float = 0.0
    peak_mb: float = 0.0
    refreshes: list[list[float]] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def run(size: Size) -> list[Finding]:
    """The findings of growth: small against large, news against everything."""
    news, rounds = min(NEWS, size.small // 10), min(ROUNDS_MAX, size.rounds)
    steps = {size.rows // 10: (), size.small: (news,), size.rows: (news, max(1, size.rows // 100))}
    grown = {rows: grow(rows, asked, rounds, size) for rows, asked in sorted(steps.items())}
    small, middle, large = grown[size.small], grown[size.rows // 10], grown[size.rows]
    if large.differing:
        raise SystemExit(f"refreshed tables differ from a full build's: {large.differing}")
    details = {"rows": size.rows, "tables": "identical to a full build of the same"}
    return [
        Finding("refresh after 1 % new", f"full build of {size.rows:,}", "s", large.refreshes[1],
                [large.full] * rounds, 0.1, "less", details=details),
        Finding(f"refresh of {news:,} new, {size.rows:,} behind", f"{size.small:,} behind", "s", large.refreshes[0],
                small.refreshes[0], 2.0, "less"),
        Finding(f"full build of {size.rows:,}", f"of {middle.rows:,}", "s", [large.full], [middle.full], 11.0, "less"),
        Finding(f"peak memory, full build of {size.rows:,}", "", "MB", [large.peak_mb], ceiling=MEMORY_MB),
    ]  # fmt: skip


def grow(rows: int, asked: Sequence[int], rounds: int, size: Size) -> Grown:
    """Write a record and build it; refresh it by each of `asked` in turns. The largest is held to a full build."""
    made = Grown(rows, refreshes=[[] for _ in asked])
    with tempfile.TemporaryDirectory(dir=size.folder) as folder:
        settings = AnalyticsSettings(data_dir=Path(folder) / "data", kind="shop", senders=SENDERS)
        settings.data_dir.mkdir()
        writer = multiprocessing.get_context("spawn").Process(target=write, args=(settings.record_path, rows))
        writer.start()  # a process of its own: what it takes is none of the build's
        writer.join()
        refresher = Refresher(settings, SMALL if size.name == "smoke" else None)
        made.full, meter_peak = _cycle(refresher, 0, force=True)
        made.peak_mb = meter_peak
        cycles = itertools.count(1)
        for _ in range(rounds):
            for news, took in zip(asked, made.refreshes, strict=True):
                took.append(_news(refresher, settings, next(cycles), news))
        if rows == size.rows:
            made.differing = _differing(settings, next(cycles) - 1)
    return made


def _news(refresher: Refresher, settings: AnalyticsSettings, cycle: int, rows: int) -> float:
    post(settings, cycle, rows)
    refresher._due_at = 0.0  # the loop would wait for its turn
    seconds, _ = _cycle(refresher, cycle, force=False)
    return seconds


def _cycle(refresher: Refresher, cycle: int, force: bool) -> tuple[float, float]:
    outcome, meter = measured(refresher, cycle, force)
    if not outcome.ok or outcome.built is None or outcome.built.full is not force:
        raise SystemExit(f"cycle {cycle} was not {'a full build' if force else 'a refresh'}: {outcome}")
    return sum(phase.seconds for phase in meter.phases), float(meter.peak_mb)


def _differing(settings: AnalyticsSettings, cycle: int) -> list[str]:
    """The tables that a full build of the same makes otherwise."""
    copy = Path(shutil.copy(settings.work_path, settings.data_dir / "full.duckdb"))
    as_of = AS_OF + timedelta(minutes=cycle)
    build(copy, settings.record_path, Inputs(as_of, settings, None, rates(settings)))
    one, other = digests(settings.work_path), digests(copy)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def digests(work: Path) -> dict[str, tuple[int, str]]:
    """Rows and a digest of each table, but of what speaks of arrival or of history; the order of rows plays no part."""
    with duckdb.connect(str(work), read_only=True) as con:
        names = con.execute(
            "select table_name from duckdb_tables() where table_name not in (select unnest(?::varchar[]))"
            " and not regexp_matches(table_name, '^(noted|history)_') order by 1",
            [["freshness", "built_from", *HISTORY]],
        ).fetchall()  # fmt: skip
        return {name: _digest(con, name) for (name,) in names}


def _digest(con: duckdb.DuckDBPyConnection, name: str) -> tuple[int, str]:
    columns = [f'"{one}"' for one in con.sql(f"from {name}").columns if one != "received_at"]
    ((count, digest),) = con.execute(
        f"select count(*), sum(hash({', '.join(columns)})::hugeint)::varchar from {name}"
    ).fetchall()
    return int(count), str(digest)
