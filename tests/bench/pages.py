"""This module owns the benchmark of the dashboard's callbacks: their p95 at a hundred times the rows, against once."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import callbacks, larger
from bench.finding import Finding
from bench.sizes import Size
from dashboard_worlds import build_world

TARGET, CEILING_MS = 1.5, 100.0
SMOKE, SMOKE_GROWTH = ("overview-todo", "funnel-steps"), larger.Growth(2, 1)


def run(size: Size) -> list[Finding]:
    """Two findings: the first look after a new version, and the same look again; every callback of every page."""
    smoke = size.name == "smoke"
    with tempfile.TemporaryDirectory(dir=size.folder) as name:
        folder = Path(name)
        small = size.published or build_world(folder / "world", "arbitrage")
        large = folder / "large.duckdb"
        facts = larger.write(small, large, SMOKE_GROWTH if smoke else larger.GROWTHS[100])
        rounds = [
            (measure(large, folder / f"large-{number}", smoke), measure(small, folder / f"small-{number}", smoke))
            for number in range(size.rounds)
        ]
    times = "twice" if smoke else "a hundred times"
    return [
        Finding(f"dashboard callbacks, p95, {state}", "the same at a file of a demo", "ms",
                [p95(ours, state) for ours, _ in rounds], [p95(theirs, state) for _, theirs in rounds],
                TARGET, "less", CEILING_MS, details={"rows": f"{times} the rows: {facts:,} of facts"})
        for state in ("cold", "warm")
    ]  # fmt: skip


def measure(file: Path, folder: Path, smoke: bool) -> list[callbacks.Took]:
    """Each callback once cold and once warm."""
    return callbacks.measured(file, folder, file.stem, SMOKE if smoke else (), repeats=1)


def p95(found: Sequence[callbacks.Took], state: str) -> float:
    """The ms by the clock that 95 of 100 callbacks do not pass."""
    return callbacks.p95([each.wall_p95 for each in found if each.state == state])
