"""This module owns how a proof is read and told: a module of `tests/proof/` becomes a table, each row holding or not.

A proof is a module with a docstring that says what it proves, `PROMISES` (sentences), and

    def rows(short: bool) -> list[dict[str, object]]     # each row with `holds: bool`; a fixed seed

`short` asks for the version that the tests run, a few seconds of one core. A proof whose data is not on this machine
raises `Absent` with the reason.
"""

import sys
import time
import traceback
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TextIO

FOLDER = Path(__file__).with_name("proof")
RUNNER = "run"
HELD, BROKEN, MISUSED = 0, 1, 2  # exit codes
Row = dict[str, object]


class Absent(Exception):
    """What the proof needs is not on this machine; the message says what, and is shown."""


class ShapelessError(Exception):
    """A module that is no proof, with what it lacks."""


def names(folder: Path = FOLDER) -> list[str]:
    """Every proof of the folder, by name."""
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != RUNNER and not path.stem.startswith("_"))


def load(name: str, folder: Path = FOLDER) -> ModuleType:
    """The module of a proof. Raises ShapelessError where it does not say what it proves, or cannot show it."""
    spec = spec_from_file_location(f"proof_{name}", folder / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ShapelessError(f"{name}: no module")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    promises = getattr(module, "PROMISES", ())
    if not (module.__doc__ or "").strip():
        raise ShapelessError(f"{name}: open with a docstring that says what it proves")
    if isinstance(promises, str) or not promises or not all(isinstance(each, str) and each for each in promises):
        raise ShapelessError(f"{name}: PROMISES must be sentences, at least one")
    if not callable(getattr(module, "rows", None)):
        raise ShapelessError(f"{name}: rows(short) is missing")
    return module


def proven(module: ModuleType, short: bool) -> list[Row]:
    """The rows of a proof. Raises Absent, and ShapelessError where a row does not say whether it holds."""
    rows: list[Row] = module.rows(short)
    if not rows:
        raise ShapelessError(f"{module.__name__}: rows() shows nothing")
    for row in rows:
        if type(row.get("holds")).__name__ not in ("bool", "bool_"):
            raise ShapelessError(f"{module.__name__}: a row says with `holds` whether it does: {row}")
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns; a column that a row lacks is empty there."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [columns, *([_shown(row.get(name, "")) for name in columns] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def run(wanted: Sequence[str], short: bool, out: TextIO, err: TextIO, folder: Path = FOLDER) -> int:
    """Prints the table of each proof, all of them where none is named; HELD, BROKEN or MISUSED."""
    known = names(folder)
    if unknown := [name for name in wanted if name not in known]:
        print(f"There is no proof called {', '.join(unknown)}. There are: {', '.join(known)}.", file=err)
        return MISUSED
    chosen = list(wanted) or known
    broken: list[str] = []
    absent = 0
    for number, name in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {name} ...", file=err, flush=True)
        began = time.process_time()
        try:
            module = load(name, folder)
            print(f"\n{name}: {' '.join((module.__doc__ or '').split(chr(10) + chr(10))[0].split())}\n", file=out)
            failing = _told(module, proven(module, short), out)
            broken += [name] * failing
        except Absent as reason:
            absent += 1
            print(f"not proven here: {reason}", file=out, flush=True)
        except Exception:
            broken.append(name)
            traceback.print_exc(file=err)
        print(f"[{number}/{len(chosen)}] {name}: {time.process_time() - began:.1f} s of the processor", file=err)
    print(_verdict(len(chosen), broken, absent), file=out, flush=True)
    return BROKEN if broken else HELD


def _told(module: ModuleType, rows: Sequence[Row], out: TextIO) -> bool:
    """Print the promises and the rows; True where a row does not hold."""
    for promise in module.PROMISES:
        print(f"  promised: {promise}", file=out)
    failing = sum(not row["holds"] for row in rows)
    said = f"{failing} of {len(rows)} rows do not hold" if failing else f"all {len(rows)} rows hold"
    print(f"\n{table(rows)}\n{said}", file=out, flush=True)
    return failing > 0


def _verdict(count: int, broken: Sequence[str], absent: int) -> str:
    left = f" {absent} could not be tried here." if absent else ""
    if broken:
        return f"\nBroken: {', '.join(broken)}. {count - len(broken) - absent} of {count} proofs hold.{left}"
    return f"\n{count - absent} of {count} proofs hold.{left}"


def _shown(value: object) -> str:
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "NO"
    if isinstance(value, float):  # numpy's doubles are floats, too
        return f"{value:.4g}"
    return "" if value is None else str(value)
