"""This module owns how much of the machine a build may take: DuckDB's memory, threads and files for what is too large.

Past its memory DuckDB writes to disk and goes on, more slowly; without a limit it takes four fifths of the machine,
and the kernel ends the process. Its limit does not cover all that the process takes: that was 0.8 GB more at its peak
(10 million interactions, measured).
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from analytics.config import Refresh

MEMORY_BYTES_MIN, MEMORY_BYTES_MAX = 256 << 20, 1200 << 20
_SHARE = 4  # of the machine's memory, unless `[refresh] memory_mb` says otherwise
_cleared: set[Path] = set()
_CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def limit(connection: duckdb.DuckDBPyConnection, allowed: Refresh | None = None, beside: Path | None = None) -> None:
    """Bind a connection's database, and all attached to it, to what `[refresh]` allows; None: to the defaults.

    A database in memory spills `beside` a file; DuckDB's own choice is the folder where the process was started.
    """
    allowed = allowed or Refresh()
    connection.execute(f"set memory_limit = '{int(allowed.memory_mb or memory_bytes() >> 20)}MiB'")
    if allowed.threads:
        connection.execute(f"set threads = {int(allowed.threads)}")
    if beside:
        connection.execute(f"set temp_directory = '{_quoted(_spill_folder(beside))}'")
    connection.execute("set preserve_insertion_order = false")  # else a large statement holds its whole result


def memory_bytes() -> int:
    """A quarter of what this machine, or the container, has; at most 1.2 GB, with which 10 million stay below 2."""
    return min(max(_machine_bytes() // _SHARE, MEMORY_BYTES_MIN), MEMORY_BYTES_MAX)


def clear(work: Path) -> None:
    """Remove what a killed build spilled, once a process; the caller has the file open, so that no other builds."""
    if work not in _cleared:
        _cleared.add(work)
        shutil.rmtree(_spill_folder(work), ignore_errors=True)


def _spill_folder(work: Path) -> Path:
    return work.with_name(f"{work.name}.tmp")  # where DuckDB spills to by itself where it opens a file


def _machine_bytes() -> int:
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit_file in _CGROUPS:
        with suppress(OSError, ValueError):  # "max" is no number, and not every kernel has the file
            found.append(int(limit_file.read_text(encoding="ascii")))
    return min(found)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
