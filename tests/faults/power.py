"""This module owns the long form of the disk's faults, as a command that prints a certificate.

    python tests/faults/power.py --seed 1 --seconds 300

It records the system calls of the real journal, server, loader and publication, lays down the states that a power
cut could leave, reads each with the product's own readers, does the same with programs that have one promise broken
(each must be caught), and lets the n-th call of a kind fail for n = 1, 2, … until there is none left to fail.
The exit code is 1 where something was lost or a mutant was not caught. The seed says which states and in what order.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from injecting import FAULTS  # noqa: E402
from provoking import Door, Loader  # noqa: E402
from running import Ingest  # noqa: E402
from surveying import CHECKS, NO_FOLDER_SYNC, Survey, recorded, survey  # noqa: E402
from tracing import SKIP_REASON, Trace, recording, works  # noqa: E402
from writers import BREAKING, WRITERS  # noqa: E402

MUTANTS = {name: writer for name, (writer, _) in BREAKING.items()} | {NO_FOLDER_SYNC: "journal"}
NTH_MAX = 40
MUTANT_SECONDS_MAX = 120  # a mutant not caught by then is not caught
MISSES_MAX = 2  # so many n without an error in a row: there is no such call left
STATES_SHARE, ERRORS_SHARE = 0.55, 0.3  # of the time; the rest is for the mutants


Provoke = Callable[[str, str, int], bool]


class Certificate:
    """What was tried and what was wrong, said as it happens and once more at the end."""

    def __init__(self, seed: int, seconds: float) -> None:
        """`seconds` bound all of it, not counting the recording of what is tried."""
        self._seed, self._seconds = seed, seconds
        self.surveys: list[Survey] = []
        self.caught: dict[str, bool] = {}
        self.errors: dict[str, int] = {}
        self.faults: list[str] = []

    def try_states(self, folder: Path) -> None:
        """The states of each program; what is quick to look at first."""
        names = [*WRITERS, "server"]
        each = self._seconds * STATES_SHARE / sum(len(CHECKS[name]) for name in names)
        for name in names:
            trace = _server(folder / name) if name == "server" else recorded(name, folder / name)
            for check in CHECKS[name]:
                done = survey(f"{name}, {check.__name__}", trace, check, self._seed, seconds_max=each)
                self.surveys.append(done)
                self.faults += done.faults
                say(f"{done.name}: {done.tried} of {done.states} states, {len(done.faults)} faults")

    def try_mutants(self, folder: Path) -> None:
        """Each mutant, until it is caught."""
        for name, writer in MUTANTS.items():
            trace = recorded(writer, folder / name, breaking=name)
            done = survey(name, trace, CHECKS[writer][0], self._seed, seconds_max=MUTANT_SECONDS_MAX, faults_max=1)
            self.caught[name] = bool(done.faults)
            say(f"mutant {name}: {f'caught at state {done.tried}' if done.faults else 'NOT CAUGHT'}")

    def try_errors(self, folder: Path) -> None:
        """The n-th call of each kind fails, for each n: of the server, of a load, of a publication."""
        with Door(folder / "door") as door, Loader(folder / "loader") as loader:
            targets = {
                "server": door.provoke,
                "load": lambda call, error, nth: loader.provoke("load", call, error, nth),
                "publish": lambda call, error, nth: loader.provoke("publish", call, error, nth),
            }
            each = self._seconds * ERRORS_SHARE / len(targets)
            for name, provoke in targets.items():
                self.errors[name] = self._each_call(name, provoke, time.monotonic() + each)
                say(f"errors injected into {name}: {self.errors[name]}")
            try:
                say(f"acknowledged between the errors: {door.settle()}, all there once")
            except AssertionError as error:
                self.faults.append(f"server: {error}")

    def _each_call(self, name: str, provoke: Provoke, ends_at: float) -> int:
        hits, left = 0, {(call, error): 0 for call, errors in FAULTS.items() for error in errors}
        for nth in range(1, NTH_MAX + 1):
            for (call, error), misses in left.items():
                if misses >= MISSES_MAX or time.monotonic() > ends_at:
                    continue
                try:
                    hit = provoke(call, error, nth)
                except AssertionError as broken:
                    self.faults.append(f"{name}: {broken}")
                    hit = True
                hits += hit
                left[call, error] = 0 if hit else misses + 1
        return hits

    def __str__(self) -> str:
        states, caught = sum(done.tried for done in self.surveys), sum(self.caught.values())
        lines = [f"seed {self._seed}, {self._seconds:.0f} seconds",
                 *(f"  {s.name}: {s.tried} of {s.states} states, {s.promises} promises" for s in self.surveys),
                 *(f"  errors injected into {name}: {hits}" for name, hits in self.errors.items()),
                 *(f"  FAULT {fault}" for fault in self.faults),
                 *(f"  NOT CAUGHT {name}" for name, is_caught in self.caught.items() if not is_caught),
                 f"states tried {states}, errors injected {sum(self.errors.values())}, lost {len(self.faults)}, "
                 f"mutants caught {caught} of {len(self.caught)}"]  # fmt: skip
        return "\n".join(lines)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and every mutant was caught."""
        return not self.faults and all(self.caught.values())


def say(what: str) -> None:
    """Narrate; the certificate alone goes to stdout."""
    print(what, file=sys.stderr, flush=True)


def _server(folder: Path) -> Trace:
    ingest = Ingest(folder, {"shop": {}}, segment_rows_max=5)
    with ingest, recording(ingest.run_file["workers"], ingest.settings.journal_dir) as trace:
        for number in range(30):
            ingest.post({"id": f"c{number}", "type": "click", "occurred_at": "2026-01-05T08:00:00Z"})
    return trace


def main() -> int:
    """Parse the arguments, try everything, print the certificate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="strace has to be installed and allowed to trace: apt-get install strace, and in a container"
        " --cap-add SYS_PTRACE. A fault names its state and the seed that finds it again.",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="which states, in which order (default 1)")
    parser.add_argument("--seconds", type=float, default=300, help="how long to try, about (default 300)")
    chosen = parser.parse_args()
    if not works():
        say(SKIP_REASON)
        return 2
    certificate = Certificate(chosen.seed, chosen.seconds)
    with tempfile.TemporaryDirectory() as folder:
        certificate.try_states(Path(folder))
        certificate.try_errors(Path(folder))
        certificate.try_mutants(Path(folder))
    print(certificate)
    return 0 if certificate.holds else 1


if __name__ == "__main__":
    sys.exit(main())
