"""This module owns what is asked of an import: how a file is to be read, and what its rows do not say themselves."""

import enum
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.importing.errors import ImportRefusedError

_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


class Shape(enum.StrEnum):
    """How a file holds its rows."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"
    PARQUET = "parquet"


SUFFIXES = {
    ".csv": Shape.CSV, ".tsv": Shape.CSV, ".ndjson": Shape.NDJSON, ".jsonl": Shape.NDJSON, ".json": Shape.JSON,
    ".parquet": Shape.PARQUET,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How to read a file: its shape (else its name says), and what is added to rows that do not say it."""

    shape: Shape | None = None
    day: str | None = None
    stated_at: str | None = None
    decimal_comma: bool = False


def shape_of(path: Path) -> Shape | None:
    """What a file's name says of its shape; None where it says nothing."""
    name = path.name.lower().removesuffix(".gz")
    return next((shape for suffix, shape in SUFFIXES.items() if name.endswith(suffix)), None)


def shape_or_refused(path: Path, asked: Asked) -> Shape:
    """The shape to read a file in. Raises ImportRefusedError."""
    shape = asked.shape or shape_of(path)
    if shape is None:
        known = ", ".join(SUFFIXES)
        raise ImportRefusedError(
            f"its name does not end in {known} (or one of them with .gz). Say --as csv, or rename it."
        )
    return shape


def day_in(name: str) -> str | None:
    """The only day in a file's name, None where there is none or several."""
    found: set[str] = set(_DAY.findall(name))
    if len(found) != 1:
        return None
    [day] = found
    try:
        date.fromisoformat(day)
    except ValueError:
        return None
    return day
