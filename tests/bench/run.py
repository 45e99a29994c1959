"""This module owns `make bench`: every benchmark in a process of its own, one table at the end, the same as JSON.

`--only NAME …`, `--full` for the targets' own sizes, `--json FILE` to keep the numbers with the machine
and the versions they belong to. Exit code 1 where a target was missed or a benchmark failed.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import platform
import sqlite3
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench import sizes
from bench.finding import Finding, table

BENCHMARKS = ("webhooks", "latency", "batches", "profiles", "memory", "loading", "building", "refreshing", "visible",
              "pages", "paths")  # fmt: skip
PACKAGES = ("duckdb", "flask", "waitress", "orjson", "pandas", "numpy", "scipy", "polars", "dash", "plotly")


def main(words: list[str] | None = None) -> int:
    """Run what is asked for; returns the exit code."""
    asked = _asked(words)
    findings: list[Finding] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
        size = (sizes.full if asked.full else sizes.usual)(Path(folder))
        for place, name in enumerate(asked.only or BENCHMARKS, start=1):
            began = time.monotonic()
            print(f"[{place}/{len(asked.only or BENCHMARKS)}] {name} ...", end="", file=sys.stderr, flush=True)
            found = apart(name, size)
            print(f" {time.monotonic() - began:.0f} s", file=sys.stderr)
            failed += [name] if found is None else []
            findings += found or []
    print(table(findings))
    for name in failed:
        print(f"failed: {name}; its lines above say why")
    if asked.json:
        asked.json.write_text(json.dumps(report(findings, failed), indent=2) + "\n", encoding="utf-8")
    return 1 if failed or any(each.verdict == "missed" for each in findings) else 0


def apart(name: str, size: sizes.Size) -> list[Finding] | None:
    """What a benchmark found, run in a process of its own: none inherits another's memory. None: it failed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(name, size, theirs))
    process.start()
    theirs.close()
    try:
        found: list[Finding] | None = ours.recv()
    except EOFError:
        found = None
    process.join()
    return found


def report(findings: list[Finding], failed: list[str]) -> dict[str, Any]:
    """The findings with the machine and the versions they were measured on."""
    return {
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "memory_gb": _memory_gb(),
                    "system": platform.platform()},
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **_versions()},
        "findings": [each.as_json() for each in findings],
        "failed": failed,
    }  # fmt: skip


def _measure(name: str, size: sizes.Size, out: Any) -> None:
    out.send(importlib.import_module(f"bench.{name}").run(size))
    out.close()


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gb() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _asked(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure whichad against what you would use instead.")
    parser.add_argument("--only", action="extend", nargs="+", choices=BENCHMARKS, metavar="NAME",
                        help=f"some of them: {', '.join(BENCHMARKS)}")  # fmt: skip
    parser.add_argument("--full", action="store_true", help="the targets' own sizes: ten million rows, hours")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--dir", default=None, help="where files go meanwhile: a disk like the one you would use")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
