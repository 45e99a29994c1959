"""This module owns the scale benchmark: `make scale` builds a record of a million interactions, and says what it took.

It writes a synthetic record with SQL, runs the real build with its checks and the publish in this process, and prints
the seconds and the peak of the process's memory for every phase; then it loads a thousand interactions more, a few
times, and prints what each cycle took. `make scale ARGS="10000000"` is the one that docs/operating.md speaks of.
Exit code 1 where a build fails, or takes more memory than `--memory-max-mb`.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
from bench.synthetic import AS_OF, SENDERS, write
from journeys import Books, item

from analytics.config import AnalyticsSettings
from analytics.refresh import Outcome, Refresher

PROCESS = Path("/proc/self")
CYCLES, CYCLE_ROWS = 3, 1000
SLOW_SECONDS = 0.05  # quicker phases are counted, and not printed


@dataclass(frozen=True)
class Phase:
    """What one phase of a build took: wall seconds, seconds of the processor, and the process's peak in MB."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: int


class Meter:
    """The progress of a build that measures each phase; the peak is counted anew for each."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []
        self._name, self._began, self._cpu = "", time.monotonic(), time.process_time()
        _forget_peak()

    def __call__(self, name: str, _count: int = 0, _of: int = 0) -> None:
        """A phase begins."""
        now, cpu = time.monotonic(), time.process_time()
        if self._name:
            self.phases.append(Phase(self._name, now - self._began, cpu - self._cpu, _peak_mb()))
        _forget_peak()
        self._name, self._began, self._cpu = name, now, cpu

    @property
    def peak_mb(self) -> int:
        """Of all phases."""
        return max(phase.peak_mb for phase in self.phases)


def measured(refresher: Refresher, cycle: int, force: bool) -> tuple[Outcome, Meter]:
    """One cycle, and what its phases took."""
    meter = Meter()
    outcome = refresher.guarded_cycle(AS_OF + timedelta(minutes=cycle), force=force, progress=meter)
    meter("")
    return outcome, meter


def post(settings: AnalyticsSettings, cycle: int, rows: int = CYCLE_ROWS) -> None:
    """Clicks of people who were not there before, on ads that were, in deliveries of a thousand."""
    books = Books(settings.data_dir.parent, senders=SENDERS)
    moment = AS_OF - timedelta(hours=1)
    for begin in range(0, rows, CYCLE_ROWS):
        books.post(
            *(
                item("click", f"new-{cycle}-{n}", moment + timedelta(seconds=n % 3000), visitor_id=f"new-{cycle}-{n}",
                     click_id=f"new-{cycle}-{n}", network="facebook", ad_id=str(n % 20))
                for n in range(begin, min(rows, begin + CYCLE_ROWS))
            ),
            sender="tracker", at=AS_OF + timedelta(minutes=cycle, seconds=-1),
        )  # fmt: skip
    books.close()


def main(words: list[str] | None = None) -> int:
    """Run it; returns the exit code."""
    asked = _asked(words)
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
        settings = AnalyticsSettings(data_dir=Path(folder) / "data", kind=asked.kind, senders=SENDERS,
                                     refresh={"memory_mb": asked.memory_mb})  # fmt: skip
        settings.data_dir.mkdir()
        began = time.monotonic()
        writer = multiprocessing.get_context("spawn").Process(target=write, args=(settings.record_path, asked.rows))
        writer.start()  # a process of its own: what it takes is none of the build's
        writer.join()
        print(f"{asked.rows:,} interactions written in {time.monotonic() - began:.0f} s; DuckDB {duckdb.__version__}")
        refresher = Refresher(settings)
        outcome, full = measured(refresher, 0, force=True)
        _print(full)
        print(outcome.sentence)
        ok = outcome.ok and full.peak_mb <= asked.memory_max_mb
        for cycle in range(1, asked.cycles + 1):
            post(settings, cycle)
            refresher._due_at = 0.0  # the loop would wait for its turn
            outcome, one = measured(refresher, cycle, force=False)
            total, by = sum(phase.seconds for phase in one.phases), outcome.built
            how = "nothing" if by is None else f"everything ({by.why})" if by.full else f"{by.near:,} rows looked at"
            print(f"cycle {cycle}: {CYCLE_ROWS:,} more, {total:.1f} s, {one.peak_mb:,} MB, {how}: {outcome.sentence}")
            ok = ok and outcome.ok and outcome.version is not None
    return 0 if ok else 1


def _asked(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build a synthetic record, and say what it took.")
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000, help="interactions")
    parser.add_argument("--kind", default="shop", choices=("shop", "arbitrage"))
    parser.add_argument("--memory-mb", type=int, default=None, help="as [refresh] memory_mb")
    parser.add_argument("--memory-max-mb", type=int, default=4096, help="the process's peak may not pass it")
    parser.add_argument("--cycles", type=int, default=CYCLES, help="cycles of a thousand interactions more")
    parser.add_argument("--dir", default=None, help="where the data goes: a disk with 20 GB for ten million")
    return parser.parse_args(words)


def _print(meter: Meter) -> None:
    print(f"{'phase':<28}{'seconds':>9}{'cpu':>9}{'peak MB':>9}")
    for phase in meter.phases:
        if phase.seconds >= SLOW_SECONDS:
            print(f"{phase.name:<28}{phase.seconds:>9.1f}{phase.cpu_seconds:>9.1f}{phase.peak_mb:>9,}")
    seconds, cpu = (sum(values) for values in zip(*((p.seconds, p.cpu_seconds) for p in meter.phases), strict=True))
    print(f"{'total':<28}{seconds:>9.1f}{cpu:>9.1f}{meter.peak_mb:>9,}")


def _peak_mb() -> int:
    """The most that this process held since it was last forgotten (VmHWM)."""
    lines = (PROCESS / "status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) >> 10


def _forget_peak() -> None:
    (PROCESS / "clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
