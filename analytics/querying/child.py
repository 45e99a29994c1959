"""This module owns the process that runs one query: what it may touch, and how much it may take.

DuckDB's own limits do not hold against every expression: repeat('x', 4e8) passes by `memory_limit` and any time limit
of the engine (measured). So the kernel limits a process that does nothing else: its memory, its seconds, and that it
writes no file, which also holds for the archive's folder, that DuckDB may open for the views' sake.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import duckdb

from analytics.querying.codes import OUT_OF_MEMORY
from analytics.querying.printing import show_answer
from ingest.terminal.showing import Format

_SELECTS = "One SELECT, please (or FROM, WITH, DESCRIBE, SUMMARIZE, EXPLAIN of one): the published file is read-only."
_SPARE_BYTES = 256 << 20  # what Python and the engine take beside the query: threads' stacks, the rows as text


def main() -> int:
    """Read the order from stdin, run it, print its rows; returns the exit code. Says what is wrong on stderr."""
    order: dict[str, Any] = json.load(sys.stdin)
    try:
        connection = open_locked(Path(order["path"]), order["folders"], order["memory_mb"])
        confine(order["memory_mb"], order["seconds"])
        query = one_select(connection, order["query"])
        show_answer(connection.execute(query), Format(order["form"]))
    except (duckdb.OutOfMemoryException, MemoryError):
        return OUT_OF_MEMORY
    except (duckdb.Error, ValueError) as error:
        is_memory = "bad_alloc" in str(error) or "failed to allocate" in str(error).lower()
        if not is_memory:
            print(f"whichad: {error}", file=sys.stderr)
        return OUT_OF_MEMORY if is_memory else 1
    return 0


def open_locked(path: Path, folders: list[str], memory_mb: int) -> duckdb.DuckDBPyConnection:
    """A version, read-only: no file, network, extension, other database or setting can be reached from it.

    Only `folders` can, for the views over the archive. Raises duckdb.Error.
    """
    connection = duckdb.connect(
        str(path),
        read_only=True,
        config={
            "memory_limit": f"{memory_mb}MiB", "threads": "2", "temp_directory": "",
            "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        },
    )  # fmt: skip
    connection.execute("set timezone = 'UTC'")
    allowed = ", ".join("'" + folder.replace("'", "''") + "'" for folder in folders)
    connection.execute(f"set allowed_directories = [{allowed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def confine(memory_mb: int, seconds: int) -> None:
    """Let the kernel end what takes more than that, and what writes a file."""
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    bytes_max = taken + (memory_mb << 20) + _SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def one_select(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query, where it is one SELECT or the EXPLAIN of one. Raises ValueError, duckdb.Error.

    By its parse tree and not by its words: `with` can begin an INSERT, and EXPLAIN ANALYZE runs what it explains.
    """
    found = connection.extract_statements(query)
    kinds = [each.type for each in found]
    if kinds == [duckdb.StatementType.EXPLAIN]:
        words = query.strip().split(None, 2)
        rest = words[2] if len(words) > 2 and words[1].casefold() == "analyze" else " ".join(words[1:])
        kinds = [each.type for each in connection.extract_statements(rest)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise ValueError(_SELECTS)
    return query


if __name__ == "__main__":
    sys.exit(main())
