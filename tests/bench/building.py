"""This module owns the benchmark of the full build: every mart and rule of ours beside the core marts in pandas.

Both begin with the same synthetic record: ours as it lies in the record's file, the peer's exported to Parquet before
the clock starts. Each build is a process of its own, whose seconds and peak of memory (VmHWM) are taken inside it. Of
our full build the models beneath the peer's marts are told apart, too: like beside like.
"""

import json
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from bench.attribution import _peak_mb, measured
from bench.finding import Finding
from bench.serving import PEERS
from bench.sizes import Size
from bench.synthetic import AS_OF, SENDERS, write
from running import environment

from analytics.build import VISITOR_CLICKS_MAX
from analytics.config import AnalyticsSettings
from analytics.inputs.windows import windows
from analytics.plan import MODELS, header, sql
from analytics.refresh import Refresher

AGAINST = "the same marts in pandas"
SETUP = (
    "pandas and NumPy, vectorised (categories, numbered ids, merges, groupbys), Parquet in and out; it makes identity,"
    " goals, touches, eight heuristic rules, creative_credit, attribution_ledger, facts_daily, creative_daily,"
    " ad_daily, click_cohorts and funnel_daily; our full build makes in its seconds, too: Markov, Shapley and every"
    " other fit, scorecard, verdicts, history, reconciliation, health, checks, and the publish"
)
TARGET = 0.25
ROUNDS_MAX = 3
LEAST_ROWS = 1_000
MEMORY_SHARE = 0.9  # of what the machine has left: the peer gets a MemoryError before the kernel ends something
MONEY = "cast({0} * 1000000 as bigint) as {0}"
EXPORTS = {
    "interactions": "sender, type, revenue_stage, occurred_at, stated_at, variant_id, click_id, visitor, session_id,"
    " network, account_id, campaign_id, adset_id, ad_id, placement, country, device, conversion_kind, transaction_id,"
    f" {MONEY.format('revenue')}, traffic, count, key_hash, content_hash",
    "reports": "sender, stated_at, cast(day as timestamp) as day, network, account_id, campaign_id, adset_id, ad_id,"
    f" country, coalesce(impressions, 0) as impressions, coalesce(clicks, 0) as clicks, {MONEY.format('cost')},"
    " coalesce(platform_conversions, 0) as platform_conversions,"
    " cast(coalesce(platform_revenue, 0) * 1000000 as bigint) as platform_revenue, key_hash, content_hash",
    "creative_variants": "variant_id, creative_id",
    "creative_aliases": "creative_id, canonical_id",
}


MARTS = ("creative_credit", "attribution_ledger", "facts_daily", "creative_daily", "ad_daily", "click_cohorts",
         "funnel_daily")  # fmt: skip
IDENTITIES = ("ad_identities()", "settlement_beneath()")  # made in Python, and part of the peer's work, too


class OutOfMemoryError(Exception):
    """The peer needs more memory than this machine has left."""


@dataclass(frozen=True)
class Taken:
    """Wall seconds and peak memory of one build, and of ours what the peer's marts took of that."""

    seconds: float
    peak_mb: float
    alike_seconds: float = 0.0
    alike_peak_mb: float = 0.0


def run(size: Size) -> list[Finding]:
    """Seconds and memory of both, at the size's rows or as many as the peer can hold here."""
    return held(size.rows, lambda rows: _found(rows, min(ROUNDS_MAX, size.rounds), size.folder))


