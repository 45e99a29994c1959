"""This module owns trying the states of a trace, one after the other, and what came of it."""

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from crashes import crashes, without_folder_syncs
from survivors import Check, drained, published, read_back
from tracing import Trace, python, record

WRITERS = Path(__file__).with_name("writers.py")
NO_FOLDER_SYNC = "no_folder_sync"  # SQLite syncs the folder of a new WAL itself, so this one is made from the trace
# Which check reads what a writer leaves; the first is quick, the second loads everything anew (0.2 s a state).
CHECKS: dict[str, tuple[Check, ...]] = {
    "journal": (read_back, drained), "folding": (read_back, drained), "server": (read_back, drained),
    "record": (drained,), "publish": (published,),
}  # fmt: skip
MEMORY = Path("/dev/shm")  # states need no disk of their own


@dataclass(slots=True)
class Survey:
    """How many states there are, how many were tried, and what was wrong with which."""

    name: str
    states: int = 0
    tried: int = 0
    promises: int = 0
    faults: list[str] = field(default_factory=list)


def recorded(writer: str, folder: Path, breaking: str | None = None) -> Trace:
    """The trace of one of the writers in an empty folder, by a mutant where `breaking` names one."""
    is_cut = breaking == NO_FOLDER_SYNC
    more = ["--breaking", breaking] if breaking and not is_cut else []
    folder.mkdir(parents=True)
    trace = record(python(WRITERS, writer, str(folder), *more), folder)
    return without_folder_syncs(trace) if is_cut else trace


def survey(
    name: str, trace: Trace, check: Check, seed: int, *, states_max: int = 1 << 30, seconds_max: float = 1e9,
    faults_max: int = 3,
) -> Survey:  # fmt: skip
    """Try states in the seed's order until there are enough, no time is left, or enough faults are found."""
    found = crashes(trace, seed)
    done = Survey(name, len(found), promises=len([what for what in trace.promises if what]))
    deadline = time.monotonic() + seconds_max
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
        for crash in found[:states_max]:
            if time.monotonic() > deadline or len(done.faults) >= faults_max:
                break
            done.tried += 1
            if (fault := check(crash, Path(place) / "state")) is not None:
                done.faults.append(f"{name}, seed {seed}: {fault} ({crash})")
    return done
