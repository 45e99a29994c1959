"""This module owns a loader that works on demand: a process that drains or publishes once for each line it reads.

python tests/loading.py
load JOURNAL RECORD        → "done", or "failed <what>"
publish WORK LINK          → the same
"""

import sys
from datetime import datetime
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import duckdb

from analytics.publish import publish
from ingest.store import Record, RecordError, drain


def obey(line: str) -> str:
    """Do what one line says; how it went, in a line."""
    what, first, second = line.split()
    try:
        if what == "load":
            with Record(Path(second)) as record:
                done = drain(record, Path(first))
            return f"said {done.damaged}" if done.damaged else "done"
        publish(Path(first), Path(second), datetime(2026, 1, 1))  # noqa: DTZ001 (naive UTC, as everywhere)
    except (RecordError, duckdb.Error, OSError) as error:
        return f"failed {type(error).__name__} {' '.join(str(error).split())}"
    return "done"


if __name__ == "__main__":
    print("ready", flush=True)
    for each in sys.stdin:
        print(obey(each), flush=True)
