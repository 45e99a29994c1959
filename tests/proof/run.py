"""This module owns the command that runs the proofs of the statistics and prints a table of each.

    python tests/proof/run.py [names …] [--short]

Without names it runs all. The exit code is 1 where a promise does not hold, 2 where a name is unknown. `--short` is
what the tests run. Progress goes to stderr.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: threads only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from proving import names, run  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run the proofs of the statistics; a table of each.")
    parser.add_argument("names", nargs="*", help=f"which proofs, of {', '.join(names())}; all where none is named")
    parser.add_argument("--short", action="store_true", help="fewer runs: seconds per proof instead of minutes")
    asked = parser.parse_args()
    sys.exit(run(asked.names, asked.short, sys.stdout, sys.stderr))
