"""This module owns the corpus of a fuzzing target: one text file of inputs that each reach something no other does.

A line is one input, as Python writes bytes; so a change of it can be read in a review, and nothing is binary.
"""

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

FOLDER = Path(__file__).with_name("corpus")
BYTES_MAX = 6000  # of a file: what a review can look through
INPUT_BYTES_MAX = 1024
Target = Callable[[bytes], None]


def inputs(name: str) -> list[bytes]:
    """The kept inputs of a target, found failures first."""
    return [*_read(f"{name}.broken.txt"), *_read(f"{name}.txt")]


def write(name: str, kept: Iterable[bytes]) -> None:
    """Write the inputs of a target."""
    _write(f"{name}.txt", kept)


def add_broken(name: str, found: bytes) -> None:
    """Keep an input that broke a promise: from now on the tests replay it."""
    _write(f"{name}.broken.txt", dict.fromkeys([*_read(f"{name}.broken.txt"), found]))


def _read(file: str) -> list[bytes]:
    path = FOLDER / file
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return [ast.literal_eval(line) for line in lines]


def _write(file: str, kept: Iterable[bytes]) -> None:
    (FOLDER / file).write_text("".join(f"{each!r}\n" for each in kept), encoding="ascii")


def smallest(target: Target, found: Iterable[bytes]) -> list[bytes]:
    """Of many inputs those that reach something new, the small ones first, as many as the file may hold."""
    kept: list[bytes] = []
    reached, size = set[tuple[Any, ...]](), 0
    for each in sorted(set(found), key=lambda each: (len(each), each)):
        if len(each) > INPUT_BYTES_MAX:
            break
        new = reach(target, each) - reached
        if new and size + len(repr(each)) < BYTES_MAX:
            reached |= new
            size += len(repr(each)) + 1
            kept.append(each)
    return kept


def reach(target: Target, data: bytes) -> set[tuple[Any, ...]]:
    """The steps from line to line that an input takes through our own code, and about how often it takes each."""
    taken: Counter[tuple[Any, ...]] = Counter()
    last: list[tuple[str, int]] = [("", 0)]

    def step(frame: FrameType, event: str, _argument: Any) -> Any:
        file = frame.f_code.co_filename
        if "/ingest/" not in file or "/tests/" in file:
            return None
        if event == "line":
            here = (file, frame.f_lineno)
            taken[last[0], here] += 1
            last[0] = here
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        target(data)
    finally:
        sys.settrace(before)
    return {(*edge, times.bit_length()) for edge, times in taken.items()}
