"""This module owns how much a benchmark does: a smoke run of seconds, the run of minutes, and the full one."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Size:
    """`rounds` of every measurement (their median counts), `seconds` of load a round, `rows` of the largest record.

    `small` is the record that growth is measured against, `folder` where files go (removed afterwards), `published` a
    demo's published file, for who has one: without it, it is built where it is needed.
    """

    name: str
    rounds: int
    seconds: float
    rows: int
    small: int
    folder: Path
    published: Path | None = None


def smoke(folder: Path, published: Path | None = None) -> Size:
    """A few seconds each: proves that a benchmark runs, measures nothing worth a word."""
    return Size("smoke", 1, 0.4, 4_000, 400, folder, published)


def usual(folder: Path) -> Size:
    """Minutes in all."""
    return Size("usual", 5, 4.0, 1_000_000, 100_000, folder)


def full(folder: Path) -> Size:
    """The targets' own sizes: ten million interactions. An hour or two."""
    return Size("full", 7, 8.0, 10_000_000, 100_000, folder)
