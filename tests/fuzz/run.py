"""This module owns the fuzzing command: coverage guides random bytes to what the promises of a target do not hold for.

    python tests/fuzz/run.py --seconds 60                  # every target, a share of the time each
    python tests/fuzz/run.py --seconds 300 --target texts  # one of them
    python tests/fuzz/run.py --seconds 300 --keep          # and keep the inputs that reached something new

What broke is written into `tests/fuzz/corpus/`, where the tests replay it, and the exit code is 1. It needs atheris
(`pip install atheris`; Linux, CPython). The same seed takes the same way.
"""

import argparse
import importlib
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
sys.path[:] = [entry for entry in sys.path if entry != str(TESTS / "fuzz")]  # `profiles` is of `fuzz`, not a top level

from fuzz import corpus  # noqa: E402 (the path comes first)

MODULES = ("decoders", "verifiers", "profiles")
INPUT_SECONDS_MAX, MEMORY_MB_MAX = 5, 2048
MISSING = "Fuzzing needs atheris, which has wheels for Linux and CPython 3.11 to 3.14: .venv/bin/pip install atheris"


def targets() -> dict[str, corpus.Target]:
    """Every target by its name."""
    return {name: each for module in _modules() for name, each in module.TARGETS.items()}


def seeds(name: str) -> list[bytes]:
    """What a target begins with: its kept corpus, and what its module knows to be interesting."""
    return [*corpus.inputs(name), *(each for module in _modules() for each in module.SEEDS.get(name, ()))]


def _modules() -> list[ModuleType]:
    return [importlib.import_module(f"fuzz.{module}") for module in MODULES]


def fuzz(name: str, folder: Path, seconds: int, seed: int) -> None:
    """Fuzz one target in this process, which ends with it; its inputs go to `folder`."""
    import atheris

    with atheris.instrument_imports(include=["ingest"]):
        target = targets()[name]
    options = [
        f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={4 * corpus.INPUT_BYTES_MAX}",
        f"-timeout={INPUT_SECONDS_MAX}", f"-rss_limit_mb={MEMORY_MB_MAX}", f"-artifact_prefix={folder}/broken-",
        "-verbosity=1", "-print_final_stats=1", "-reload=0",
    ]  # fmt: skip
    inputs = folder / "inputs"
    inputs.mkdir()
    for number, each in enumerate(seeds(name)):
        (inputs / f"seed-{number}").write_bytes(each)
    atheris.Setup([sys.argv[0], *options, str(inputs)], target)
    atheris.Fuzz()


def watched(name: str, seconds: int, seed: int, keep: bool) -> bool:
    """Fuzz one target in a process of its own; whether all its promises held."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        command = [sys.executable, __file__, "--target", name, "--seconds", str(seconds), "--seed", str(seed)]
        done = subprocess.run([*command, "--in", temporary], capture_output=True, text=True, check=False)
        broken = sorted(folder.glob("broken-*"))
        tried = [line.split(":")[-1].strip() for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        print(f"{name:12} {tried[0] if tried else '?':>9} inputs in {seconds} s: {'BROKEN' if broken else 'held'}")
        if broken or done.returncode:
            said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("#")]
            print("\n".join(said)[-4000:], file=sys.stderr)
        for path in broken:
            corpus.add_broken(name, path.read_bytes())
        if keep and not broken and not done.returncode:
            found = [path.read_bytes() for path in (folder / "inputs").iterdir()]
            corpus.write(name, corpus.smallest(targets()[name], found))
        return not broken and not done.returncode


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--target", help="one target only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="write the inputs that reach something new into the corpus")
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 2
    if given.folder:
        fuzz(given.target, given.folder, given.seconds, given.seed)
        return 0
    known = list(targets())
    if given.target and given.target not in known:
        print(f"There is no target {given.target!r}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen = [given.target] if given.target else known
    share = max(1, given.seconds // len(chosen))
    held = [watched(name, share, given.seed, given.keep) for name in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
