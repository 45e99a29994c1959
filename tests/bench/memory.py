"""This module owns the benchmark of a worker's memory: what it holds after many deliveries beside after few.

PSS, as the kernel counts it: what a process shares with others counts once. A loader keeps the journal short.
"""

import statistics
import tempfile
from pathlib import Path

from bench import deliveries, load
from bench.finding import Finding
from bench.sizes import Size
from running import Ingest

FEW, MANY = 10_000, 1_000_000
PIECE = 20_000  # requests made at a time: a signature holds for five minutes
CEILING_MB = 150.0
WORKERS = 2


def run(size: Size) -> list[Finding]:
    """One finding: the largest worker after `many` deliveries beside itself after `few`."""
    few, many = counts(size)
    with (
        tempfile.TemporaryDirectory(dir=size.folder) as folder,
        Ingest(Path(folder) / "ours", {"shop": {}}, workers=WORKERS) as ingest,
    ):
        workers = [int(pid) for pid in ingest.run_file["workers"]]
        post(ingest.port, few)
        before = [megabytes(pid) for pid in workers]
        for _ in range(0, many - few, PIECE):
            post(ingest.port, min(PIECE, many - few))
            ingest.load()
        after = [megabytes(pid) for pid in workers]
    details = {"deliveries": many, "few": few, "workers": len(workers), "median_mb": statistics.median(after)}
    return [Finding(f"memory of a worker after {many:,} deliveries", f"after {few:,}", "MB", after, before, 1.2, "less",
                    ceiling=CEILING_MB, details=details)]  # fmt: skip


def counts(size: Size) -> tuple[int, int]:
    """How many deliveries are few and many: the issue's own in a full run, a tenth in the usual one."""
    return {"full": (FEW, MANY), "usual": (FEW, MANY // 10)}.get(size.name, (200, 1_000))


def post(port: int, many: int) -> None:
    """Post that many single deliveries, each answered with 200."""
    while many > 0:
        piece = min(PIECE, many)
        sent = load.closed(port, deliveries.made(piece), 3600.0)
        if sent.ok != sum(sent.statuses.values()):
            raise SystemExit(f"a delivery was not answered with 200: {sent.statuses}")
        many -= piece


def megabytes(pid: int) -> float:
    """The proportional set size of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
