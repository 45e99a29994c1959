"""This module owns the long form of the ledger test: every fault, many times, from one seed, within a bounded time.

It prints the certificate: what was tried, how often, how much was acknowledged, lost, doubled. Exit code 0 where
nothing was, 1 where anything is wrong, 2 where a fault could not be tried and `--all` was asked for.
"""

import argparse
import dataclasses
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from certificate import Tried, as_json, table  # noqa: E402 (they lie beside this folder, not in it)
from trial_clock import JUMPS, clock_jumps, may_jump  # noqa: E402
from trial_disks import disk_full, may_mount, nearly_full, read_only_for_a_while  # noqa: E402
from trial_files import damaged_at_work  # noqa: E402
from trial_kills import WORLD_KILLS, kill_at_random  # noqa: E402
from trial_load import may_slow, overload, stalled_senders  # noqa: E402
from trial_stops import held_by_an_analyst, hung_up, stopped_under_load  # noqa: E402

NAMESPACE = "LEDGER_TEST_NAMESPACE"
EPILOG = """\
Every fault works on a folder of its own with the real processes: `whichad up`, or its parts. Senders post signed
deliveries and write each answer into a ledger; in the end the ledgers are held against the record, `whichad verify`
and `whichad verify --receipts` must end with 0, and the published file must open.

  --seed     chooses moments, victims and sizes; the operating system still decides who runs when
  --seconds  ends it: what is at work then is finished, what was not begun yet is left out, and said
  --kills    how many processes of the product end by SIGKILL, in worlds of 100 each

Disk faults need root (they mount a small tmpfs), the slow disk needs strace, clock jumps need time-machine.
Examples:
  python tests/faults/long.py --seed 7 --seconds 1400 --kills 500
  python tests/faults/long.py --only kill --kills 20 --json
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """One fault: what to do in a folder, and why it may be impossible here ("" where it is not)."""

    name: str
    run: Callable[[Path, random.Random], Tried]
    impossible: str = ""


def trials(kills: int, folder: Path) -> Iterator[Trial]:
    """The list of what is tried, in order: what matters most first, so that a bound cuts the end of it."""
    while kills > 0:
        world = min(kills, WORLD_KILLS)
        yield Trial("kill", lambda f, c, n=world: kill_at_random(f, c, n))  # type: ignore[misc]
        kills -= world
    mount = may_mount(folder)
    yield Trial("sigterm", lambda f, c: stopped_under_load(f, c, 5))
    yield Trial("close-early", lambda f, c: hung_up(f, c, 400))
    yield Trial("files", damaged_at_work)
    yield Trial("clock", lambda f, c: clock_jumps(f, c, JUMPS), may_jump())
    yield Trial("disk-full", lambda f, c: disk_full(f, c, 3), mount)
    yield Trial("disk-low", lambda f, _: nearly_full(f, 3), mount)
    yield Trial("read-only", lambda f, _: read_only_for_a_while(f, 2), mount)
    yield Trial("held", lambda f, _: held_by_an_analyst(f, 2, 10))
    yield Trial("stalled", lambda f, _: stalled_senders(f, 300, 8))
    yield Trial("overload", lambda f, c: overload(f, c, 120), may_slow())


def main() -> int:
    """Run what was asked for; returns the exit code."""
    asked = _arguments()
    _own_mounts()
    signal.signal(signal.SIGTERM, _stop)
    deadline, rows, left_out = time.monotonic() + asked.seconds, [], []
    folder = Path(tempfile.mkdtemp(prefix="ledger-", dir=asked.folder))
    try:
        for number, trial in enumerate(trials(asked.kills, folder)):
            if asked.only and trial.name not in asked.only:
                continue
            if trial.impossible or time.monotonic() > deadline:
                left_out.append(f"{trial.name}: {trial.impossible or 'the time was over'}")
                continue
            rows.append(_tried(trial, folder / f"{number}-{trial.name}", random.Random(f"{asked.seed} {number}")))
    finally:
        if asked.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for sentence in left_out:
        print(f"NOT TRIED {sentence}", file=sys.stderr)
    print(as_json(rows, asked.seed) if asked.json else table(rows))
    if not rows or not all(row.ok for row in rows):
        return 1
    return 2 if left_out and asked.all else 0


def _tried(trial: Trial, folder: Path, chance: random.Random) -> Tried:
    """One trial; whatever breaks is a line of the certificate, and the next one begins."""
    print(f"{time.strftime('%H:%M:%S')} {trial.name} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        found = trial.run(folder, chance)
    except Exception as error:
        sentence = " ".join(f"{type(error).__name__}: {error}".split())
        found = Tried(trial.name, 0, 0, 0, 0, 0, 0, 0, (sentence[:400],))
    found = dataclasses.replace(found, seconds=round(time.monotonic() - began, 1))
    print(table([found]).splitlines()[1], file=sys.stderr, flush=True)
    if found.ok:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="long.py", description=__doc__.split("\n\n")[1], epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same moments (default: 1)")
    parser.add_argument("--seconds", type=float, default=1400, help="no trial begins after these (default: 1400)")
    parser.add_argument("--kills", type=int, default=500, help="processes to kill, at least (default: 500)")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this trial; may be given again")
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's temporary folder)")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the trials for a look")
    parser.add_argument("--all", action="store_true", help="exit code 2 where a trial was left out")
    parser.add_argument("--json", action="store_true", help="the certificate as JSON")
    return parser.parse_args()


def _own_mounts() -> None:
    """Go on in a mount namespace of our own, where we may: our mounts end with us, whatever ends us."""
    unshare = shutil.which("unshare")
    if os.geteuid() == 0 and unshare and NAMESPACE not in os.environ:
        environment = os.environ | {NAMESPACE: "1"}
        command = [unshare, "--mount", "--propagation", "private", "--", sys.executable, *sys.argv]
        if os.spawnve(os.P_WAIT, unshare, [unshare, "--mount", "true"], environment) == 0:  # noqa: S606 (our own list)
            os.execve(unshare, command, environment)  # noqa: S606


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit("stopped: what was begun was ended, nothing is certified")  # the folders' ends undo all


if __name__ == "__main__":
    sys.exit(main())