def held(rows: int, measure: Callable[[int], list[Finding]]) -> list[Finding]:
    """What `measure` finds of so many rows; where that needs too much memory: skipped, and half as many, and so on."""
    try:
        return measure(rows)
    except OutOfMemoryError as error:
        if rows < 2 * LEAST_ROWS:
            raise SystemExit("the peer cannot hold the smallest record") from error
        why = f"{error}; measured at {rows // 2:,} instead"
        skipped = [Finding(what, AGAINST, unit, target=TARGET, better="less", skipped=why)
                   for what, unit in _whats(rows)]  # fmt: skip
        return skipped + held(rows // 2, measure)


def _found(rows: int, rounds: int, folder: Path) -> list[Finding]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        settings = AnalyticsSettings(data_dir=Path(name) / "data", kind="shop", senders=SENDERS)
        exported = Path(name) / "exported"
        settings.data_dir.mkdir()
        _apart(_write, settings, rows)
        export(settings, exported)
        pairs = [(_apart(ours, settings), peer(exported)) for _ in range(rounds)]
    measures = (
        ("seconds", "seconds"),
        ("peak_mb", "peak_mb"),
        ("alike_seconds", "seconds"),
        ("alike_peak_mb", "peak_mb"),
    )
    return [
        Finding(what, AGAINST, unit, [getattr(one, mine) for one, _ in pairs], [getattr(two, its) for _, two in pairs],
                TARGET, "less", setup=SETUP, details={"rows": rows})
        for (what, unit), (mine, its) in zip(_whats(rows), measures, strict=True)
    ]  # fmt: skip


def _whats(rows: int) -> list[tuple[str, str]]:
    full = f"full build of {rows:,}"
    return [(full, "s"), (f"peak memory, {full}", "MB"), (f"{full}, the peer's marts", "s"),
            (f"peak memory, {full}, the peer's marts", "MB")]  # fmt: skip


def export(settings: AnalyticsSettings, exported: Path) -> None:
    """Write the record as Parquet, with the settings that the peer needs."""
    exported.mkdir()
    with duckdb.connect(str(settings.record_path), read_only=True) as con:
        for table, columns in EXPORTS.items():
            con.execute(f"copy (select {columns} from {table}) to '{exported / table}.parquet' (format parquet)")
    read = windows(settings)
    told = {
        "kind": settings.kind, "as_of": AS_OF.isoformat(), "visitor_clicks_max": VISITOR_CLICKS_MAX,
        "windows": sorted({each.window_days for each in read}), "half_life_us": read[0].half_life_us,
        "headline_rule": settings.headline_rule,
        "headline_days": next(each.window_days for each in read if each.headline),
        "position_based": settings.attribution.position_based, "lead_kind": settings.attribution.lead_kind,
    }  # fmt: skip
    (exported / "settings.json").write_text(json.dumps(told), encoding="utf-8")


def _write(settings: AnalyticsSettings, rows: int) -> None:
    write(settings.record_path, rows)


def _apart(task: Callable[..., Any], *arguments: Any) -> Any:
    """What the task returns in a process of its own; what it takes is no part of ours."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(task, *arguments).result()


def ours(settings: AnalyticsSettings) -> Taken:
    """A full build with its checks and the publish, in this process."""
    settings.work_path.unlink(missing_ok=True)
    outcome, meter = measured(Refresher(settings), 0, force=True)
    if not outcome.ok or outcome.built is None or not outcome.built.full:
        raise SystemExit(f"ours was not a full build: {outcome}")
    alike = [phase for phase in meter.phases if phase.name in beneath()]
    return Taken(
        sum(phase.seconds for phase in meter.phases), float(max(meter.peak_mb, _peak_mb())),
        sum(phase.seconds for phase in alike), float(max(phase.peak_mb for phase in alike)),
    )  # fmt: skip


def beneath() -> set[str]:
    """The models that the peer's marts are made of, by what their headers say they read; without the fits."""
    found, asked = set(IDENTITIES), list(MARTS)
    while asked:
        model = asked.pop()
        if model in MODELS and model not in found:
            found.add(model)
            asked += header(sql("models", model)).reads
    return found


def peer(exported: Path, memory_bytes: int | None = None) -> Taken:
    """The peer's build, in a process held to so much memory; None: to what is free here. Raises OutOfMemoryError."""
    limit = int(_free_bytes() * MEMORY_SHARE) if memory_bytes is None else memory_bytes
    command = [sys.executable, str(PEERS / "pandas_marts.py"), str(exported), str(limit)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode == -9 or "MemoryError" in done.stderr or "bad_alloc" in done.stderr:
        raise OutOfMemoryError(f"pandas needs more than the {limit / 2**30:.1f} GB that it may have here")
    if done.returncode:
        raise SystemExit(f"the peer failed:\n{done.stderr}")
    return Taken(**json.loads(done.stdout))


def _free_bytes() -> int:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) << 10
